// Snapshot records: the table of snapshots, a row each.
//
// The row of a snapshot is what makes it one: it is committed when all tags are there, and removed
// before they go. Tags whose row is missing are leftovers. Both changes are strict: they fail if
// the table has changed since it was read, so that a name is given once.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "metaxy/graph.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/store_snapshots.h"
#include "store/storage.h"

namespace metaxy::internal {

/// The key of the table of snapshots.
inline constexpr const char* kSnapshotsKey = "metaxy-system/snapshots";

struct SnapshotRecord {
  SnapshotInfo info;
  std::string id;  ///< see SnapshotTag
  HashAlgorithm hash_algorithm = kDefaultHashAlgorithm;
  int hash_truncation_length = kMinHashTruncationLength;
  /// Those of the features and of everything they depend on, as JSON.
  std::string definitions = {};
};

/// The tags of a snapshot, the same in all tables:
/// `metaxy-snapshot.NAME.ID`. The id begins with the time, so that the age of a leftover is known.
struct SnapshotTag {
  std::string name;
  std::string id;

  /// A new id: a time of the store, and 64 random bits.
  static std::string NewId(std::chrono::sys_time<std::chrono::microseconds> now);
  /// None for a tag of others.
  static std::optional<SnapshotTag> Parse(const std::string& tag);

  std::string ToString() const;
  std::chrono::sys_time<std::chrono::seconds> time() const;
};

/// InvalidInput, saying which names there may be.
arrow::Status CheckSnapshotName(const std::string& name);

/// All snapshots in the order of the table, without definitions.
arrow::Result<std::vector<SnapshotRecord>> ReadSnapshots(Storage& storage,
                                                         const Interrupt& interrupt);

/// One, whole. SystemDataNotFound, naming the closest name.
arrow::Result<SnapshotRecord> ReadSnapshot(Storage& storage, const std::string& name,
                                           const Interrupt& interrupt);

/// InvalidInput if there is a snapshot of this name.
arrow::Status CheckNameIsFree(const std::vector<SnapshotRecord>& records, const std::string& name);

/// Commits a snapshot, and returns the version of the table. InvalidInput if the name is taken,
/// then or meanwhile; CommitStateUnknown if it is not known whether it was committed.
arrow::Result<uint64_t> AddSnapshot(Storage& storage, const SnapshotRecord& record,
                                    const Interrupt& interrupt, const Log& log);

/// Removes a snapshot and returns it. SystemDataNotFound.
arrow::Result<SnapshotRecord> RemoveSnapshot(Storage& storage, const std::string& name,
                                             const Interrupt& interrupt, const Log& log);

/// The definitions of features and of everything they depend on.
std::string DefinitionsOf(const FeatureGraph& graph, const std::vector<FeatureKey>& features);

/// The graph of a snapshot.
arrow::Result<std::shared_ptr<FeatureGraph>> GraphOf(const SnapshotRecord& record);

}  // namespace metaxy::internal
