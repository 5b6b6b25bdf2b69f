#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "execution.h"
#include "expression.h"
#include "increment.h"
#include "rows.h"
#include "store.h"

namespace metaxy::python {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

ReadOptions ReadOptionsOf(const Conditions& filters, const Texts& columns,
                          const std::optional<std::string>& feature_version, bool allow_fallback,
                          bool with_feature_history, bool with_sample_history,
                          bool include_soft_deleted, const Execution& execution) {
  return {.feature_version = feature_version,
          .filters = FiltersOf(filters),
          .columns = columns,
          .allow_fallback = allow_fallback,
          .with_feature_history = with_feature_history,
          .with_sample_history = with_sample_history,
          .include_soft_deleted = include_soft_deleted,
          .execution = execution.options()};
}

// The first reader is made by the call, which so has its failures; later ones see the table as it
// is then.
Rows Read(const Store& self, const std::string& feature, const Conditions& filters,
          const Texts& columns, const std::optional<std::string>& feature_version,
          bool allow_fallback, bool with_feature_history, bool with_sample_history,
          bool include_soft_deleted, const Execution& execution) {
  const ReadOptions options =
      ReadOptionsOf(filters, columns, feature_version, allow_fallback, with_feature_history,
                    with_sample_history, include_soft_deleted, execution);
  auto first = std::make_shared<Reader>(
      Call(*execution.state(), [&] { return self.store->Read(feature, options); }));
  return Rows(
      [store = self.store.shared(), feature, options, first]() -> arrow::Result<Reader> {
        if (*first) return std::exchange(*first, nullptr);
        return store->Read(feature, options);
      },
      execution.state());
}

int64_t CountRows(const Store& self, const std::string& feature, const Conditions& filters,
                  const std::optional<std::string>& feature_version, bool allow_fallback,
                  bool with_feature_history, bool with_sample_history, bool include_soft_deleted,
                  const Execution& execution) {
  const ReadOptions options =
      ReadOptionsOf(filters, {}, feature_version, allow_fallback, with_feature_history,
                    with_sample_history, include_soft_deleted, execution);
  return Call(*execution.state(), [&] { return self.store->CountRows(feature, options); });
}

using NamedRows = std::vector<std::pair<std::string, nb::object>>;

LazyUpdate ResolveUpdate(const Store& self, const std::string& feature, const nb::object& samples,
                         const NamedRows& parents, const ConditionsByFeature& filters,
                         const Conditions& global_filters, const Conditions& target_filters,
                         const Conditions& staleness_predicates, bool skip_comparison,
                         const FailurePolicy& failures, const std::optional<std::string>& delta,
                         const Execution& execution) {
  ResolveUpdateOptions options{.filters = FiltersOf(filters),
                               .global_filters = FiltersOf(global_filters),
                               .target_filters = FiltersOf(target_filters),
                               .staleness_predicates = FiltersOf(staleness_predicates),
                               .skip_comparison = skip_comparison,
                               .failures = failures,
                               .execution = execution.options()};
  if (delta) options.delta = ValueOf(ParseDeltaMode(*delta));
  Reader given;
  if (!samples.is_none()) given = ReaderOf(samples);
  std::vector<std::pair<FeatureKey, Reader>> given_parents;
  for (const auto& [parent, rows] : parents)
    given_parents.emplace_back(FeatureKey(parent), ReaderOf(rows));
  std::shared_ptr<LazyIncrement> increment =
      Call(*execution.state(), [&]() -> arrow::Result<std::unique_ptr<LazyIncrement>> {
        const arrow::StopToken& stop = options.execution.stop_token;
        if (given) {
          ARROW_ASSIGN_OR_RAISE(options.samples, ReadAll(*given, stop));
        }
        for (const auto& [parent, rows] : given_parents) {
          ARROW_ASSIGN_OR_RAISE(auto table, ReadAll(*rows, stop));
          options.parents.emplace_back(parent, std::move(table));
        }
        return self.store->ResolveUpdateLazy(feature, options);
      });
  return LazyUpdate(self.store, Owned<LazyIncrement>(std::move(increment)), execution.state());
}

Rows ComputeProvenance(const Store& self, const std::string& feature, const nb::object& rows,
                       const Execution& execution) {
  const Reader given = ReaderOf(rows);
  std::shared_ptr<arrow::Table> table =
      Call(*execution.state(), [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
        ARROW_ASSIGN_OR_RAISE(const auto all, ReadAll(*given, execution.options().stop_token));
        return self.store->ComputeProvenance(feature, all, execution.options());
      });
  return RowsOfTable(std::move(table), execution.state());
}

std::string TableStatisticsOf(const Store& self, const std::string& table,
                              const Execution& execution) {
  const TableStatistics figures = Call(*execution.state(), [&] {
    return self.store->administration().GetTableStatistics(table, int64_t{1} << 20,
                                                           execution.options());
  });
  Json json = Json::Object{};
  json.Set("table", figures.table);
  const std::pair<const char*, std::optional<int64_t>> members[] = {
      {"rows", figures.rows},
      {"deleted_rows", figures.deleted_rows},
      {"fragments", figures.fragments},
      {"small_fragments", figures.small_fragments},
      {"data_files", figures.data_files},
      {"deletion_files", figures.deletion_files},
      {"bytes", figures.bytes},
      {"versions", figures.versions},
      {"disk_files", figures.disk_files},
      {"disk_bytes", figures.disk_bytes}};
  for (const auto& [name, value] : members) json.Set(name, value ? Json(*value) : Json());
  json.Set("layout", figures.layout);
  return json.DumpPython();
}

std::string SnapshotsOf(const Store& self, const std::optional<std::string>& project,
                        const Execution& execution) {
  const auto snapshots = Call(*execution.state(), [&] {
    return self.store->definitions().ReadGraphSnapshots(project, execution.options());
  });
  Json list = Json::Array{};
  for (const GraphSnapshotInfo& snapshot : snapshots) {
    Json json = Json::Object{};
    json.Set("project_version", snapshot.project_version);
    json.Set("recorded_at", snapshot.recorded_at);
    json.Set("feature_count", snapshot.feature_count);
    list.as_array().push_back(std::move(json));
  }
  return list.DumpPython();
}

}  // namespace

