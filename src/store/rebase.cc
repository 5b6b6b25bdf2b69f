#include <fmt/format.h>

#include <algorithm>

#include "base/place_text.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/definitions/graph_snapshots.h"
#include "store/rebased_rows.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/table_writer.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {
namespace {

// The graph under which rows get their new versions, and what is written with them.
struct Target {
  std::shared_ptr<const FeatureGraph> pushed_graph;  // null: that of the operation
  std::string feature_version;
  std::string project_version;
};

// The latest push of a version of a feature, or null.
const PushedFeature* FindPushed(const std::vector<PushedFeature>& pushed, const FeatureKey& feature,
                                const std::string& version) {
  const PushedFeature* latest = nullptr;
  for (const PushedFeature& row : pushed) {
    if (row.feature_key != feature.ToString() || row.feature_version != version) continue;
    if (latest == nullptr || row.recorded_at > latest->recorded_at) latest = &row;
  }
  return latest;
}

arrow::Result<Target> PushedTarget(StoreSession& session, const FeatureGraph& graph,
                                   const FeatureKey& feature, const std::string& version,
                                   const Interrupt& interrupt) {
  const std::string store = PlaceText(session.self()->display());
  ARROW_ASSIGN_OR_RAISE(const std::vector<PushedFeature> pushed,
                        ReadWholePushedFeatures(session.storage(), interrupt));
  const PushedFeature* row = FindPushed(pushed, feature, version);
  if (row == nullptr) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("version '{}' of feature '{}' was never pushed to {}; only the "
                                 "current version and pushed ones can be rebased to",
                                 version, feature.ToString(), store));
  }
  Target target{nullptr, version, row->project_version};
  ARROW_ASSIGN_OR_RAISE(target.pushed_graph, PushedGraph(pushed, row->project_version,
                                                         graph.hash_truncation_length(), store));
  ARROW_ASSIGN_OR_RAISE(const std::string computed,
                        target.pushed_graph->GetFeatureVersion(feature));
  if (computed != version) {
    return MakeError(
        ErrorCode::kVersionMismatch,
        fmt::format("version '{}' of feature '{}' cannot be reproduced: the definitions pushed "
                    "with it yield version '{}'; push again, or rebase to a later version",
                    version, feature.ToString(), computed));
  }
  return target;
}

arrow::Result<Target> FindTarget(StoreSession& session, const FeatureGraph& graph,
                                 const FeatureKey& feature,
                                 const std::optional<std::string>& version,
                                 const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const std::string current, graph.GetFeatureVersion(feature));
  if (version && *version != current)
    return PushedTarget(session, graph, feature, *version, interrupt);
  Target target{nullptr, current, {}};
  ARROW_ASSIGN_OR_RAISE(target.project_version, session.ProjectVersion(graph));
  return target;
}

bool HasAll(const arrow::Schema& schema, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return schema.GetFieldIndex(name) >= 0; });
}

// The columns of these names, as far as they are there, of all rows.
std::shared_ptr<arrow::RecordBatchReader> SelectColumns(
    std::shared_ptr<arrow::RecordBatchReader> rows, const std::vector<std::string>& names) {
  std::vector<int> kept;
  arrow::FieldVector fields;
  for (int i = 0; i < rows->schema()->num_fields(); ++i) {
    const auto& field = rows->schema()->field(i);
    if (std::find(names.begin(), names.end(), field->name()) == names.end()) continue;
    kept.push_back(i);
    fields.push_back(field);
  }
  return MapBatches(std::move(rows), arrow::schema(std::move(fields)),
                    [kept](const auto& batch) { return batch->SelectColumns(kept); });
}

// Samples whose latest row, of whatever version, has this version; rows of this store only.
ReadOptions LatestRowsOf(const std::string& version, const ExecutionOptions& execution) {
  return {.filters = {*VersionFilter(version)},
          .allow_fallback = false,
          .with_feature_history = true,
          .execution = execution};
}

