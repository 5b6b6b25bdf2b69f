// Stores and increments in Python.
#pragma once

#include <nanobind/nanobind.h>

#include "metaxy/metadata_store.h"
#include "native_call.h"

namespace metaxy::python {

namespace nb = nanobind;

struct Store {
  Owned<MetadataStore> store;
};

/// A view of a store, which keeps the store open: rows of a view are read when the store itself was
/// let go.
Store ViewOf(const Store& store, std::shared_ptr<MetadataStore> view);

void BindStore(nb::module_& module);
/// What reads of a store.
void BindReading(nb::class_<Store>& store);
/// Writes in two steps.
void BindFragments(nb::class_<Store>& store);
/// Resolves and reads that are spread over processes.
void BindParts(nb::class_<Store>& store);
/// What changes its tables.
void BindWriting(nb::class_<Store>& store);
/// What could not be computed.
void BindFailures(nb::class_<Store>& store);
void BindFailurePolicy(nb::module_& module);
void BindSnapshots(nb::class_<Store>& store);
void BindIncrement(nb::module_& module);

}  // namespace metaxy::python
