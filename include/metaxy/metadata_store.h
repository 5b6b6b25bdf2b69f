// The store: where the metadata of features lives, and the operations on it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
#include "metaxy/store_options.h"
#include "metaxy/store_target.h"

namespace metaxy {

namespace internal {
class Storage;
class StoreSession;
}  // namespace internal

/// \brief Stores rows of metadata per feature, appends to them, and finds out what has to be
/// computed again. Mirrors metaxy.MetadataStore.
///
/// A store is made closed, opened, used and closed (the destructor closes it, too). Operations may
/// be called from many threads at once while it is open; Open() and Close() may not run beside
/// them. Errors common to all operations: StoreNotOpen, and those of the outside (PermissionDenied,
/// Timeout, Network, Io, CorruptTable, ...). A failed operation leaves the rows of a table as they
/// were, unless it fails with CommitStateUnknown: then the write may have been committed. One that
/// writes to several tables, or in several steps, leaves the steps that are done.
///
/// Whatever looks into the database takes ExecutionOptions, by themselves or as `execution` of its
/// options, and ends with Cancelled or Timeout when their stop token or deadline says so, also
/// while a request hangs. The other limits, and the progress, are of what reads and compares many
/// rows.
class METAXY_EXPORT MetadataStore {
 public:
  virtual ~MetadataStore();
  MetadataStore(const MetadataStore&) = delete;
  MetadataStore& operator=(const MetadataStore&) = delete;

  /// \brief Connects. HashAlgorithmMismatch if a fallback store uses another algorithm. Opening an
  /// open store again in write mode upgrades it; otherwise it does nothing.
  arrow::Status Open(AccessMode mode = AccessMode::kRead, const ExecutionOptions& execution = {});
  /// \brief Disconnects, fallback stores included. Closing a closed store does nothing. Tables that
  /// it wrote to are looked after first, for as long as `execution` allows; it is closed in any
  /// case.
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
  /// \brief The features as the store knows them now. Nobody changes this graph, which lives as
  /// long as the store; a sync puts another one in its place.
  std::shared_ptr<const FeatureGraph> graph() const;
  const std::vector<std::shared_ptr<MetadataStore>>& fallback_stores() const;
  /// \brief For people; without credentials.
  std::string display() const;

