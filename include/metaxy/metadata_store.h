// The store: where the metadata of features lives, and the operations on it.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/util/cancel.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/graph.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/increment.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"
#include "metaxy/maintenance.h"
#include "metaxy/versioning_engine.h"

namespace metaxy {

namespace internal {
class Storage;
class StoreSession;
}  // namespace internal

enum class AccessMode { kRead, kWrite };

/// \brief What every kind of store has. Mirrors the arguments of metaxy.MetadataStore.
struct MetadataStoreOptions {
  /// The features that the store knows. Shared with the caller, who must not change it while calls
  /// are under way.
  std::shared_ptr<FeatureGraph> graph = nullptr;
  /// Project whose version is written with every row; if empty, the graph's single project.
  std::string project = {};
  /// For messages.
  std::string name = {};
  HashAlgorithm hash_algorithm = kDefaultHashAlgorithm;
  VersioningEngine versioning_engine = VersioningEngine::kAuto;
  /// Asked in this order for features of which this store has no table; opened on demand, never
  /// written to.
  std::vector<std::shared_ptr<class MetadataStore>> fallback_stores = {};
  /// Written to `metaxy_materialization_id`, unless a write gives its own.
  std::optional<std::string> materialization_id = std::nullopt;
  /// What is done after writes.
  MaintenanceOptions maintenance = {};
};

/// \brief Limits and hooks of an operation that reads many rows.
struct ExecutionOptions {
  /// Rows per batch of results.
  int64_t batch_size = 65536;
  /// Stops the operation with Cancelled.
  arrow::StopToken stop_token = arrow::StopToken::Unstoppable();
};

struct ReadOptions {
  /// A version to read instead of the current one; needs with_feature_history.
  std::optional<std::string> feature_version = std::nullopt;
  /// Conditions on the latest rows; all must hold.
  std::vector<arrow::compute::Expression> filters = {};
  /// Exactly these columns, in this order; all if empty.
  std::vector<std::string> columns = {};
  bool allow_fallback = true;
  /// Also rows of other versions of the feature. Samples stay unique across versions unless
  /// with_sample_history.
  bool with_feature_history = false;
  /// Also rows that later writes have replaced.
  bool with_sample_history = false;
  bool include_soft_deleted = false;
  ExecutionOptions execution = {};
};

struct WriteOptions {
  std::optional<std::string> materialization_id = std::nullopt;
  /// Keep `metaxy_feature_version` and `metaxy_project_version` of the rows, if both are there.
  bool preserve_feature_version = false;
};

/// \brief Conditions on the rows of single features.
using FeatureFilters = std::vector<std::pair<FeatureKey, std::vector<arrow::compute::Expression>>>;

struct ResolveUpdateOptions {
  /// Input rows with `metaxy_provenance_by_field`. Needed for a root feature; for others it
  /// replaces the parents.
  std::shared_ptr<arrow::Table> samples = nullptr;
  /// Conditions on the rows of parents, or of the feature itself (then on `samples`, too).
  FeatureFilters filters = {};
  /// Conditions on the rows of all parents and of the feature.
  std::vector<arrow::compute::Expression> global_filters = {};
  /// Conditions on the rows of the feature alone.
  std::vector<arrow::compute::Expression> target_filters = {};
  /// Stored rows for which any of these holds are stale whatever their provenance.
  std::vector<arrow::compute::Expression> staleness_predicates = {};
  /// Everything is new; nothing is compared.
  bool skip_comparison = false;
  ExecutionOptions execution = {};
};

struct DeleteOptions {
  /// Mark rows as deleted (the default), or remove them for good.
  bool soft = true;
  bool with_feature_history = false;
  bool with_sample_history = false;
};

struct CopyOptions {
  FeatureFilters filters = {};
  std::vector<arrow::compute::Expression> global_filters = {};
  bool with_feature_history = true;
  bool with_sample_history = false;
};

struct CopyResult {
  int64_t features_copied = 0;
  int64_t rows_copied = 0;
};

/// \brief What `metaxy push` did. Mirrors metaxy.PushResult.
struct PushResult {
  std::string project_version;
  bool already_pushed = false;
  /// Features whose definition was recorded anew although the project version was known.
  std::vector<std::string> updated_features = {};
};

/// \brief Stores rows of metadata per feature, appends to them, and finds out what has to be
/// computed again. Mirrors metaxy.MetadataStore.
///
/// A store is made closed, opened, used and closed (the destructor closes it, too). Operations may
/// be called from many threads at once while it is open; Open() and Close() may not run beside
/// them. Errors common to all operations: StoreNotOpen, and those of the outside (PermissionDenied,
/// Timeout, Network, Io, CorruptTable, ...). A failed operation leaves the store as it was.
class METAXY_EXPORT MetadataStore {
 public:
  virtual ~MetadataStore();
  MetadataStore(const MetadataStore&) = delete;
  MetadataStore& operator=(const MetadataStore&) = delete;

  /// \brief Connects. HashAlgorithmMismatch if a fallback store uses another algorithm. Opening an
  /// open store again in write mode upgrades it; otherwise it does nothing.
  arrow::Status Open(AccessMode mode = AccessMode::kRead);
  /// \brief Disconnects, fallback stores included. Closing a closed store does nothing.
  arrow::Status Close();
  bool is_open() const;

