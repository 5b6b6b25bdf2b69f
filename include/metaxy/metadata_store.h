// The metadata store: rows of metadata per feature, and the operations on them.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/explanation.h"
#include "metaxy/export.h"
#include "metaxy/external_features.h"
#include "metaxy/filter.h"
#include "metaxy/graph.h"
#include "metaxy/graph_snapshot.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/increment.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"
#include "metaxy/maintenance.h"
#include "metaxy/status_with.h"
#include "metaxy/store_administration.h"
#include "metaxy/store_definitions.h"
#include "metaxy/store_failures.h"
#include "metaxy/store_options.h"
#include "metaxy/store_snapshots.h"

namespace metaxy {

namespace internal {
class Storage;
class StoreSession;
}  // namespace internal

/// \brief Stores rows of metadata per feature, appends to them, and finds out what has to be
/// recomputed. Mirrors metaxy.MetadataStore.
///
/// A store is created closed, opened, used and closed (the destructor closes it, too). Operations
/// may be called from many threads while it is open; Open() and Close() must not run concurrently
/// with them. Errors common to all operations: StoreNotOpen, and external failures
/// (PermissionDenied, Timeout, Network, Io, CorruptTable, ...). A failed operation leaves the rows
/// of a table unchanged, unless it fails with CommitStateUnknown: then the write may have been
/// committed. If an operation has several steps, completed ones stay done.
///
/// Readers and increments hold what they need: they may be read after the store is closed and
/// destroyed, from the versions of the tables that they were made for, as long as nobody drops
/// those tables or prunes those versions.
///
/// Every function that accesses the database takes ExecutionOptions, alone or as `execution` of its
/// options, and ends with Cancelled or Timeout when their stop token or deadline says so, also
/// while a request hangs. The other limits, and the progress, apply to functions that read and
/// compare many rows.
class METAXY_EXPORT MetadataStore {
 public:
  virtual ~MetadataStore();
  MetadataStore(const MetadataStore&) = delete;
  MetadataStore& operator=(const MetadataStore&) = delete;

  /// \brief Connects. HashAlgorithmMismatch if a fallback store uses a different algorithm.
  /// Reopening an open store in write mode upgrades it; otherwise it does nothing.
  arrow::Status Open(AccessMode mode = AccessMode::kRead, const ExecutionOptions& execution = {});
  /// \brief Disconnects, including fallback stores. Closing a closed store does nothing. Pending
  /// maintenance of the tables it wrote to runs first, for as long as `execution` allows; the store
  /// is closed in any case.
  arrow::Status Close(const ExecutionOptions& execution = {});
  bool is_open() const;

  /// \brief Another view of this store: a store on the same tables and the same connection, with
  /// other options: another graph, project or hash algorithm, other fallback stores. It is open
  /// while this store is, in the same mode; Open() fails with StoreNotOpen otherwise, and Close()
  /// returns borrowed fallback stores only. It may outlive this store, and is closed then. Cheap.
  /// Fails like Make() and, for the hash algorithms, like Open(). The `maintenance` of this store
  /// counts for both.
  arrow::Result<std::shared_ptr<MetadataStore>> View(MetadataStoreOptions options) const;

  const std::string& name() const;
  HashAlgorithm hash_algorithm() const;
  /// \brief The features as currently known to the store. This graph is immutable and lives as long
  /// as the store; a sync replaces it with another one.
  std::shared_ptr<const FeatureGraph> graph() const;
  const std::vector<std::shared_ptr<MetadataStore>>& fallback_stores() const;
  /// \brief Human-readable description, without credentials.
  std::string display() const;

