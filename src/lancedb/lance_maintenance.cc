#include "lancedb/lance_maintenance.h"

#include <fmt/format.h>

#include <set>
#include <system_error>

#include "base/memory_budget.h"
#include "columns/row_width.h"
#include "lancedb/store_clock.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::internal {
namespace {

// One fragment at a time, so that memory is what one batch takes.
constexpr int kMergeThreads = 1;

// By which a read determines the latest row of a sample, or of the pushed definitions.
std::vector<std::string> TimesIn(const arrow::Schema& schema) {
  std::vector<std::string> times;
  for (const std::string_view name : {kDeletedAt, kUpdatedAt, std::string_view("recorded_at")}) {
    if (schema.GetFieldIndex(std::string(name)) >= 0) times.emplace_back(name);
  }
  return times;
}

// Writers add and remove files meanwhile: what is gone when it is looked at does not count.
void CountFiles(const std::filesystem::path& directory, TableStatistics* statistics) {
  std::error_code error;
  int64_t files = 0;
  int64_t bytes = 0;
  for (auto entry = std::filesystem::recursive_directory_iterator(directory, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    const auto size = entry->file_size(gone);
    if (gone) continue;
    ++files;
    bytes += static_cast<int64_t>(size);
  }
  if (error) return;
  statistics->disk_files = files;
  statistics->disk_bytes = bytes;
}

}  // namespace

arrow::Result<std::unique_ptr<LanceTable>> LanceMaintenance::Open(const std::string& table) const {
  if (connection_) return connection_->OpenTable(table);
  return MakeError(ErrorCode::kTableNotFound, fmt::format("there is no table '{}'", table));
}

arrow::Result<TableStatistics> LanceMaintenance::Statistics(const std::string& table,
                                                            int64_t small_rows, bool with_disk) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  ARROW_ASSIGN_OR_RAISE(const LanceTableStats stats, opened->Stats(small_rows));
  ARROW_ASSIGN_OR_RAISE(const auto schema, opened->Schema());
  TableStatistics statistics{.table = table,
                             .rows = stats.rows,
                             .deleted_rows = stats.deleted_rows,
                             .fragments = stats.fragments,
                             .small_fragments = stats.small_fragments,
                             .data_files = stats.data_files,
                             .deletion_files = stats.deletion_files,
                             .bytes = stats.bytes,
                             .versions = stats.versions,
                             .layout = LayoutOf(*schema)};
  if (with_disk && directory_) CountFiles(*directory_ / (table + ".lance"), &statistics);
  return statistics;
}

arrow::Result<std::vector<int64_t>> LanceMaintenance::CountSmaller(
    const std::string& table, const std::vector<int64_t>& limits) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  return opened->CountFragments(limits);
}

std::optional<std::chrono::sys_time<std::chrono::microseconds>> LanceMaintenance::StoreTime()
    const {
  constexpr std::chrono::seconds kPatience{5};
  std::optional<std::chrono::microseconds> ahead;
  if (directory_) {
    ahead = AheadOfDirectory(*directory_);
  } else if (const auto of_server = AheadOfServer(options_, kPatience); of_server.ok()) {
    // Servers date their answers in whole seconds, rounded down.
    if (*of_server) ahead = **of_server;
  }
  if (!ahead) return std::nullopt;
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - *ahead;
}

std::chrono::sys_time<std::chrono::microseconds> LanceMaintenance::Now() {
  const auto machine =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return StoreTime().value_or(machine);
}

arrow::Result<std::vector<KeptVersion>> LanceMaintenance::Versions(const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  ARROW_ASSIGN_OR_RAISE(const auto versions, opened->StoredVersions());
  ARROW_ASSIGN_OR_RAISE(const auto tags, opened->Tags());
  std::set<uint64_t> tagged;
  for (const auto& [name, version] : tags) tagged.insert(version);
  std::vector<KeptVersion> kept;
  for (const LanceVersion& version : versions) {
    kept.push_back({version.version, version.timestamp, tagged.count(version.version) > 0});
  }
  return kept;
}

arrow::Result<MergedFragments> LanceMaintenance::Merge(const std::string& table,
                                                       const CompactionPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  ARROW_ASSIGN_OR_RAISE(const auto schema, opened->Schema());
  const MemoryBudget memory = MemoryScope::Current();
  // What is stored may be compressed: the plan knows how wide files are, types how wide rows are.
  const int64_t batch_rows = RowsPerBatch(*schema, plan.batch_rows, memory.batch());
  ARROW_ASSIGN_OR_RAISE(const LanceCompactResult merged,
                        opened->Compact({.target_rows_per_fragment = plan.target_rows,
                                         .batch_size = static_cast<int>(batch_rows),
                                         .num_threads = kMergeThreads,
                                         .materialize_deletions_threshold = plan.removed_part,
                                         .io_buffer_bytes = memory.read_ahead(),
                                         .order = TimesIn(*schema)}));
  return MergedFragments{static_cast<int64_t>(merged.fragments_removed),
                         static_cast<int64_t>(merged.fragments_added)};
}

arrow::Result<PrunedVersions> LanceMaintenance::PruneVersions(const std::string& table,
                                                              std::chrono::seconds older_than) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  ARROW_ASSIGN_OR_RAISE(const LancePruneResult removed,
                        opened->Prune({.older_than = older_than, .now = StoreTime()}));
  return PrunedVersions{static_cast<int64_t>(removed.versions_removed),
                        static_cast<int64_t>(removed.bytes_removed)};
}

arrow::Status LanceMaintenance::RenameColumn(const std::string& table, const std::string& column,
                                             const std::string& new_name) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Open(table));
  return opened->SetColumnName(column, new_name).status();
}

}  // namespace metaxy::internal
