// What is behind a MetadataStore: its options, the open database, and the operations, one file
// each.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "metaxy/metadata_store.h"
#include "store/definitions/stored_definitions.h"
#include "store/storage.h"
#include "store/write/system_columns.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

class RebasedRows;
struct ResolveInput;

/// A table of a feature, and the store of the chain that has it.
struct FoundTable {
  std::shared_ptr<const TableSnapshot> table;
  MetadataStore* store = nullptr;
};

/// The columns of a feature's table that have a value per field.
ByFieldColumns ByFieldOf(const FeatureSpec& spec, bool as_map);

class StoreSession {
 public:
  StoreSession(MetadataStore* self, MetadataStoreOptions options, std::shared_ptr<Storage> storage)
      : self_(self),
        options_(std::move(options)),
        log_(options_.on_log),
        storage_(std::move(storage)) {
    graphs_.push_back(options_.graph);
  }
  /// A view: on the database of another session, and open while that one is.
  StoreSession(MetadataStore* self, MetadataStoreOptions options, const StoreSession& store)
      : StoreSession(self, std::move(options), store.storage_) {
    open_mode_ = store.open_mode_;
    is_view_ = true;
  }

  const MetadataStoreOptions& options() const { return options_; }
  /// The features as the store knows them now. A sync puts another graph in the place of this one,
  /// which stays valid and as it is; an operation that asks several times may get two.
  const FeatureGraph& graph() const { return *shared_graph(); }
  std::shared_ptr<const FeatureGraph> shared_graph() const;
  Storage& storage() { return *storage_; }
  MetadataStore* self() { return self_; }
  const Log& log() const { return log_; }

  // lifecycle.cc
  arrow::Status Open(AccessMode mode, const Interrupt& interrupt);
  arrow::Status Close(const Interrupt& interrupt);
  /// What is wrong with the hash algorithms of this store and of its fallback stores.
  arrow::Status CheckHashAlgorithms() const;
  bool is_open() const { return open_mode_->load() != kClosed; }
  arrow::Status CheckOpen() const;
  arrow::Status CheckWritable() const;
  /// Opens a fallback store for reading until this store is closed. It may be shared: it closes
  /// when the last store that needs it does, unless its owner opened it, too.
  arrow::Status Borrow(StoreSession& fallback, const Interrupt& interrupt);

  // lookup.cc
  /// The feature's table in this store, or in the first fallback store that has one; null if none
  /// has.
  arrow::Result<FoundTable> FindTable(const FeatureKey& feature, bool allow_fallback,
                                      const Interrupt& interrupt);
  /// The same; FeatureNotFound if no store has it.
  arrow::Result<FoundTable> RequireTable(const FeatureKey& feature, bool allow_fallback,
                                         const Interrupt& interrupt);
  arrow::Result<Json> StoreMetadata(const FeatureKey& feature, bool check_fallback,
                                    const Interrupt& interrupt);

  /// The options of a call, with what the store says where the call says nothing.
  ExecutionOptions WithDefaults(ExecutionOptions execution) const {
    if (!execution.memory_limit) execution.memory_limit = options_.memory_limit;
    return execution;
  }

