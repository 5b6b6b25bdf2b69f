#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "execution.h"
#include "expression.h"
#include "metaxy/json.h"
#include "metaxy/store_snapshots.h"
#include "store.h"

namespace metaxy::python {
namespace {

// Feature, its version, that of its table, rows.
using Feature = std::tuple<std::string, std::string, std::optional<uint64_t>, int64_t>;
// Name, microseconds since 1970, project, its version, features.
using Info = std::tuple<std::string, int64_t, std::string, std::string, std::vector<Feature>>;
// Whether it is a leftover, snapshot, table, tag, age in seconds.
using Finding = std::tuple<bool, std::string, std::string, std::string, int64_t>;

Info InfoOf(const SnapshotInfo& info) {
  std::vector<Feature> features;
  for (const SnapshotFeature& entry : info.features) {
    features.emplace_back(entry.feature.ToString(), entry.feature_version, entry.table_version,
                          entry.rows);
  }
  return {info.name, info.created_at.time_since_epoch().count(), info.project, info.project_version,
          std::move(features)};
}

std::vector<Finding> FindingsOf(const std::vector<SnapshotFinding>& findings) {
  std::vector<Finding> result;
  for (const SnapshotFinding& finding : findings) {
    result.emplace_back(finding.kind == SnapshotFinding::Kind::kLeftover, finding.snapshot,
                        finding.table, finding.tag, finding.age.count());
  }
  return result;
}

Info Create(const Store& self, const std::string& name, const std::optional<Texts>& features,
            const Execution& execution) {
  return InfoOf(Call(*execution.state(), [&] {
    return self.store->snapshots().Create(
        name, {.features = KeysOf(features), .execution = execution.options()});
  }));
}

std::vector<Info> List(const Store& self, const Execution& execution) {
  std::vector<Info> list;
  for (const SnapshotInfo& info : Call(
           *execution.state(), [&] { return self.store->snapshots().List(execution.options()); })) {
    list.push_back(InfoOf(info));
  }
  return list;
}

Info Get(const Store& self, const std::string& name, const Execution& execution) {
  return InfoOf(Call(*execution.state(),
                     [&] { return self.store->snapshots().Get(name, execution.options()); }));
}

Store OpenAt(const Store& self, const std::string& name, const Execution& execution) {
  return ViewOf(self, Call(*execution.state(), [&] {
                  return self.store->snapshots().Open(name, execution.options());
                }));
}

// One object for each feature, as JSON.
std::string Diff(const Store& self, const std::string& first,
                 const std::optional<std::string>& second, const std::optional<Texts>& features,
                 const Execution& execution) {
  const std::vector<SnapshotFeatureDiff> diffs = Call(*execution.state(), [&] {
    return self.store->snapshots().Diff(
        first, second, {.features = KeysOf(features), .execution = execution.options()});
  });
  Json list = Json::Array{};
  for (const SnapshotFeatureDiff& diff : diffs) list.as_array().push_back(diff.ToJson());
  return list.DumpPython();
}

void Delete(const Store& self, const std::string& name, const Execution& execution) {
  Call(*execution.state(),
       [&] { return self.store->snapshots().Delete(name, execution.options()); });
}

std::vector<Finding> Check(const Store& self, const Execution& execution) {
  return FindingsOf(
      Call(*execution.state(), [&] { return self.store->snapshots().Check(execution.options()); }));
}

std::vector<Finding> RemoveLeftovers(const Store& self, int64_t older_than, bool dry_run,
                                     const Execution& execution) {
  return FindingsOf(Call(*execution.state(), [&] {
    return self.store->snapshots().RemoveLeftovers({.older_than = std::chrono::seconds(older_than),
                                                    .dry_run = dry_run,
                                                    .execution = execution.options()});
  }));
}

}  // namespace

void BindSnapshots(nb::class_<Store>& store) {
  store
      .def("create_snapshot", &Create, nb::arg("name"), nb::kw_only(), nb::arg("features").none(),
           nb::arg("execution"))
      .def("list_snapshots", &List, nb::arg("execution"))
      .def("get_snapshot", &Get, nb::arg("name"), nb::arg("execution"))
      .def("open_snapshot", &OpenAt, nb::arg("name"), nb::arg("execution"))
      .def("diff_snapshots", &Diff, nb::arg("first"), nb::arg("second").none(), nb::kw_only(),
           nb::arg("features").none(), nb::arg("execution"))
      .def("delete_snapshot", &Delete, nb::arg("name"), nb::arg("execution"))
      .def("check_snapshots", &Check, nb::arg("execution"))
      .def("remove_snapshot_leftovers", &RemoveLeftovers, nb::kw_only(), nb::arg("older_than"),
           nb::arg("dry_run"), nb::arg("execution"));
}

}  // namespace metaxy::python
