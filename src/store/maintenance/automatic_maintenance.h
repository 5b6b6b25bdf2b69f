// Post-commit maintenance.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/interrupt.h"
#include "base/log.h"
#include "metaxy/maintenance.h"
#include "store/maintenance/table_maintenance.h"

namespace metaxy::internal {

/// Decides after commits whether maintenance of a table is due, and runs it on the calling thread.
/// Failures are only logged: the write has succeeded.
///
/// The version number says how many commits there have been, by all processes; so nothing has to be
/// listed or counted to know that a check is due, and a process that lives for a single write takes
/// its turn, too. Thread-safe; a table is maintained by one thread at a time.
class AutomaticMaintenance {
 public:
  /// `tables` must outlive it.
  AutomaticMaintenance(TableMaintenance* tables, const MaintenanceOptions& options, Log log)
      : tables_(tables), options_(options), log_(std::move(log)) {}

  /// After a commit that created `version`. What `interrupt` postpones is left for the next
  /// trigger.
  void AfterCommit(const std::string& table, uint64_t version, const Interrupt& interrupt = {});

  /// Before the store is closed: checks the tables that it has committed to repeatedly.
  void BeforeClose(const Interrupt& interrupt = {});

 private:
  struct State {
    /// The commit at which the table was last checked, by this process or presumably another.
    uint64_t looked_at = 0;
    /// Commits of this process since then.
    int64_t commits = 0;
    bool busy = false;
  };

  /// What was done to a table.
  struct Outcome {
    arrow::Status status;  // why it stopped, if it did
    MergedFragments merged;
    PrunedVersions removed;
  };

  void Maintain(const std::string& table, uint64_t version, int64_t enough_of_first,
                const Interrupt& interrupt);
  void Tell(const std::string& table, const Outcome& outcome) const;
  arrow::Status Merge(const std::string& table, const TableStatistics& statistics,
                      int64_t enough_of_first, MergedFragments* merged);
  /// Versions older than this are to be pruned.
  arrow::Result<std::chrono::seconds> AgeToRemove(const std::string& table,
                                                  const TableStatistics& statistics);
  arrow::Status PruneVersions(const std::string& table, uint64_t version,
                              const TableStatistics& statistics, PrunedVersions* removed);

  TableMaintenance* tables_;
  MaintenanceOptions options_;
  Log log_;
  std::mutex mutex_;
  std::map<std::string, State> states_;
};

}  // namespace metaxy::internal