  /// \brief Appends rows. They must have `metaxy_provenance_by_field`, a struct with a member per
  /// field; the other system columns are added. The first write creates the table, and its schema
  /// evolves with the rows: missing columns, members and categories are added, a column that is too
  /// narrow is widened. Safe with any other concurrent writers; conflicts are retried.
  /// MetadataSchema if a column is missing, is of a different kind, or has a name or a type that
  /// cannot be stored; InvalidInput without rows, for invalid UTF-8, or if the row reader throws;
  /// LossyCast, naming column, row and value, if no wider type of its kind can hold a value;
  /// NotSupported if the table has something that a change of it would lose; CommitConflict if
  /// retries are exhausted. The table is unchanged in these cases. Returns how many rows were
  /// written, and the version of the table that contains them. Mirrors MetadataStore.write.
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                std::shared_ptr<arrow::RecordBatchReader> rows,
                                const WriteOptions& options = {});
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                const std::shared_ptr<arrow::Table>& rows,
                                const WriteOptions& options = {});
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                const std::shared_ptr<arrow::RecordBatch>& rows,
                                const WriteOptions& options = {});

  /// \brief Reads the rows to the end and fails as Write() would now, for anything invalid in them
  /// or in the resulting schema change. Writes nothing; the store may be open for reading.
  arrow::Status CheckWrite(const FeatureKey& feature,
                           std::shared_ptr<arrow::RecordBatchReader> rows,
                           const WriteOptions& options = {});

  /// \brief Writes rows of several features, downstream features first, so that no reader sees a
  /// parent that is newer than the rows computed from it. All rows are validated before the first
  /// are written: an error in one leaves all features unchanged (InvalidInput for a feature named
  /// twice, otherwise as Write()). If the store fails midway, the features written before stay
  /// written, and the message names them. Results in the order of `tables`. Mirrors
  /// MetadataStore.write_multi.
  StatusWith<FeatureWriteResults> WriteMulti(const FeatureTables& tables,
                                             const WriteMultiOptions& options = {});

  /// \brief Rows of a feature: by default the latest row of every sample, of the current feature
  /// version, without deleted ones. FeatureNotFound if no store of the chain has a table of it.
  /// Mirrors MetadataStore.read.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureKey& feature,
                                                                const ReadOptions& options = {});

  /// \brief Number of rows that Read() would return, without fetching them.
  arrow::Result<int64_t> CountRows(const FeatureKey& feature, const ReadOptions& options = {});

  /// \brief Finds the samples that are new, stale or orphaned. InvalidInput for a root feature
  /// without samples. Mirrors MetadataStore.resolve_update.
  arrow::Result<Increment> ResolveUpdate(const FeatureKey& feature,
                                         const ResolveUpdateOptions& options = {});
  /// \brief The same with rows fetched on demand; mirrors resolve_update(lazy=True).
  arrow::Result<std::unique_ptr<LazyIncrement>> ResolveUpdateLazy(
      const FeatureKey& feature, const ResolveUpdateOptions& options = {});

  /// \brief Resolves the feature, and reports why samples are new, stale or orphaned: the fields
  /// that differ, and the parents' fields whose data versions changed. Reads the history of the
  /// parents. InvalidInput if the requested sample does not exist or is not named as ExplainOptions
  /// says. The implementation of `metaxy explain`.
  arrow::Result<Explanation> Explain(const FeatureKey& feature, const ExplainOptions& options = {});

  /// \brief Computes the version columns of rows that were joined elsewhere, to be passed as
  /// samples to ResolveUpdate(). For each parent `a/b` they need its
  /// `metaxy_data_version_by_field`, renamed to `metaxy_data_version_by_field__a_b`; these columns
  /// are removed. MetadataSchema if one is missing. Mirrors MetadataStore.compute_provenance.
  arrow::Result<std::shared_ptr<arrow::Table>> ComputeProvenance(
      const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
      const ExecutionOptions& execution = {});

  /// \brief Percentage of the input units of an increment that have been processed at least once;
  /// `std::nullopt` if there is no input. Already known from the increment: nothing is read.
  /// Mirrors MetadataStore.calculate_input_progress.
  std::optional<double> CalculateInputProgress(const LazyIncrement& increment) const;

  /// \brief Whether the store has a table of the feature; with `check_fallback` also the fallback
  /// stores.
  arrow::Result<bool> HasFeature(const FeatureKey& feature, bool check_fallback = false,
                                 const ExecutionOptions& execution = {});
  /// \brief The store of the chain that has a table of the feature, or nullptr. Owned by the chain.
  arrow::Result<MetadataStore*> FindStoreForFeature(const FeatureKey& feature,
                                                    bool check_fallback = true,
                                                    const ExecutionOptions& execution = {});
  /// \brief `{"name", "display", "resolved_from": {"name", "type", "display", ...}}`, without
  /// credentials. Mirrors MetadataStore.get_store_metadata.
  arrow::Result<Json> GetStoreMetadata(const FeatureKey& feature, bool check_fallback = true,
                                       const ExecutionOptions& execution = {});

  /// \brief Deletes the rows that match all `filters` (all rows if there are none), of the current
  /// feature version or, with_feature_history, of all versions. FeatureNotFound if there is no
  /// table. Mirrors MetadataStore.delete.
  ///
  /// A soft delete selects rows as Read() does, and appends them again marked as deleted. A hard
  /// delete removes every matching row of this store's table in one commit, including older rows of
  /// a sample and deleted ones. Returns the number of rows that were marked or removed; 0 for a
  /// server that does not report how many it has removed.
  StatusWith<int64_t> Delete(const FeatureKey& feature, const Filters& filters = {},
                             const DeleteOptions& options = {});

  /// \brief Gives rows, as returned by Read(), the provenance that their samples have under another
  /// version of the feature; custom data versions and all other columns are kept. Rows whose
  /// parents have no rows of that version are omitted. Nothing is written: pass the result to
  /// Write() with preserve_feature_version. InvalidInput for a root feature, or for a version that
  /// is neither the current nor a pushed one; VersionMismatch if the pushed definitions do not
  /// yield it. Mirrors MetadataStore.rebase.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
      const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
      const RebaseOptions& options = {});

  /// \brief Rebases the samples whose latest row is of version `from_feature_version`, and writes
  /// them. Returns the number of rows written. FeatureNotFound if this store itself has no table of
  /// the feature; otherwise as Rebase(). The implementation of `metaxy metadata rebase`.
  arrow::Result<int64_t> RebaseVersion(const FeatureKey& feature,
                                       const std::string& from_feature_version,
                                       const RebaseVersionOptions& options = {});

  /// \brief Copies rows from another store, which must be open, keeping their versions and creation
  /// timestamps. Features that `from` itself does not have, or that have no matching rows, are
  /// skipped. `features` defaults to all of the graph's project. Mirrors
  /// MetadataStore.copy_metadata.
  arrow::Result<CopyResult> CopyMetadata(
      MetadataStore& from, const std::optional<std::vector<FeatureKey>>& features = std::nullopt,
      const CopyOptions& options = {});

  /// \brief Removes the feature's table, if there is one. Mirrors
  /// MetadataStore.drop_feature_metadata.
  arrow::Status DropFeatureMetadata(const FeatureKey& feature,
                                    const ExecutionOptions& execution = {});

  // Groups of further operations: handles, valid as long as the store, cheap to make.
  /// \brief Definitions that are stored with the tables: pushed graphs and external features.
  StoreDefinitions definitions();
  /// \brief What operators need: compaction, promotion, statistics, checks and repairs.
  StoreAdministration administration();
  /// \brief Names for exactly the rows that features have now.
  StoreSnapshots snapshots();
  /// \brief Samples that could not be computed.
  StoreFailures failures();
  // The names that these functions had here before, for programs that use them.
  auto PushGraphSnapshot(const std::string& project, const PushOptions& options = {}) {
    return definitions().PushGraphSnapshot(project, options);
  }
  auto CompactMetadata(const FeatureKey& feature, const CompactOptions& options = {}) {
    return administration().CompactMetadata(feature, options);
  }
  auto MigrateByFieldLayout(const FeatureKey& feature, ByFieldLayout to,
                            const MigrationOptions& options = {}) {
    return administration().MigrateByFieldLayout(feature, to, options);
  }
  auto GetTableStatistics(const std::string& table) {
    return administration().GetTableStatistics(table);
  }

 protected:
  MetadataStore(MetadataStoreOptions options, std::unique_ptr<internal::Storage> storage);

 private:
  MetadataStore(MetadataStoreOptions options, const internal::StoreSession& store);
  MetadataStore(MetadataStoreOptions options, const internal::StoreSession& store,
                std::shared_ptr<internal::Storage> storage);

  friend class internal::StoreSession;
  std::unique_ptr<internal::StoreSession> session_;
};

}  // namespace metaxy
