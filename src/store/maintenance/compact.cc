// Maintenance on request.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/interrupt.h"
#include "base/place_text.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/maintenance/compaction_plan.h"
#include "store/maintenance/history_retention.h"
#include "store/maintenance/table_maintenance.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/retries.h"

namespace metaxy::internal {
namespace {

// Fewer than for a write, which a caller waits for.
constexpr int kAttempts = 12;

// Retries while writers win, also those that have changed the files this one started with: each
// attempt inspects the table again.
template <typename Work>
arrow::Status Persist(Retries retries, const Interrupt& interrupt, Work work) {
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check("compacting files"));
    const arrow::Status status = work();
    const bool again = IsRetryable(status) || IsError(status, ErrorCode::kCommitConflict);
    if (status.ok() || !again) return status;
    ARROW_RETURN_NOT_OK(retries.Wait(status));
  }
}

class Compaction {
 public:
  Compaction(StoreSession& session, TableMaintenance& tables, const FeatureKey& feature,
             const CompactOptions& options)
      : session_(session),
        tables_(tables),
        feature_(feature),
        table_(feature.table_name()),
        options_(options),
        interrupt_(options.execution) {}

  arrow::Result<CompactResult> Run() {
    ARROW_ASSIGN_OR_RAISE(result_.before, Look());
    if (options_.keep_history || options_.drop_deleted_older_than) {
      ARROW_RETURN_NOT_OK(Persist(NewRetries(), interrupt_, [this] { return RemoveHistory(); }));
    }
    if (options_.dry_run) {
      ARROW_RETURN_NOT_OK(Predict());
      return result_;
    }
    ARROW_RETURN_NOT_OK(Persist(NewRetries(), interrupt_, [this] { return Merge(); }));
    ARROW_RETURN_NOT_OK(interrupt_.Check("pruning old versions"));
    ARROW_ASSIGN_OR_RAISE(const PrunedVersions removed,
                          tables_.PruneVersions(table_, options_.keep_versions_for));
    result_.versions_removed = removed.versions;
    result_.bytes_removed = removed.bytes;
    ARROW_ASSIGN_OR_RAISE(result_.after, Look());
    return result_;
  }

 private:
  Retries NewRetries() const {
    return {"compacting", table_, interrupt_, session_.log(), kAttempts};
  }

  arrow::Result<TableStatistics> Look() {
    ARROW_RETURN_NOT_OK(interrupt_.Check("inspecting files"));
    return tables_.Statistics(table_, options_.target_rows, /*with_disk=*/true);
  }

  arrow::Status RemoveHistory() {
    ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition,
                          session_.shared_graph()->GetFeatureDefinition(feature_));
    ARROW_ASSIGN_OR_RAISE(const FoundTable found,
                          session_.RequireTable(feature_, /*allow_fallback=*/false, interrupt_));
    HistoryRules rules{.keep = options_.keep_history};
    if (options_.drop_deleted_older_than) {
      const auto before = tables_.Now() - *options_.drop_deleted_older_than;
      rules.deleted_before = before.time_since_epoch().count();
    }
    ARROW_ASSIGN_OR_RAISE(const SurplusRows surplus,
                          FindSurplusRows(found.table, definition->spec.id_columns, rules,
                                          session_.WithDefaults(options_.execution)));
    // All of them in one commit: an attempt that fails has removed none, so that the last one
    // counts.
    if (!options_.dry_run) {
      ARROW_RETURN_NOT_OK(interrupt_.Check("removing old rows"));
      constexpr size_t kRowsAtOnce = 1000000;
      std::vector<uint64_t> row_ids;
      for (uint64_t from = 0;;) {
        const std::vector<uint64_t> next = surplus.NextRowIds(&from, kRowsAtOnce);
        if (next.empty()) break;
        row_ids.insert(row_ids.end(), next.begin(), next.end());
      }
      ARROW_RETURN_NOT_OK(found.table->DeleteRows(row_ids));
    }
    result_.history_rows_removed = surplus.replaced;
    result_.deleted_rows_removed = surplus.deleted;
    return arrow::Status::OK();
  }

  arrow::Status Merge() {
    ARROW_ASSIGN_OR_RAISE(const TableStatistics now,
                          tables_.Statistics(table_, options_.target_rows, /*with_disk=*/false));
    const CompactionPlan plan = PlanCompaction(now, options_.target_rows, options_.target_bytes);
    ARROW_ASSIGN_OR_RAISE(const MergedFragments merged, tables_.Merge(table_, plan));
    result_.fragments_merged = merged.removed;
    result_.fragments_written = merged.added;
    return arrow::Status::OK();
  }

  arrow::Status Predict() {
    result_.after = result_.before;
    const CompactionPlan plan =
        PlanCompaction(result_.before, options_.target_rows, options_.target_bytes);
    ARROW_ASSIGN_OR_RAISE(const auto smaller, tables_.CountSmaller(table_, {plan.target_rows}));
    // A single small fragment has nothing to be compacted with.
    result_.fragments_merged = smaller[0] > 1 ? smaller[0] : 0;
    ARROW_ASSIGN_OR_RAISE(const auto versions, tables_.Versions(table_));
    const auto limit = tables_.Now() - options_.keep_versions_for;
    result_.versions_removed = 0;
    for (size_t i = 0; i + 1 < versions.size(); ++i) {
      if (!versions[i].tagged && versions[i].committed < limit) ++result_.versions_removed;
    }
    return arrow::Status::OK();
  }

  StoreSession& session_;
  TableMaintenance& tables_;
  const FeatureKey& feature_;
  const std::string table_;
  const CompactOptions& options_;
  const Interrupt interrupt_;
  CompactResult result_;
};

