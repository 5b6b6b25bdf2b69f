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

void BindStore(nb::module_& module);
/// What reads of a store.
void BindReading(nb::class_<Store>& store);
/// What changes its tables.
void BindWriting(nb::class_<Store>& store);
void BindIncrement(nb::module_& module);

}  // namespace metaxy::python