  const std::string& name() const;
  HashAlgorithm hash_algorithm() const;
  const std::shared_ptr<FeatureGraph>& graph() const;
  const std::vector<std::shared_ptr<MetadataStore>>& fallback_stores() const;
  /// \brief For people; without credentials.
  std::string display() const;

  /// \brief Appends rows. They must have `metaxy_provenance_by_field`, a struct with a member per
  /// field; the other system columns are added. The table is created by the first write, and grows
  /// a column where the rows have a new one. MetadataSchema if a column is missing or has a wrong
  /// type, LossyCast if a value does not fit the table's column. Mirrors MetadataStore.write.
  arrow::Status Write(const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
                      const WriteOptions& options = {});
  arrow::Status Write(const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
                      const WriteOptions& options = {});
  arrow::Status Write(const FeatureKey& feature, const std::shared_ptr<arrow::RecordBatch>& rows,
                      const WriteOptions& options = {});

  /// \brief Rows of a feature: by default the latest row of every sample, of the current feature
  /// version, without deleted ones. FeatureNotFound if no store of the chain has a table of it.
  /// Mirrors MetadataStore.read.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureKey& feature,
                                                                const ReadOptions& options = {});

  /// \brief Number of rows that Read() gives, without fetching them.
  arrow::Result<int64_t> CountRows(const FeatureKey& feature, const ReadOptions& options = {});

  /// \brief Finds the samples that are new, stale or orphaned. InvalidInput for a root feature
  /// without samples. Mirrors MetadataStore.resolve_update.
  arrow::Result<Increment> ResolveUpdate(const FeatureKey& feature,
                                         const ResolveUpdateOptions& options = {});
  /// \brief The same with rows fetched on demand; mirrors resolve_update(lazy=True).
  arrow::Result<std::unique_ptr<LazyIncrement>> ResolveUpdateLazy(
      const FeatureKey& feature, const ResolveUpdateOptions& options = {});

  /// \brief Whether the store has a table of the feature; with `check_fallback` also the fallback
  /// stores.
  arrow::Result<bool> HasFeature(const FeatureKey& feature, bool check_fallback = false);
  /// \brief The store of the chain that has a table of the feature, or nullptr. Owned by the chain.
  arrow::Result<MetadataStore*> FindStoreForFeature(const FeatureKey& feature,
                                                    bool check_fallback = true);
  /// \brief `{"name", "display", "resolved_from": {"name", "type", "display", ...}}`, without
  /// credentials. Mirrors MetadataStore.get_store_metadata.
  arrow::Result<Json> GetStoreMetadata(const FeatureKey& feature, bool check_fallback = true);

  /// \brief Deletes the rows for which all `filters` hold (all rows if there are none), of the
  /// current feature version or, with_feature_history, of all versions. FeatureNotFound if there is
  /// no table. Mirrors MetadataStore.delete.
  ///
  /// A soft delete looks at rows as Read() does, and appends them again marked as deleted. A hard
  /// delete removes every matching row of this store's table in one commit: older rows of a sample
  /// and deleted ones included.
  arrow::Status Delete(const FeatureKey& feature,
                       const std::vector<arrow::compute::Expression>& filters = {},
                       const DeleteOptions& options = {});

  /// \brief Copies rows from another store, which must be open, keeping their versions and times of
  /// creation. Features that `from` itself does not have, or that have no matching rows, are
  /// skipped. `features` are all of the graph's project if absent. Mirrors
  /// MetadataStore.copy_metadata.
  arrow::Result<CopyResult> CopyMetadata(
      MetadataStore& from, const std::optional<std::vector<FeatureKey>>& features = std::nullopt,
      const CopyOptions& options = {});

  /// \brief Removes the feature's table, if there is one. Mirrors
  /// MetadataStore.drop_feature_metadata.
  arrow::Status DropFeatureMetadata(const FeatureKey& feature);

  /// \brief Merges the small files of a feature's table and removes old versions and, if asked to,
  /// history, beside writers. FeatureNotFound if this store has no table of it; NotSupported by
  /// servers; CommitConflict if writers come first again and again (what was done stays done).
  arrow::Result<CompactResult> CompactMetadata(const FeatureKey& feature,
                                               const CompactOptions& options = {});

  /// \brief The names of all tables of this store, ascending.
  arrow::Result<std::vector<std::string>> ListTables();
  /// \brief Figures of a table; fragments below `small_rows` rows are small. TableNotFound.
  arrow::Result<TableStatistics> GetTableStatistics(const std::string& table,
                                                    int64_t small_rows = int64_t{1} << 20);

  /// \brief Records the definitions of a project in the store's system table, so that other
  /// projects and the Python package can load them. Does nothing if the latest push says the same.
  /// `tags` are noted with the rows. Mirrors SystemTableStorage.push_graph_snapshot.
  arrow::Result<PushResult> PushGraphSnapshot(
      const std::string& project,
      const std::vector<std::pair<std::string, std::string>>& tags = {});

 protected:
  MetadataStore(MetadataStoreOptions options, std::unique_ptr<internal::Storage> storage);

 private:
  friend class internal::StoreSession;
  std::unique_ptr<internal::StoreSession> session_;
};

}  // namespace metaxy
