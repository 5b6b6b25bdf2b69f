// Snapshots of a store: the implementation of StoreSnapshots.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "metaxy/store_snapshots.h"
#include "store/snapshots/snapshot_records.h"
#include "store/snapshots/table_tags.h"
#include "store/store_session.h"

namespace metaxy::internal {

/// From the time in its id until a snapshot is committed: then it gives up. Leftovers that are
/// older are nobody's.
inline constexpr std::chrono::hours kLongestCreation{12};

/// A value type, as valid as the session.
class Snapshots {
 public:
  explicit Snapshots(StoreSession* session) : session_(session) {}

  // create_snapshot.cc
  arrow::Result<SnapshotInfo> Create(const std::string& name, const CreateSnapshotOptions& options);

  // snapshots.cc
  arrow::Result<std::vector<SnapshotInfo>> List(const Interrupt& interrupt);
  arrow::Result<SnapshotInfo> Get(const std::string& name, const Interrupt& interrupt);
  arrow::Result<std::shared_ptr<MetadataStore>> Open(const std::string& name,
                                                     const Interrupt& interrupt);
  arrow::Status Delete(const std::string& name, const Interrupt& interrupt);
  arrow::Result<std::vector<SnapshotFinding>> Check(const Interrupt& interrupt);
  arrow::Result<std::vector<SnapshotFinding>> RemoveLeftovers(
      const RemoveLeftoversOptions& options);

  // diff_snapshots.cc
  arrow::Result<std::vector<SnapshotFeatureDiff>> Diff(const std::string& first,
                                                       const std::optional<std::string>& second,
                                                       const DiffSnapshotsOptions& options);

  StoreSession& session() { return *session_; }
  /// StoreNotOpen, or NotSupported where tables have no tags.
  arrow::Result<TableTags*> Tags();
  /// Every version of the table of snapshots has all rows, so that old ones are not kept for long.
  /// Called after each commit, with its version; it has succeeded, whatever comes of this.
  void PruneRecords(uint64_t version);
  /// By the clock of the store.
  std::chrono::sys_time<std::chrono::microseconds> Now();

 private:
  StoreSession* session_;
};

}  // namespace metaxy::internal
