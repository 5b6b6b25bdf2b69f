#include "increment.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "metaxy/distributed.h"
#include "metaxy/errors.h"
#include "store.h"

namespace metaxy::python {

std::tuple<int64_t, int64_t, int64_t> LazyUpdate::counts() const {
  const IncrementCounts& counts = increment_->counts();
  return {counts.new_samples, counts.stale, counts.orphaned};
}

std::tuple<int64_t, int64_t> LazyUpdate::failed_counts() const {
  const IncrementCounts& counts = increment_->counts();
  return {counts.failed - counts.failed_stale, counts.failed_stale};
}

std::tuple<bool, std::string, int64_t, int64_t> LazyUpdate::report() const {
  ResolveReport report = increment_->report();
  return {report.delta, std::move(report.reason), report.keys, report.rows_read};
}

nb::bytes LazyUpdate::Slice(const std::string& part, int64_t begin, int64_t count) const {
  constexpr std::pair<const char*, IncrementPart> kParts[] = {
      {"new", IncrementPart::kNew},
      {"stale", IncrementPart::kStale},
      {"orphaned", IncrementPart::kOrphaned},
      {"failed", IncrementPart::kFailed}};
  const auto* const found = std::find_if(std::begin(kParts), std::end(kParts),
                                         [&](const auto& known) { return part == known.first; });
  const std::string slice = Call(*state_, [&]() -> arrow::Result<std::string> {
    if (found == std::end(kParts)) {
      return MakeError(ErrorCode::kInvalidInput,
                       "part is '" + part + "'; it is 'new', 'stale', 'orphaned' or 'failed'");
    }
    return SliceIncrement(*increment_.shared(), found->second, begin, count);
  });
  return nb::bytes(slice.data(), slice.size());
}

Rows LazyUpdate::Part(PartOfIncrement part) const {
  return Rows([store = store_, increment = increment_, part] { return ((*increment).*part)(); },
              state_);
}

void BindIncrement(nb::module_& module) {
  nb::class_<LazyUpdate>(module, "LazyUpdate")
      .def_prop_ro("counts", &LazyUpdate::counts)
      .def_prop_ro("failed_counts", &LazyUpdate::failed_counts)
      .def_prop_ro("input_progress", &LazyUpdate::input_progress)
      .def_prop_ro("report", &LazyUpdate::report)
      .def("slice", &LazyUpdate::Slice, nb::arg("part"), nb::arg("begin"), nb::arg("rows"))
      .def("new_samples", &LazyUpdate::new_samples)
      .def("stale", &LazyUpdate::stale)
      .def("orphaned", &LazyUpdate::orphaned)
      .def("failed", &LazyUpdate::failed);
}

}  // namespace metaxy::python