void BindReading(nb::class_<Store>& store) {
  store
      .def("read", &Read, nb::arg("feature"), nb::kw_only(), nb::arg("filters"), nb::arg("columns"),
           nb::arg("feature_version").none(), nb::arg("allow_fallback"),
           nb::arg("with_feature_history"), nb::arg("with_sample_history"),
           nb::arg("include_soft_deleted"), nb::arg("execution"))
      .def("count_rows", &CountRows, nb::arg("feature"), nb::kw_only(), nb::arg("filters"),
           nb::arg("feature_version").none(), nb::arg("allow_fallback"),
           nb::arg("with_feature_history"), nb::arg("with_sample_history"),
           nb::arg("include_soft_deleted"), nb::arg("execution"))
      .def("resolve_update", &ResolveUpdate, nb::arg("feature"), nb::kw_only(),
           nb::arg("samples").none(), nb::arg("parents"), nb::arg("filters"),
           nb::arg("global_filters"), nb::arg("target_filters"), nb::arg("staleness_predicates"),
           nb::arg("skip_comparison"), nb::arg("failures"), nb::arg("delta").none(),
           nb::arg("execution"))
      .def(
          "find_write",
          [](const Store& self, const std::string& feature, const std::string& write_id,
             uint64_t since_version, const Execution& execution) {
            return Call(*execution.state(), [&] {
              return self.store->administration().FindWrite(feature, write_id, since_version,
                                                            execution.options());
            });
          },
          nb::arg("feature"), nb::arg("write_id"), nb::arg("since_version"), nb::arg("execution"))
      .def("compute_provenance", &ComputeProvenance, nb::arg("feature"), nb::arg("rows"),
           nb::arg("execution"))
      .def(
          "has_feature",
          [](const Store& self, const std::string& feature, bool check_fallback,
             const Execution& execution) {
            return Call(*execution.state(), [&] {
              return self.store->HasFeature(feature, check_fallback, execution.options());
            });
          },
          nb::arg("feature"), nb::arg("check_fallback"), nb::arg("execution"))
      .def(
          "store_metadata",
          [](const Store& self, const std::string& feature, bool check_fallback,
             const Execution& execution) {
            return Call(*execution.state(),
                        [&] {
                          return self.store->GetStoreMetadata(feature, check_fallback,
                                                              execution.options());
                        })
                .DumpPython();
          },
          nb::arg("feature"), nb::arg("check_fallback"), nb::arg("execution"))
      .def(
          "list_tables",
          [](const Store& self, const Execution& execution) {
            return Call(*execution.state(), [&] {
              return self.store->administration().ListTables(execution.options());
            });
          },
          nb::arg("execution"))
      .def("table_statistics", &TableStatisticsOf, nb::arg("table"), nb::arg("execution"))
      .def("graph_snapshots", &SnapshotsOf, nb::arg("project").none(), nb::arg("execution"));
}

}  // namespace metaxy::python
