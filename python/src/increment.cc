#include "increment.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include "store.h"

namespace metaxy::python {

std::tuple<int64_t, int64_t, int64_t> LazyUpdate::counts() const {
  const IncrementCounts& counts = increment_->counts();
  return {counts.new_samples, counts.stale, counts.orphaned};
}

Rows LazyUpdate::Part(PartOfIncrement part) const {
  return Rows([store = store_, increment = increment_, part] { return ((*increment).*part)(); },
              state_);
}

void BindIncrement(nb::module_& module) {
  nb::class_<LazyUpdate>(module, "LazyUpdate")
      .def_prop_ro("counts", &LazyUpdate::counts)
      .def_prop_ro("input_progress", &LazyUpdate::input_progress)
      .def("new_samples", &LazyUpdate::new_samples)
      .def("stale", &LazyUpdate::stale)
      .def("orphaned", &LazyUpdate::orphaned);
}

}  // namespace metaxy::python
