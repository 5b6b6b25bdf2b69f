#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "execution.h"
#include "rows.h"
#include "store.h"

namespace metaxy::python {
namespace {

nb::bytes WriteFragments(const Store& self, const std::string& feature, const nb::object& rows,
                         const std::optional<std::string>& materialization_id,
                         bool preserve_feature_version, std::optional<int64_t> time,
                         const std::optional<std::string>& write_id, const Execution& execution) {
  auto reader = ReaderOf(rows);
  WriteOptions options{.materialization_id = materialization_id,
                       .preserve_feature_version = preserve_feature_version,
                       .write_id = write_id,
                       .execution = execution.options()};
  if (time) options.time.emplace(std::chrono::microseconds(*time));
  const std::string written = Call(*execution.state(), [&] {
    return self.store->administration().WriteFragments(feature, std::move(reader), options);
  });
  return nb::bytes(written.data(), written.size());
}

// Rows, and the version of the table if it is known.
std::tuple<int64_t, std::optional<uint64_t>> CommitFragments(
    const Store& self, const std::string& feature, const std::vector<nb::bytes>& fragments,
    const std::string& write_id, const Execution& execution) {
  std::vector<std::string> texts;
  texts.reserve(fragments.size());
  for (const nb::bytes& bytes : fragments) texts.emplace_back(bytes.c_str(), bytes.size());
  const WriteResult result = Call(*execution.state(), [&] {
    return self.store->administration().CommitFragments(feature, texts, write_id,
                                                        execution.options());
  });
  return {result.rows, result.version};
}

}  // namespace

void BindFragments(nb::class_<Store>& store) {
  store
      .def("write_fragments", &WriteFragments, nb::arg("feature"), nb::arg("rows"), nb::kw_only(),
           nb::arg("materialization_id").none(), nb::arg("preserve_feature_version"),
           nb::arg("time").none(), nb::arg("write_id").none(), nb::arg("execution"))
      .def("commit_fragments", &CommitFragments, nb::arg("feature"), nb::arg("fragments"),
           nb::arg("write_id"), nb::arg("execution"));
}

}  // namespace metaxy::python
