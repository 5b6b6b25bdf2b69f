#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/clock.h"
#include "store/failures/failure_table.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/column_names.h"
#include "store/write/storable_types.h"
#include "versioning/delta/delta_resolve.h"
#include "versioning/resolve/provenance_columns.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::internal {
namespace {

using Expressions = std::vector<arrow::compute::Expression>;

arrow::Status Extend(Expressions* to, const Filters& filters) {
  ARROW_ASSIGN_OR_RAISE(const Expressions more, filters.Expressions());
  to->insert(to->end(), more.begin(), more.end());
  return arrow::Status::OK();
}

arrow::Result<Expressions> FiltersOf(const FeatureFilters& filters, const FeatureKey& feature) {
  Expressions result;
  for (const auto& [key, conditions] : filters) {
    if (key == feature) ARROW_RETURN_NOT_OK(Extend(&result, conditions));
  }
  return result;
}

// None if failures do not matter, or if there are none.
arrow::Result<std::optional<FailureInput>> FailuresOf(Storage& storage, const FeatureKey& feature,
                                                      const std::string& feature_version,
                                                      const FailurePolicy& policy,
                                                      const Interrupt& interrupt) {
  if (policy.mode() == FailurePolicy::Mode::kInclude) return std::nullopt;
  ARROW_RETURN_NOT_OK(interrupt.Check("reading failures"));
  ARROW_ASSIGN_OR_RAISE(const auto table, storage.OpenTable(FailuresTable()));
  if (!table) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, table->NumRows());
  if (rows == 0) return std::nullopt;
  return FailureInput{.table = table,
                      .feature_hash = FeatureHash(feature.ToString(), feature_version),
                      .policy = policy,
                      .now = NowMicros()};
}

arrow::Status CheckParents(const FeaturePlan& plan, const ResolveUpdateOptions& options) {
  const auto fails = [&](const FeatureKey& key, std::string_view why) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("rows of parent '{}' for an update of '{}': {}", key.ToString(),
                                 plan.feature().key.ToString(), why));
  };
  const auto& deps = plan.feature().deps;
  for (auto parent = options.parents.begin(); parent != options.parents.end(); ++parent) {
    const auto& [key, rows] = *parent;
    if (options.samples) return fails(key, "samples replace all parents; give one or the other");
    if (!rows) return fails(key, "the table is null");
    if (std::none_of(deps.begin(), deps.end(), [&](const auto& d) { return d.feature == key; }))
      return fails(key, "it is not a dependency");
    if (std::any_of(options.parents.begin(), parent, [&](const auto& p) { return p.first == key; }))
      return fails(key, "they are given twice");
  }
  return arrow::Status::OK();
}

// The rows that the caller has for a parent; null if there are none.
arrow::Result<std::shared_ptr<const TableSnapshot>> GivenParent(const FeatureTables& parents,
                                                                const FeatureKey& feature) {
  for (const auto& [key, rows] : parents) {
    if (key != feature) continue;
    const std::string what = "rows of parent '" + key.ToString() + "'";
    ARROW_RETURN_NOT_OK(CheckColumnNames(*rows->schema(), what));
    ARROW_RETURN_NOT_OK(CheckStorableTypes(*StoredSchema(*rows->schema()), what));
    for (const std::string_view column : {kFeatureVersion, kDataVersionByField}) {
      if (rows->schema()->GetFieldIndex(std::string(column)) >= 0) continue;
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format("{} lack the column '{}'; give them as Read() returns them, with "
                      "all system columns",
                      what, column));
    }
    ARROW_ASSIGN_OR_RAISE(const auto stored, WithStoredTypes(rows));
    return MemoryTable::Make(stored);
  }
  return nullptr;
}

}  // namespace

arrow::Result<std::unique_ptr<LazyIncrement>> StoreSession::ResolveUpdate(
    const FeatureKey& feature, const ResolveUpdateOptions& options, bool reads_all) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphAfterSync(options.execution));
  ARROW_ASSIGN_OR_RAISE(ResolveInput input, PrepareResolve(*graph, feature, options));
  input.reads_all = reads_all;
  DeltaOptions delta = DeltaOptionsFor(options.delta.value_or(options_.delta));
  if (!options.parents.empty()) delta.never = "rows of parents were given";
  return ResolveByDelta(std::move(input), delta);
}

DeltaOptions StoreSession::DeltaOptionsFor(DeltaMode mode) const {
  return {
      .mode = mode, .cache = CheckpointCache::OfUser(), .log = log_, .store = storage_->display()};
}

