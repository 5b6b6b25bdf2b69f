#include <arrow/table.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "execution.h"
#include "expression.h"
#include "metaxy/errors.h"
#include "rows.h"
#include "store.h"

namespace metaxy::python {
namespace {

// Rows, and the version of the table if it is known.
using Written = std::tuple<int64_t, std::optional<uint64_t>>;

// `time` is in microseconds since 1970.
WriteOptions WriteOptionsOf(const std::optional<std::string>& materialization_id,
                            bool preserve_feature_version, std::optional<int64_t> time,
                            const std::optional<std::string>& write_id,
                            const Execution& execution) {
  WriteOptions options{.materialization_id = materialization_id,
                       .preserve_feature_version = preserve_feature_version,
                       .write_id = write_id,
                       .execution = execution.options()};
  if (time) options.time.emplace(std::chrono::microseconds(*time));
  return options;
}

Written Write(const Store& self, const std::string& feature, const nb::object& rows,
              const std::optional<std::string>& materialization_id, bool preserve_feature_version,
              std::optional<int64_t> time, const std::optional<std::string>& write_id,
              const Execution& execution) {
  auto reader = ReaderOf(rows);
  const WriteOptions options =
      WriteOptionsOf(materialization_id, preserve_feature_version, time, write_id, execution);
  const WriteResult result = Call(*execution.state(), [&]() -> arrow::Result<WriteResult> {
    return self.store->Write(feature, std::move(reader), options);
  });
  return {result.rows, result.version};
}

Written AppendSystemRows(const Store& self, const std::string& table, const nb::object& rows,
                         const Execution& execution) {
  auto reader = ReaderOf(rows);
  const WriteResult result = Call(*execution.state(), [&]() -> arrow::Result<WriteResult> {
    return self.store->administration().AppendSystemRows(table, std::move(reader),
                                                         execution.options());
  });
  return {result.rows, result.version};
}

void CheckWrite(const Store& self, const std::string& feature, const nb::object& rows,
                bool preserve_feature_version, const Execution& execution) {
  auto reader = ReaderOf(rows);
  const WriteOptions options =
      WriteOptionsOf(std::nullopt, preserve_feature_version, std::nullopt, std::nullopt, execution);
  Call(*execution.state(),
       [&] { return self.store->CheckWrite(feature, std::move(reader), options); });
}

std::vector<Written> WriteMulti(const Store& self,
                                const std::vector<std::pair<std::string, nb::object>>& rows,
                                const std::optional<std::string>& materialization_id,
                                const Execution& execution) {
  std::vector<std::pair<FeatureKey, std::shared_ptr<arrow::RecordBatchReader>>> readers;
  for (const auto& [feature, table] : rows)
    readers.emplace_back(FeatureKey(feature), ReaderOf(table));
  const WriteMultiOptions options{.materialization_id = materialization_id,
                                  .execution = execution.options()};
  const FeatureWriteResults results =
      Call(*execution.state(), [&]() -> arrow::Result<FeatureWriteResults> {
        FeatureTables tables;
        for (const auto& [feature, reader] : readers) {
          ARROW_ASSIGN_OR_RAISE(auto table, ReadAll(*reader, options.execution.stop_token));
          tables.emplace_back(feature, std::move(table));
        }
        return self.store->WriteMulti(tables, options);
      });
  std::vector<Written> written;
  for (const auto& [feature, result] : results) written.emplace_back(result.rows, result.version);
  return written;
}

int64_t Delete(const Store& self, const std::string& feature, const Conditions& filters, bool soft,
               bool with_feature_history, bool with_sample_history, const Execution& execution) {
  const DeleteOptions options{.soft = soft,
                              .with_feature_history = with_feature_history,
                              .with_sample_history = with_sample_history,
                              .execution = execution.options()};
  return Call(*execution.state(), [&]() -> arrow::Result<int64_t> {
    return self.store->Delete(feature, FiltersOf(filters), options);
  });
}

std::pair<int64_t, int64_t> Copy(const Store& self, const Store& from,
                                 const std::optional<Texts>& features,
                                 const ConditionsByFeature& filters,
                                 const Conditions& global_filters, bool with_feature_history,
                                 bool with_sample_history, const Execution& execution) {
  const CopyOptions options{.filters = FiltersOf(filters),
                            .global_filters = FiltersOf(global_filters),
                            .with_feature_history = with_feature_history,
                            .with_sample_history = with_sample_history,
                            .execution = execution.options()};
  std::optional<std::vector<FeatureKey>> keys;
  if (features) keys.emplace(features->begin(), features->end());
  const CopyResult result = Call(
      *execution.state(), [&] { return self.store->CopyMetadata(*from.store, keys, options); });
  return {result.features_copied, result.rows_copied};
}

PromoteConflicts ConflictsOf(const std::string& name) {
  if (name == "keep") return PromoteConflicts::kKeep;
  if (name == "overwrite") return PromoteConflicts::kOverwrite;
  if (name != "refuse") {
    RaiseIfFailed(MakeError(ErrorCode::kInvalidInput,
                            "conflicts is '" + name + "'; it is 'refuse', 'keep' or 'overwrite'"));
  }
  return PromoteConflicts::kRefuse;
}

// The numbers of each feature, as JSON.
std::string Promote(const Store& self, const Store& from, const std::optional<Texts>& features,
                    const std::string& conflicts, bool dry_run, const Execution& execution) {
  const PromoteOptions options{.features = KeysOf(features),
                               .conflicts = ConflictsOf(conflicts),
                               .dry_run = dry_run,
                               .execution = execution.options()};
  const std::vector<PromotedFeature> promoted = Call(*execution.state(), [&] {
    return self.store->administration().Promote(*from.store, options);
  });
  Json list = Json::Array{};
  for (const PromotedFeature& feature : promoted) list.as_array().push_back(feature.ToJson());
  return list.DumpPython();
}

void Drop(const Store& self, const std::string& feature, const Execution& execution) {
  Call(*execution.state(),
       [&] { return self.store->DropFeatureMetadata(feature, execution.options()); });
}

int64_t RebaseVersion(const Store& self, const std::string& feature,
                      const std::string& from_feature_version,
                      const std::optional<std::string>& to_feature_version, bool dry_run,
                      const Execution& execution) {
  const RebaseVersionOptions options{.to_feature_version = to_feature_version,
                                     .dry_run = dry_run,
                                     .execution = execution.options()};
  return Call(*execution.state(),
              [&] { return self.store->RebaseVersion(feature, from_feature_version, options); });
}

std::string Compact(const Store& self, const std::string& feature,
                    std::optional<int64_t> keep_history, std::optional<int64_t> keep_versions_for,
                    std::optional<int64_t> drop_deleted_older_than, bool dry_run,
                    const Execution& execution) {
  CompactOptions options{
      .keep_history = keep_history, .dry_run = dry_run, .execution = execution.options()};
  if (keep_versions_for) options.keep_versions_for = std::chrono::seconds(*keep_versions_for);
  if (drop_deleted_older_than)
    options.drop_deleted_older_than = std::chrono::seconds(*drop_deleted_older_than);
  const CompactResult result = Call(*execution.state(), [&] {
    return self.store->administration().CompactMetadata(feature, options);
  });
  Json json = Json::Object{};
  json.Set("fragments_merged", result.fragments_merged);
  json.Set("fragments_written", result.fragments_written);
  json.Set("versions_removed", result.versions_removed);
  json.Set("bytes_removed", result.bytes_removed);
  json.Set("history_rows_removed", result.history_rows_removed);
  json.Set("deleted_rows_removed", result.deleted_rows_removed);
  return json.DumpPython();
}

// Project version, whether it was there already, features that were recorded anew.
std::tuple<std::string, bool, Texts> Push(
    const Store& self, const std::string& project,
    const std::vector<std::pair<std::string, std::string>>& tags, const Execution& execution) {
  const PushOptions options{.tags = tags, .execution = execution.options()};
  PushResult result = Call(*execution.state(), [&] {
    return self.store->definitions().PushGraphSnapshot(project, options);
  });
  return {result.project_version, result.already_pushed, std::move(result.updated_features)};
}

}  // namespace

void BindWriting(nb::class_<Store>& store) {
  store
      .def("write", &Write, nb::arg("feature"), nb::arg("rows"), nb::kw_only(),
           nb::arg("materialization_id").none(), nb::arg("preserve_feature_version"),
           nb::arg("time").none(), nb::arg("write_id").none(), nb::arg("execution"))
      .def("append_system_rows", &AppendSystemRows, nb::arg("table"), nb::arg("rows"),
           nb::arg("execution"))
      .def("check_write", &CheckWrite, nb::arg("feature"), nb::arg("rows"), nb::kw_only(),
           nb::arg("preserve_feature_version"), nb::arg("execution"))
      .def("write_multi", &WriteMulti, nb::arg("rows"), nb::kw_only(),
           nb::arg("materialization_id").none(), nb::arg("execution"))
      .def("delete", &Delete, nb::arg("feature"), nb::kw_only(), nb::arg("filters"),
           nb::arg("soft"), nb::arg("with_feature_history"), nb::arg("with_sample_history"),
           nb::arg("execution"))
      .def("copy", &Copy, nb::arg("source"), nb::kw_only(), nb::arg("features").none(),
           nb::arg("filters"), nb::arg("global_filters"), nb::arg("with_feature_history"),
           nb::arg("with_sample_history"), nb::arg("execution"))
      .def("promote", &Promote, nb::arg("source"), nb::kw_only(), nb::arg("features").none(),
           nb::arg("conflicts"), nb::arg("dry_run"), nb::arg("execution"))
      .def("drop", &Drop, nb::arg("feature"), nb::arg("execution"))
      .def("rebase_version", &RebaseVersion, nb::arg("feature"), nb::kw_only(),
           nb::arg("from_feature_version"), nb::arg("to_feature_version").none(),
           nb::arg("dry_run"), nb::arg("execution"))
      .def("compact", &Compact, nb::arg("feature"), nb::kw_only(), nb::arg("keep_history").none(),
           nb::arg("keep_versions_for").none(), nb::arg("drop_deleted_older_than").none(),
           nb::arg("dry_run"), nb::arg("execution"))
      .def("push", &Push, nb::arg("project"), nb::kw_only(), nb::arg("tags"), nb::arg("execution"));
}

}  // namespace metaxy::python
