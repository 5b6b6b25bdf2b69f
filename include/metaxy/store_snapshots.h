// Snapshots of a store: names for exactly these rows of these features.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"

namespace metaxy {

class MetadataStore;

namespace internal {
class StoreSession;
}

/// \brief A feature in a snapshot.
struct SnapshotFeature {
  FeatureKey feature;
  /// The version of the feature by the definitions of the snapshot; empty for a system table.
  std::string feature_version = {};
  /// The version of its table; absent if it had none yet.
  std::optional<uint64_t> table_version = std::nullopt;
  /// Rows of that version of the table: of all versions of the feature, superseded ones included.
  int64_t rows = 0;
};

/// \brief A snapshot, as it was recorded.
struct METAXY_EXPORT SnapshotInfo {
  std::string name;
  /// By the clock of the store.
  std::chrono::sys_time<std::chrono::microseconds> created_at;
  std::string project = {};
  std::string project_version = {};
  /// Parents first; at the end the table of pushed definitions, if there was one.
  std::vector<SnapshotFeature> features = {};

  /// \brief As printed by `metaxy snapshot show --format json`.
  Json ToJson() const;
};

struct METAXY_EXPORT CreateSnapshotOptions {
  /// Exactly these features, all of which must have a table; if absent, all of the graph, of which
  /// those without a table are recorded as such.
  std::optional<std::vector<FeatureKey>> features = std::nullopt;
  /// A snapshot that is stopped is not there.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief How the samples of a feature differ between two snapshots.
struct METAXY_EXPORT SnapshotFeatureDiff {
  FeatureKey feature;
  /// Whether the first and the second snapshot have a table of the feature.
  bool in_first = false;
  bool in_second = false;
  int64_t added = 0;    ///< Samples that only the second has.
  int64_t removed = 0;  ///< Samples that only the first has.
  int64_t changed = 0;  ///< Samples with another data version (`metaxy_data_version`).
  /// Samples with the same data version in a row that was written at another time.
  int64_t rewritten = 0;
  /// Whether the id columns are others, so that no sample of one is in the other.
  bool other_id_columns = false;

  /// \brief As printed by `metaxy snapshot diff --format json`.
  Json ToJson() const;
};

struct METAXY_EXPORT DiffSnapshotsOptions {
  /// Only these features; each must be in one of the two. If absent, those of both.
  std::optional<std::vector<FeatureKey>> features = std::nullopt;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief What is wrong with a snapshot, or left of one.
struct SnapshotFinding {
  enum class Kind {
    /// A tag without a snapshot: of a creation or deletion that was killed, or is under way.
    kLeftover,
    /// A snapshot without one of its tags: a table was dropped, or somebody removed the tag.
    kLost,
  };

  Kind kind = Kind::kLeftover;
  std::string snapshot;
  std::string table;
  std::string tag;
  /// Since the snapshot was begun, by the clock of the store.
  std::chrono::seconds age{0};
};

struct METAXY_EXPORT RemoveLeftoversOptions {
  /// Younger leftovers may belong to a snapshot that is being made: that takes half a day at most.
  std::chrono::seconds older_than = std::chrono::hours(24);
  bool dry_run = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief The snapshots of a store. From MetadataStore::snapshots(); a handle, valid as long as the
/// store, used like the store from many threads. No counterpart in the Python package, which
/// ignores them.
///
/// A snapshot is a version of every table, kept by a tag of Lance, and one row in the table
/// `metaxy-system/snapshots`: until that is committed there is no snapshot, and when it is removed
/// there is none any more, whenever a process is killed. Compaction and pruning keep tagged
/// versions. Within a snapshot a feature is never newer than its parents: tables are looked at one
/// after the other, children first, and what a row was computed from was there before it.
///
/// Functions fail with the errors that all operations of a store have, with NotSupported on servers
/// (db://), whose tables have no tags, and with SystemDataNotFound, naming the closest name, if
/// there is no snapshot of this name.
class METAXY_EXPORT StoreSnapshots {
 public:
  /// \brief Gives the current rows a name: letters, digits, `-`, `_` and single dots, at most 100
  /// characters. InvalidInput for another name, for one that is taken and if no feature has a table
  /// yet; FeatureNotFound for a chosen feature without a table in this store itself. Writers may
  /// run meanwhile.
  arrow::Result<SnapshotInfo> Create(const std::string& name,
                                     const CreateSnapshotOptions& options = {});

  /// \brief All snapshots, the latest first.
  arrow::Result<std::vector<SnapshotInfo>> List(const ExecutionOptions& execution = {});

  arrow::Result<SnapshotInfo> Get(const std::string& name, const ExecutionOptions& execution = {});

  /// \brief The store as it was: a store for reading, with the rows, the definitions and the hash
  /// algorithm of the snapshot, without fallback stores. Every operation that reads works on it,
  /// ResolveUpdate() and CopyMetadata() included; one that writes fails with StoreNotOpen. It is
  /// open while this store is, and may outlive it, as MetadataStore::View().
  ///
  /// Reading a feature that is not in the snapshot fails with FeatureNotFound, one whose tag was
  /// removed, or whose table was dropped since, with TableNotFound.
  arrow::Result<std::shared_ptr<MetadataStore>> Open(const std::string& name,
                                                     const ExecutionOptions& execution = {});

  /// \brief Compares the samples of two snapshots, feature by feature, as Read() gives them;
  /// without `second`, those of a snapshot with those that the store has now. Reads id columns and
  /// data versions only, within the memory limit, and nothing of tables that are the same.
  /// InvalidInput for a feature that is in neither.
  arrow::Result<std::vector<SnapshotFeatureDiff>> Diff(const std::string& first,
                                                       const std::optional<std::string>& second,
                                                       const DiffSnapshotsOptions& options = {});

  /// \brief Removes a snapshot; pruning then removes what only it needed. Stores that were opened
  /// at it can be read until then.
  arrow::Status Delete(const std::string& name, const ExecutionOptions& execution = {});

  /// \brief Tags without a snapshot, and snapshots without a tag; reads the tags of all tables.
  arrow::Result<std::vector<SnapshotFinding>> Check(const ExecutionOptions& execution = {});

  /// \brief Removes leftovers of creations and deletions that were killed, and returns them.
  arrow::Result<std::vector<SnapshotFinding>> RemoveLeftovers(
      const RemoveLeftoversOptions& options = {});

 private:
  friend class MetadataStore;
  explicit StoreSnapshots(internal::StoreSession* session) : session_(session) {}

  internal::StoreSession* session_;
};

}  // namespace metaxy