// What can be seen of a table from outside the server that maintains it.
arrow::Result<TableStatistics> FiguresOfSnapshot(Storage& storage, const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, storage.OpenTable(table));
  if (!snapshot)
    return MakeError(ErrorCode::kTableNotFound, fmt::format("there is no table '{}'", table));
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, snapshot->NumRows());
  return TableStatistics{.table = table, .rows = rows, .layout = LayoutOf(*snapshot->schema())};
}

}  // namespace

std::string LayoutOf(const arrow::Schema& schema) {
  const auto field = schema.GetFieldByName(std::string(kProvenanceByField));
  if (!field) return "";
  switch (field->type()->id()) {
    case arrow::Type::STRUCT:
      return "struct";
    case arrow::Type::MAP:
      return "map";
    default:
      return "";
  }
}

arrow::Result<TableMaintenance*> MaintenanceOf(StoreSession& session) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  if (TableMaintenance* tables = session.storage().maintenance()) return tables;
  return MakeError(ErrorCode::kNotSupported,
                   fmt::format("not supported by this target: store '{}' ({}) maintains its tables "
                               "itself, so that there is nothing to compact or to report",
                               session.options().name, PlaceText(session.storage().display())));
}

arrow::Result<CompactResult> Compact(StoreSession& session, const FeatureKey& feature,
                                     const CompactOptions& options) {
  ARROW_RETURN_NOT_OK(options.dry_run ? session.CheckOpen() : session.CheckWritable());
  if (feature.is_system() && (options.keep_history || options.drop_deleted_older_than)) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format(
            "'{}' is a system table of metaxy; it has no samples whose history could be pruned",
            feature.ToString()));
  }
  ARROW_RETURN_NOT_OK(
      session.RequireTable(feature, /*allow_fallback=*/false, Interrupt(options.execution))
          .status());
  ARROW_ASSIGN_OR_RAISE(TableMaintenance * tables, MaintenanceOf(session));
  auto result = Compaction(session, *tables, feature, options).Run();
  if (!result.ok())
    return WithContext(result.status(), fmt::format("compacting '{}'", feature.ToString()));
  return result;
}

arrow::Result<std::vector<std::string>> TableNames(StoreSession& session,
                                                   const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  ARROW_RETURN_NOT_OK(interrupt.Check("listing tables"));
  return session.storage().TableNames();
}

arrow::Result<TableStatistics> StatisticsOf(StoreSession& session, const std::string& table,
                                            int64_t small_rows, const Interrupt& interrupt) {
  constexpr std::string_view kDoing = "inspecting files";
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
  TableMaintenance* tables = session.storage().maintenance();
  if (tables == nullptr) return FiguresOfSnapshot(session.storage(), table);
  ARROW_ASSIGN_OR_RAISE(TableStatistics statistics,
                        tables->Statistics(table, small_rows, /*with_disk=*/true));
  ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
  // If rows are wide, a fragment with fewer rows is large enough.
  const CompactionPlan plan = PlanCompaction(statistics, small_rows, CompactOptions().target_bytes);
  ARROW_ASSIGN_OR_RAISE(const auto smaller, tables->CountSmaller(table, {plan.target_rows}));
  statistics.small_fragments = smaller[0];
  return statistics;
}

}  // namespace metaxy::internal
