// What the configuration says of a store, for the drop-in store.
#pragma once

#include <nanobind/nanobind.h>

namespace metaxy::python {

namespace nb = nanobind;

void BindSettings(nb::module_& module);

}  // namespace metaxy::python