  /// \brief Appends rows. They must have `metaxy_provenance_by_field`, a struct with a member per
  /// field; the other system columns are added. The table is created by the first write, and
  /// follows the rows: columns, members and categories that it lacks are added, a column that is
  /// too narrow is widened. Safe beside any other writers, whose conflicts are tried again.
  /// MetadataSchema if a column is missing, is of another kind, or has a name or a type that cannot
  /// be stored; InvalidInput without rows, for text that is not UTF-8, or if the reader of the rows
  /// throws; LossyCast, naming column, row and value, if no wider type of its kind can take a
  /// value; NotSupported if the table has what a change of it would lose; CommitConflict if others
  /// were always faster. The table is not changed then. Tells how many rows were written, and the
  /// version of the table that has them. Mirrors MetadataStore.write.
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                std::shared_ptr<arrow::RecordBatchReader> rows,
                                const WriteOptions& options = {});
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                const std::shared_ptr<arrow::Table>& rows,
                                const WriteOptions& options = {});
  StatusWith<WriteResult> Write(const FeatureKey& feature,
                                const std::shared_ptr<arrow::RecordBatch>& rows,
                                const WriteOptions& options = {});

  /// \brief Reads the rows to their end and fails as Write() would now, for all that is wrong with
  /// them or with what they would make of the table. Writes nothing; the store may be open for
  /// reading.
  arrow::Status CheckWrite(const FeatureKey& feature,
                           std::shared_ptr<arrow::RecordBatchReader> rows,
                           const WriteOptions& options = {});

  /// \brief Writes rows of several features, those that depend on others before these, so that
  /// nobody sees a parent that is newer than what was made from it. All rows are looked at before
  /// the first are written: a mistake in one leaves all features as they are (InvalidInput for a
  /// feature named twice, otherwise as Write()). If the store fails midway, the features written
  /// before stay written, and the message names them. Results in the order of `tables`. Mirrors
  /// MetadataStore.write_multi.
  StatusWith<FeatureWriteResults> WriteMulti(const FeatureTables& tables,
                                             const WriteMultiOptions& options = {});

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

  /// \brief Computes the version columns of rows that were joined elsewhere, to be given as samples
  /// to ResolveUpdate(). For each parent `a/b` they need its `metaxy_data_version_by_field`,
  /// renamed to `metaxy_data_version_by_field__a_b`; these columns are taken away. MetadataSchema
  /// if one is missing. Mirrors MetadataStore.compute_provenance.
  arrow::Result<std::shared_ptr<arrow::Table>> ComputeProvenance(
      const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
      const ExecutionOptions& execution = {});

  /// \brief Percentage of the input units of an increment that have been processed at least once;
  /// nothing if there is no input. Known since the increment was made: nothing is read. Mirrors
  /// MetadataStore.calculate_input_progress.
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

  /// \brief Deletes the rows for which all `filters` hold (all rows if there are none), of the
  /// current feature version or, with_feature_history, of all versions. FeatureNotFound if there is
  /// no table. Mirrors MetadataStore.delete.
  ///
  /// A soft delete looks at rows as Read() does, and appends them again marked as deleted. A hard
  /// delete removes every matching row of this store's table in one commit: older rows of a sample
  /// and deleted ones included. Returns the number of rows that were marked, or removed; of a
  /// server that does not tell how many it has removed, 0.
  StatusWith<int64_t> Delete(const FeatureKey& feature, const Filters& filters = {},
                             const DeleteOptions& options = {});

  /// \brief Gives rows, as Read() gives them, the provenance that their samples have under another
  /// version of the feature; own data versions and all other columns stay. Rows whose parents have
  /// no rows of that version are left out. Nothing is written: hand the result to Write() with
  /// preserve_feature_version. InvalidInput for a root feature, or for a version that is neither
  /// the current nor a pushed one; VersionMismatch if the pushed definitions do not make it.
  /// Mirrors MetadataStore.rebase.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
      const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
      const RebaseOptions& options = {});

  /// \brief Rebases the samples whose latest row is of version `from_feature_version`, and writes
  /// them. Returns the number of rows written. FeatureNotFound if this very store has no table of
  /// the feature; otherwise as Rebase(). What `metaxy metadata rebase` does.
  arrow::Result<int64_t> RebaseVersion(const FeatureKey& feature,
                                       const std::string& from_feature_version,
                                       const RebaseVersionOptions& options = {});

  /// \brief Copies rows from another store, which must be open, keeping their versions and times of
  /// creation. Features that `from` itself does not have, or that have no matching rows, are
  /// skipped. `features` are all of the graph's project if absent. Mirrors
  /// MetadataStore.copy_metadata.
  arrow::Result<CopyResult> CopyMetadata(
      MetadataStore& from, const std::optional<std::vector<FeatureKey>>& features = std::nullopt,
      const CopyOptions& options = {});

  /// \brief Converts this store's table of a feature in one commit: until then the old table is
  /// what everybody reads, and a crash leaves it. The rows stay the same. With `dry_run` only tells
  /// what there is to do. FeatureNotFound if there is no table; CommitConflict if others keep
  /// writing to it; NotSupported on servers. The Python package reads maps only where `polars-map`
  /// is installed.
  arrow::Result<MigrationResult> MigrateByFieldLayout(const FeatureKey& feature, ByFieldLayout to,
                                                      const MigrationOptions& options = {});

  /// \brief Removes the feature's table, if there is one. Mirrors
  /// MetadataStore.drop_feature_metadata.
  arrow::Status DropFeatureMetadata(const FeatureKey& feature,
                                    const ExecutionOptions& execution = {});

  /// \brief Merges the small files of a feature's table and removes old versions and, if asked to,
  /// history, beside writers. FeatureNotFound if this store has no table of it; NotSupported by
  /// servers; CommitConflict if writers come first again and again (what was done stays done).
  arrow::Result<CompactResult> CompactMetadata(const FeatureKey& feature,
                                               const CompactOptions& options = {});

  /// \brief Where the tables are. Does not open the store.
  StoreTarget target() const;
  /// \brief Whether the store refuses to create a file that is there, which keeps writers from
  /// losing each other's commits. Nothing for servers, which order writes themselves, and for a
  /// directory that is not there yet. Writes an empty file beside the tables and deletes it;
  /// PermissionDenied if nothing can be written.
  arrow::Result<std::optional<bool>> RefusesOverwrites(const ExecutionOptions& execution = {});
  /// \brief How far this machine's clock is ahead of the store's, to about a second; below zero if
  /// it is behind. Sends a request of its own to the store's host. Nothing for directories, and
  /// where the host is not known or does not tell the time.
  arrow::Result<std::optional<std::chrono::milliseconds>> ClockAhead(
      const ExecutionOptions& execution = {});

  /// \brief The names of all tables of this store, ascending.
  arrow::Result<std::vector<std::string>> ListTables(const ExecutionOptions& execution = {});
  /// \brief Figures of a table; fragments below `small_rows` rows are small. Servers tell rows and
  /// layout alone. TableNotFound.
  arrow::Result<TableStatistics> GetTableStatistics(const std::string& table,
                                                    int64_t small_rows = int64_t{1} << 20,
                                                    const ExecutionOptions& execution = {});

  /// \brief Reads a table to its end, and tells which columns cannot be read: those with names or
  /// types that LanceDB takes and does not find again, or with text that is not UTF-8, which other
  /// programs may have written. TableNotFound.
  arrow::Result<std::vector<TableDamage>> CheckTable(const std::string& table,
                                                     const ExecutionOptions& execution = {});
  /// \brief Makes a table readable again, and tells what it did: columns get a name that can be
  /// read, columns that never had a value are removed, and so are rows of which a value cannot be
  /// read. Each is a commit; the versions before stay. NotSupported by servers.
  arrow::Result<std::vector<TableDamage>> RepairTable(const std::string& table,
                                                      const ExecutionOptions& execution = {});

  /// \brief Records the definitions of a project in the store's system table, so that other
  /// projects and the Python package can load them. Does nothing if the latest push says the same.
  /// Mirrors SystemTableStorage.push_graph_snapshot.
  arrow::Result<PushResult> PushGraphSnapshot(const std::string& project,
                                              const PushOptions& options = {});

  /// \brief Loads the definitions that this store itself has of the external features of its graph,
  /// of what is selected, and of all they depend on; Read() and ResolveUpdate() do this first.
  /// Returns what was loaded. VersionMismatch, naming features, versions and fields, if one differs
  /// from what stood for it and that is to be an error; the graph is not changed then. Opens a
  /// closed store for the time of the call. Mirrors metaxy.sync_external_features.
  arrow::Result<std::vector<FeatureDefinition>> SyncExternalFeatures(
      const SyncOptions& options = {});

  /// \brief A version of a project (or of all) as it was pushed, without parents that others own.
  /// SystemDataNotFound. Mirrors SystemTableStorage.load_graph_from_snapshot.
  arrow::Result<std::shared_ptr<FeatureGraph>> LoadGraphSnapshot(
      const std::string& project_version, const std::optional<std::string>& project = std::nullopt,
      const ExecutionOptions& execution = {});
  /// \brief All pushed versions of a project (or of all), the one whose first push is the latest
  /// first. Mirrors SystemTableStorage.read_graph_snapshots.
  arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
      const std::optional<std::string>& project = std::nullopt,
      const ExecutionOptions& execution = {});

 protected:
  MetadataStore(MetadataStoreOptions options, std::unique_ptr<internal::Storage> storage);

 private:
  MetadataStore(MetadataStoreOptions options, const internal::StoreSession& store);

  friend class internal::StoreSession;
  std::unique_ptr<internal::StoreSession> session_;
};

}  // namespace metaxy