arrow::Result<std::shared_ptr<const RebasedRows>> PrepareRebase(StoreSession& session,
                                                                const FeatureGraph& graph,
                                                                const FeatureKey& feature,
                                                                const RebaseOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph.GetFeaturePlan(feature));
  if (plan.is_root()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("feature '{}' has no dependencies: its provenance comes from the "
                                 "samples and cannot be recomputed; write the samples again",
                                 feature.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(const Target target,
                        FindTarget(session, graph, feature, options.to_feature_version,
                                   Interrupt(options.execution)));
  ARROW_ASSIGN_OR_RAISE(
      ResolveInput input,
      session.PrepareResolve(target.pushed_graph ? *target.pushed_graph : graph, feature,
                             {.skip_comparison = true, .execution = options.execution}));
  const std::vector<std::string> joined = input.plan->join_columns();
  std::vector<std::string> needed = plan.feature().id_columns;
  needed.insert(needed.end(), joined.begin(), joined.end());
  needed.insert(needed.end(), {std::string(kProvenance), std::string(kProvenanceByField)});
  ARROW_ASSIGN_OR_RAISE(const auto increment, Resolve(std::move(input)));
  ARROW_ASSIGN_OR_RAISE(auto samples, increment->new_samples());
  const auto fresh = SelectColumns(std::move(samples), needed);
  RebaseTarget rows{feature, target.feature_version, target.project_version,
                    plan.feature().id_columns};
  // Children of an expansion have ids that their parents do not have: they find their provenance by
  // the columns on which the two are joined, and all siblings have the same.
  if (!HasAll(*fresh->schema(), rows.join_columns)) {
    rows.join_columns = joined;
    rows.repeat_matches = false;
  }
  return RebasedRows::Make(std::move(rows), fresh,
                           {.memory = session.MemoryOf(options.execution),
                            .spill_directory = options.execution.spill_directory,
                            .expected_rows = increment->counts().new_samples});
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
    StoreSession& session, const FeatureKey& feature,
    std::shared_ptr<arrow::RecordBatchReader> rows, const RebaseOptions& options) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  ARROW_ASSIGN_OR_RAISE(const auto graph, session.GraphAfterSync(options.execution));
  ARROW_ASSIGN_OR_RAISE(const auto rebased, PrepareRebase(session, *graph, feature, options));
  return rebased->Rebase(
      Interruptible(std::move(rows), Interrupt(options.execution), "rebasing rows"));
}

arrow::Result<int64_t> RebaseVersion(StoreSession& session, const FeatureKey& feature,
                                     const std::string& from_feature_version,
                                     const RebaseVersionOptions& options) {
  const ReadOptions read = LatestRowsOf(from_feature_version, options.execution);
  if (options.dry_run) return session.CountRows(feature, read);
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(const auto graph, session.GraphAfterSync(options.execution));
  ARROW_RETURN_NOT_OK(session.RequireTable(feature, /*allow_fallback=*/false, interrupt).status());
  ARROW_ASSIGN_OR_RAISE(const auto rebased,
                        PrepareRebase(session, *graph, feature,
                                      {.to_feature_version = options.to_feature_version,
                                       .execution = options.execution}));
  ARROW_ASSIGN_OR_RAISE(const auto columns,
                        session.ColumnsFor(*graph, feature, {.preserve_feature_version = true}));
  ARROW_ASSIGN_OR_RAISE(
      const WriteResult written,
      session.Append(*graph, feature,
                     RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                       ARROW_ASSIGN_OR_RAISE(auto rows, session.Read(*graph, feature, read));
                       ARROW_ASSIGN_OR_RAISE(auto fresh, rebased->Rebase(std::move(rows)));
                       return WithSystemColumns(columns, std::move(fresh));
                     }),
                     columns->time(), interrupt));
  return written.rows;
}

}  // namespace metaxy::internal