  // read.cc
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureKey& feature,
                                                                const ReadOptions& options);
  arrow::Result<int64_t> CountRows(const FeatureKey& feature, const ReadOptions& options);

  // write.cc
  arrow::Result<WriteResult> Write(const FeatureKey& feature,
                                   std::shared_ptr<arrow::RecordBatchReader> rows,
                                   const WriteOptions& options);
  arrow::Result<WriteResult> Write(const FeatureKey& feature,
                                   const std::shared_ptr<arrow::Table>& rows,
                                   const WriteOptions& options);
  /// Appends rows that have their system columns to the feature's table, in the layout that is
  /// configured if it has to be created. See AppendToTable().
  /// Nothing is appended if `interrupt` comes before the end of the rows.
  arrow::Result<WriteResult> Append(const FeatureKey& feature, const RowSource& source,
                                    const Interrupt& interrupt);
  arrow::Result<AppendOptions> AppendOptionsFor(const FeatureKey& feature) const;
  /// What would be wrong with a write of these rows to the table as it is now; writes nothing.
  arrow::Status CheckWrite(const FeatureKey& feature,
                           std::shared_ptr<arrow::RecordBatchReader> rows,
                           const WriteOptions& options);
  /// What is added to rows of this feature; InvalidInput for a system table.
  arrow::Result<std::shared_ptr<const SystemColumns>> ColumnsFor(
      const FeatureKey& feature, const WriteOptions& options,
      bool preserve_updated_at = false) const;
  arrow::Status DropFeature(const FeatureKey& feature, const Interrupt& interrupt);
  /// The version of the project that is written with every row.
  arrow::Result<std::string> ProjectVersion() const;

  // delete.cc
  arrow::Result<int64_t> Delete(const FeatureKey& feature, const Filters& filters,
                                const DeleteOptions& options);

  // write_multi.cc
  arrow::Result<FeatureWriteResults> WriteMulti(const FeatureTables& tables,
                                                const WriteMultiOptions& options);

  // rebase.cc
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
      const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
      const RebaseOptions& options);
  arrow::Result<int64_t> RebaseVersion(const FeatureKey& feature,
                                       const std::string& from_feature_version,
                                       const RebaseVersionOptions& options);

  // copy.cc
  arrow::Result<CopyResult> Copy(StoreSession& from,
                                 const std::optional<std::vector<FeatureKey>>& features,
                                 const CopyOptions& options);

  // compact.cc
  arrow::Result<CompactResult> Compact(const FeatureKey& feature, const CompactOptions& options);
  arrow::Result<std::vector<std::string>> TableNames(const Interrupt& interrupt);
  arrow::Result<TableStatistics> Statistics(const std::string& table, int64_t small_rows,
                                            const Interrupt& interrupt);
  /// NotSupported if the database takes care of its tables itself.
  arrow::Result<TableMaintenance*> Maintenance();

  // repair.cc
  arrow::Result<std::vector<TableDamage>> CheckTable(const std::string& table,
                                                     const Interrupt& interrupt);
  arrow::Result<std::vector<TableDamage>> RepairTable(const std::string& table,
                                                      const Interrupt& interrupt);

  // migrate.cc
  arrow::Result<MigrationResult> Migrate(const FeatureKey& feature, ByFieldLayout to,
                                         const MigrationOptions& options);

  // resolve_update.cc
  arrow::Result<std::unique_ptr<LazyIncrement>> ResolveUpdate(const FeatureKey& feature,
                                                              const ResolveUpdateOptions& options);
  /// Finds the tables that an update of a feature reads; `graph` may be another one than that of
  /// the store, and must outlive the call only.
  arrow::Result<ResolveInput> PrepareResolve(const FeatureGraph& graph, const FeatureKey& feature,
                                             const ResolveUpdateOptions& options);
  arrow::Result<std::shared_ptr<arrow::Table>> ComputeProvenance(
      const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
      const ExecutionOptions& execution);

  // external_features.cc
  arrow::Result<std::vector<FeatureDefinition>> SyncExternalFeatures(const SyncOptions& options);
  /// What Read and ResolveUpdate do first: the same, if the options ask for it.
  arrow::Status SyncBeforeUse(const ExecutionOptions& execution);
  arrow::Result<std::shared_ptr<FeatureGraph>> LoadGraphSnapshot(
      const std::string& project_version, const std::optional<std::string>& project,
      const Interrupt& interrupt);
  arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
      const std::optional<std::string>& project, const Interrupt& interrupt);
  arrow::Result<std::vector<StoredDefinition>> LatestDefinitions(const Interrupt& interrupt);

  // push.cc
  arrow::Result<PushResult> Push(const std::string& project, const PushOptions& options);

  static StoreSession& Of(MetadataStore& store) { return *store.session_; }

 private:
  /// Computes the provenance of all samples under the version to rebase to.
  arrow::Result<std::shared_ptr<const RebasedRows>> PrepareRebase(const FeatureKey& feature,
                                                                  const RebaseOptions& options);

  // lifecycle.cc; with open_mutex_ held, but for Lend() and Return(), which take it.
  arrow::Status Connect(int wanted, const Interrupt& interrupt);
  arrow::Status Disconnect(const Interrupt& interrupt);
  arrow::Status Lend(const Interrupt& interrupt);
  arrow::Status Return();

  static constexpr int kClosed = 0;
  static constexpr int kReading = 1;
  static constexpr int kWriting = 2;

  MetadataStore* self_;
  MetadataStoreOptions options_;
  const Log log_;
  std::shared_ptr<Storage> storage_;  // shared with views
  std::shared_ptr<std::atomic<int>> open_mode_ = std::make_shared<std::atomic<int>>(kClosed);
  bool is_view_ = false;
  std::mutex open_mutex_;
  int user_mode_ = kClosed;              // what Open() and Close() asked for
  int borrowers_ = 0;                    // stores of which this one is a fallback, in use
  std::vector<StoreSession*> borrowed_;  // fallback stores in use

  /// One sync at a time: the second thread finds what the first one has loaded.
  std::mutex sync_mutex_;
  mutable std::mutex graph_mutex_;
  /// The last one counts. Earlier ones are kept for operations that are under way; there is one for
  /// every sync that found something new.
  std::vector<std::shared_ptr<const FeatureGraph>> graphs_;
};

}  // namespace metaxy::internal