arrow::Status StoreSession::AddDependencies(const FeatureGraph& graph,
                                            const ResolveUpdateOptions& options,
                                            const Interrupt& interrupt, const FeaturePlan& plan,
                                            std::vector<DependencyInput>* dependencies) {
  for (const FeatureDep& dep : plan.feature().deps) {
    ARROW_ASSIGN_OR_RAISE(const std::string version, graph.GetFeatureVersion(dep.feature));
    FoundRows parent;
    ARROW_ASSIGN_OR_RAISE(parent.table, GivenParent(options.parents, dep.feature));
    if (!parent.table) {
      ARROW_ASSIGN_OR_RAISE(parent, RequireRows(graph, dep.feature, version,
                                                /*allow_fallback=*/true, interrupt));
    }
    ARROW_ASSIGN_OR_RAISE(Expressions filters, FiltersOf(options.filters, dep.feature));
    ARROW_RETURN_NOT_OK(Extend(&filters, options.global_filters));
    dependencies->push_back(
        {std::move(parent.table), version, std::move(filters), std::move(parent.place)});
  }
  return arrow::Status::OK();
}

arrow::Result<ResolveInput> StoreSession::PrepareResolve(const FeatureGraph& graph,
                                                         const FeatureKey& feature,
                                                         const ResolveUpdateOptions& options) {
  if (feature.is_system()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is a system table of metaxy; there is nothing to resolve",
                                 feature.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(FeaturePlan plan, graph.GetFeaturePlan(feature));
  ARROW_RETURN_NOT_OK(plan.ValidateColumns());
  if (plan.is_root() && !options.samples) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("feature '{}' has no dependencies, so its samples must be given: "
                                 "rows with the columns {} and a struct metaxy_provenance_by_field",
                                 feature.ToString(), fmt::join(plan.feature().id_columns, ", ")));
  }
  if (options.samples) {
    const std::string what = "samples of '" + feature.ToString() + "'";
    ARROW_RETURN_NOT_OK(CheckColumnNames(*options.samples->schema(), what));
    // What cannot be written is not compared either; not all of it can be cast.
    ARROW_RETURN_NOT_OK(CheckStorableTypes(*StoredSchema(*options.samples->schema()), what));
  }
  const Interrupt interrupt(options.execution);
  ResolveInput input;
  input.plan = std::make_shared<const FeaturePlan>(std::move(plan));
  input.hash_algorithm = options_.hash_algorithm;
  input.hash_truncation_length = graph.hash_truncation_length();
  ARROW_ASSIGN_OR_RAISE(input.current_version, graph.GetFeatureVersion(feature));
  // This store alone decides what has to be updated, unless it is an overlay; otherwise only inputs
  // come from the fallback stores.
  ARROW_ASSIGN_OR_RAISE(FoundRows current, FindRows(graph, feature, input.current_version,
                                                    /*allow_fallback=*/is_overlay(), interrupt));
  input.current = std::move(current.table);
  input.place = std::move(current.place);
  ARROW_ASSIGN_OR_RAISE(input.filters, FiltersOf(options.filters, feature));
  ARROW_RETURN_NOT_OK(Extend(&input.filters, options.global_filters));
  ARROW_RETURN_NOT_OK(Extend(&input.filters, options.target_filters));
  ARROW_ASSIGN_OR_RAISE(input.staleness_predicates, options.staleness_predicates.Expressions());
  input.samples = options.samples;
  ARROW_RETURN_NOT_OK(CheckParents(*input.plan, options));
  if (!options.samples)
    ARROW_RETURN_NOT_OK(
        AddDependencies(graph, options, interrupt, *input.plan, &input.dependencies));
  input.skip_comparison = options.skip_comparison;
  ARROW_ASSIGN_OR_RAISE(input.failures, FailuresOf(*storage_, feature, input.current_version,
                                                   options.failures, interrupt));
  // A store without any is resolved as if nobody had asked for them, and so from what was found
  // before.
  input.failures_matter = input.failures.has_value();
  input.execution = WithDefaults(options.execution);
  return input;
}

arrow::Result<std::shared_ptr<arrow::Table>> ComputeProvenance(
    StoreSession& session, const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
    const ExecutionOptions& execution) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  const Interrupt interrupt(execution);
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(feature));
  ARROW_ASSIGN_OR_RAISE(const RowHasher hasher, RowHasher::Make(session.options().hash_algorithm,
                                                                graph->hash_truncation_length()));
  arrow::RecordBatchVector computed;
  const int64_t size = std::max<int64_t>(execution.batch_size, 1);
  for (int64_t done = 0; done == 0 || done < rows->num_rows(); done += size) {
    ARROW_RETURN_NOT_OK(interrupt.Check("computing provenance"));
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows->Slice(done, size)->CombineChunksToBatch());
    ARROW_ASSIGN_OR_RAISE(auto more, AddProvenance(plan, hasher, batch));
    computed.push_back(std::move(more));
  }
  return arrow::Table::FromRecordBatches(computed);
}

}  // namespace metaxy::internal
