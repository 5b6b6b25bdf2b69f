// The options of a store and of its operations, and the results of some of them.
//
// Every function that takes options first calls their Validate(): InvalidInput, naming the option
// and its range.
#pragma once

#include <arrow/status.h>
#include <arrow/table.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/delta.h"
#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/external_features.h"
#include "metaxy/failures.h"
#include "metaxy/filter.h"
#include "metaxy/graph.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/keys.h"
#include "metaxy/log.h"
#include "metaxy/maintenance.h"
#include "metaxy/versioning_engine.h"

namespace metaxy {

enum class AccessMode { kRead, kWrite };

/// \brief What a store takes from its fallback stores.
enum class FallbackMode {
  kFeature,  ///< The features of which it has no table, as the Python package.
  kOverlay,  ///< The samples that it does not have; of each, the nearest store counts.
};

/// \brief The options of every kind of store. Mirrors the arguments of metaxy.MetadataStore.
struct METAXY_EXPORT MetadataStoreOptions {
  /// The features that the store starts with. It must not be modified afterwards; a sync of
  /// external features works on a copy.
  std::shared_ptr<const FeatureGraph> graph = nullptr;
  /// Project whose version is written with every row; if empty, the graph's single project.
  std::string project = {};
  /// For messages.
  std::string name = {};
  HashAlgorithm hash_algorithm = kDefaultHashAlgorithm;
  VersioningEngine versioning_engine = VersioningEngine::kAuto;
  /// Searched in this order for features of which this store has no table; opened on demand, never
  /// written to.
  std::vector<std::shared_ptr<class MetadataStore>> fallback_stores = {};
  /// For reads and resolves, of a feature itself as of its parents. In an overlay a sample is in a
  /// store if that has a row of it, of the feature version that is read, also if that row marks it
  /// as deleted. Writes go to this store.
  FallbackMode fallback = FallbackMode::kFeature;
  /// Written to `metaxy_materialization_id`, unless a write has its own.
  std::optional<std::string> materialization_id = std::nullopt;
  /// New tables store `metaxy_*_by_field` as maps of strings instead of structs, so that changing a
  /// feature's fields does not change its table. Tables of both layouts are read and written
  /// regardless of this option. The configuration's key of the same name.
  bool enable_map_datatype = false;
  /// Memory limit in bytes for operations that do not set ExecutionOptions::memory_limit; if
  /// absent, a quarter of the memory of the machine or of the process's control group.
  std::optional<int64_t> memory_limit = std::nullopt;
  /// How features of other projects are handled.
  ExternalFeatureOptions external = {};
  /// Maintenance after writes.
  MaintenanceOptions maintenance = {};
  /// Of resolves that do not say, and of CountRows(). Under kAuto and kVerify, small files in the
  /// user's directory for caches remember what was found (docs/delta.md).
  DeltaMode delta = DeltaMode::kAuto;
  /// Receives log records.
  LogFunction on_log = nullptr;

