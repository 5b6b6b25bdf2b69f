#include "store/maintenance/automatic_maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "metaxy/errors.h"
#include "store/maintenance/compaction_plan.h"

namespace metaxy::internal {
namespace {

// A store that wrote at least this often to a table tidies it up when it is closed ...
constexpr int64_t kRepeatedly = 4;
// ... by compacting only really small fragments: this many fragments of the first tier are enough.
constexpr int64_t kEnoughAtClose = 2;

// Fewer than the commits between two checks: a compaction creates versions of its own, and so do
// changes that add no fragment. Otherwise every second check would come too early.
int64_t Enough(const MaintenanceOptions& options) {
  return std::max<int64_t>(options.every_commits / 2, 2);
}

}  // namespace

void AutomaticMaintenance::AfterCommit(const std::string& table, uint64_t version,
                                       const Interrupt& interrupt) {
  if (!options_.automatic) return;
  const auto every = static_cast<uint64_t>(options_.every_commits);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [entry, first] = states_.try_emplace(table);
    State& state = entry->second;
    // The process that made the last multiple of `every` has checked.
    if (first && version > 0) state.looked_at = (version - 1) / every * every;
    ++state.commits;
    if (state.busy || version < state.looked_at + every) return;
    state.busy = true;
    state.looked_at = version / every * every;
    state.commits = 0;
  }
  Maintain(table, version, Enough(options_), interrupt);
  const std::lock_guard<std::mutex> lock(mutex_);
  states_[table].busy = false;
}

void AutomaticMaintenance::BeforeClose(const Interrupt& interrupt) {
  if (!options_.automatic) return;
  std::vector<std::string> repeatedly;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [table, state] : states_) {
      if (state.commits >= kRepeatedly && !state.busy) repeatedly.push_back(table);
    }
    states_.clear();
  }
  for (const std::string& table : repeatedly) Maintain(table, 0, kEnoughAtClose, interrupt);
}

void AutomaticMaintenance::Maintain(const std::string& table, uint64_t version,
                                    int64_t enough_of_first, const Interrupt& interrupt) {
  constexpr std::string_view kDoing = "maintaining the table";
  Outcome outcome;
  const auto work = [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    ARROW_ASSIGN_OR_RAISE(const TableStatistics statistics,
                          tables_->Statistics(table, options_.target_rows, /*with_disk=*/false));
    ARROW_RETURN_NOT_OK(Merge(table, statistics, enough_of_first, &outcome.merged));
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    return PruneVersions(table, version, statistics, &outcome.removed);
  };
  outcome.status = work();
  Tell(table, outcome);
}

void AutomaticMaintenance::Tell(const std::string& table, const Outcome& outcome) const {
  const auto& [status, merged, removed] = outcome;
  if (status.ok() && merged.removed == 0 && removed.versions == 0) return;
  Json::Object values = {{"table", table},
                         {"fragments_merged", merged.removed},
                         {"fragments_written", merged.added},
                         {"versions_removed", removed.versions},
                         {"bytes_removed", removed.bytes}};
  const std::string done =
      fmt::format("table '{}' after writes: {} fragments compacted into {}, {} old versions pruned",
                  table, merged.removed, merged.added, removed.versions);
  if (status.ok()) return log_.Info(LogSubject::kMaintenance, done, std::move(values));
  const ErrorCode code = GetErrorCode(status);
  values.emplace_back("error", ErrorCodeName(code));
  // Writers take precedence, and so does a caller waiting for its write; branches keep old
  // versions. The table is fine.
  const bool put_off = code == ErrorCode::kCommitConflict || code == ErrorCode::kCancelled ||
                       code == ErrorCode::kTimeout || code == ErrorCode::kNotSupported;
  if (put_off) {
    log_.Info(LogSubject::kMaintenance,
              fmt::format("{}; the rest is postponed: {}", done, status.message()),
              std::move(values));
  } else {
    log_.Warn(LogSubject::kMaintenance, fmt::format("{}; then: {}", done, status.message()),
              std::move(values));
  }
}

arrow::Status AutomaticMaintenance::Merge(const std::string& table,
                                          const TableStatistics& statistics,
                                          int64_t enough_of_first, MergedFragments* merged) {
  CompactionPlan plan = PlanCompaction(statistics, options_.target_rows, options_.target_bytes);
  const std::vector<int64_t> tiers = MergeTiers(plan.target_rows);
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> smaller, tables_->CountSmaller(table, tiers));
  const std::optional<int64_t> tier = DueTier(tiers, smaller, Enough(options_), enough_of_first);
  if (!tier) return arrow::Status::OK();
  plan.target_rows = *tier;
  return tables_->Merge(table, plan).Value(merged);
}

arrow::Result<std::chrono::seconds> AutomaticMaintenance::AgeToRemove(
    const std::string& table, const TableStatistics& statistics) {
  const std::chrono::seconds longest = options_.keep_versions_for;
  const auto keep = static_cast<size_t>(options_.keep_versions);
  if (statistics.versions.value_or(0) <= options_.keep_versions ||
      longest <= kKeepVersionsAtLeastFor)
    return longest;
  ARROW_ASSIGN_OR_RAISE(std::vector<KeptVersion> versions, tables_->Versions(table));
  if (versions.empty()) return longest;
  // The latest version has just been committed.
  const auto now = versions.back().committed;
  // Those with a tag stay whatever their age is, and must not make the others go earlier.
  std::erase_if(versions, [](const KeptVersion& version) { return version.tagged; });
  if (versions.size() <= keep) return longest;
  const auto age =
      std::chrono::floor<std::chrono::seconds>(now - versions[versions.size() - keep].committed);
  return std::clamp<std::chrono::seconds>(age, kKeepVersionsAtLeastFor, longest);
}

// To look for old versions costs a read of every version's manifest. So the more there are, the
// more commits go by between two looks: about two manifests are read for each commit. `version` is
// 0 at the end of a session.
arrow::Status AutomaticMaintenance::PruneVersions(const std::string& table, uint64_t version,
                                                  const TableStatistics& statistics,
                                                  PrunedVersions* removed) {
  const auto every = static_cast<uint64_t>(options_.every_commits);
  const auto kept = static_cast<uint64_t>(statistics.versions.value_or(0));
  uint64_t interval = every;
  while (interval * 2 < kept) interval *= 2;
  // The check at commit n covers all commits since n - every.
  if (version != 0 && version / interval == (version - std::min(version, every)) / interval)
    return arrow::Status::OK();
  if (version == 0 && interval > every) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::chrono::seconds age, AgeToRemove(table, statistics));
  return tables_->PruneVersions(table, age).Value(removed);
}

}  // namespace metaxy::internal