  arrow::Status Validate() const;
};

struct METAXY_EXPORT ReadOptions {
  /// A version to read instead of the current one; needs with_feature_history.
  std::optional<std::string> feature_version = std::nullopt;
  /// Filters on the latest rows; all must hold.
  Filters filters = {};
  /// Exactly these columns, in this order; all if empty.
  std::vector<std::string> columns = {};
  bool allow_fallback = true;
  /// Also rows of other versions of the feature. Samples stay unique across versions unless
  /// with_sample_history.
  bool with_feature_history = false;
  /// Also superseded rows.
  bool with_sample_history = false;
  bool include_soft_deleted = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT WriteOptions {
  std::optional<std::string> materialization_id = std::nullopt;
  /// Keep `metaxy_feature_version` and `metaxy_project_version` of the rows, if both are present.
  bool preserve_feature_version = false;
  /// Written as `metaxy_updated_at`, and as `metaxy_created_at` of rows that have none, for rows
  /// that shall have the same time in several tables; if absent, the time of the write.
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> time = std::nullopt;
  /// An id of the caller's that is recorded with the commit, so that
  /// StoreAdministration::FindWrite() tells whether it was made, also in another process. Up to 256
  /// bytes of UTF-8; no two writes to a table may have the same one. If absent, a random one.
  std::optional<std::string> write_id = std::nullopt;
  /// A write that is stopped leaves nothing in the table.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief The result of a write.
struct WriteResult {
  int64_t rows = 0;
  /// The version of the table that contains the rows; absent if a server does not report it.
  std::optional<uint64_t> version = std::nullopt;
};

/// \brief The result of several writes, each feature once.
using FeatureWriteResults = std::vector<std::pair<FeatureKey, WriteResult>>;

/// \brief Rows by feature, each feature once.
using FeatureTables = std::vector<std::pair<FeatureKey, std::shared_ptr<arrow::Table>>>;

struct METAXY_EXPORT WriteMultiOptions {
  /// Written with the rows of all features, instead of the store's default.
  std::optional<std::string> materialization_id = std::nullopt;
  /// A write that is stopped leaves the features written before it.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief Filters on the rows of single features.
using FeatureFilters = std::vector<std::pair<FeatureKey, Filters>>;

struct METAXY_EXPORT ResolveUpdateOptions {
  /// Input rows with `metaxy_provenance_by_field`. Required for a root feature; for others they
  /// replace the parents.
  std::shared_ptr<arrow::Table> samples = nullptr;
  /// Rows of parents that are kept outside of the store and its fallback stores, as Read() returns
  /// them: with their system columns, superseded and deleted rows allowed. They replace the tables
  /// of these parents. InvalidInput for a feature that is not a dependency or is named twice, or
  /// together with `samples`; MetadataSchema if a column is missing. Filters apply to them, too.
  FeatureTables parents = {};
  /// Filters on the rows of parents, or of the feature itself (then on `samples`, too).
  FeatureFilters filters = {};
  /// Filters on the rows of all parents and of the feature.
  Filters global_filters = {};
  /// Filters on the rows of the feature alone.
  Filters target_filters = {};
  /// Stored rows that match any of these are stale regardless of their provenance.
  Filters staleness_predicates = {};
  /// Treat everything as new, without comparing.
  bool skip_comparison = false;
  /// What happens to samples that have failed; by default they are treated like all others.
  FailurePolicy failures = {};
  /// If absent, the store's.
  std::optional<DeltaMode> delta = std::nullopt;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT DeleteOptions {
  /// Mark rows as deleted (the default), or remove them permanently.
  bool soft = true;
  bool with_feature_history = false;
  bool with_sample_history = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT RebaseOptions {
  /// The version to rebase to: the current one, or one that was pushed to this store.
  std::optional<std::string> to_feature_version = std::nullopt;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT RebaseVersionOptions {
  /// As in RebaseOptions.
  std::optional<std::string> to_feature_version = std::nullopt;
  /// Only count the affected rows.
  bool dry_run = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT PushOptions {
  /// Recorded with the rows; `metaxy` is reserved for the version of metaxy itself.
  std::vector<std::pair<std::string, std::string>> tags = {};
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct METAXY_EXPORT CopyOptions {
  FeatureFilters filters = {};
  Filters global_filters = {};
  bool with_feature_history = true;
  bool with_sample_history = false;
  /// A copy that is stopped leaves the features copied before.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct CopyResult {
  int64_t features_copied = 0;
  int64_t rows_copied = 0;
};

/// \brief How a table stores `metaxy_*_by_field`: a struct with a member for every field there ever
/// was, or a map from field to version.
enum class ByFieldLayout { kStruct, kMap };

struct METAXY_EXPORT MigrationOptions {
  /// Only report what would be done.
  bool dry_run = false;
  /// A migration that is stopped leaves the table as it was.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct MigrationResult {
  bool changed = false;  ///< False if the table already had this layout.
  int64_t rows = 0;      ///< Rows of the table.
};

}  // namespace metaxy
