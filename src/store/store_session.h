// Implementation of MetadataStore: its options, the open database, its tables, and the operations
// write, read and resolve, one file each. The others are functions on a session (verbs.h).
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "metaxy/metadata_store.h"
#include "store/definitions/stored_definitions.h"
#include "store/maintenance/automatic_maintenance.h"
#include "store/storage.h"
#include "store/write/add_system_columns.h"
#include "store/write/table_writer.h"
#include "versioning/delta/delta_resolve.h"
#include "versioning/scan/overlay_table.h"

namespace metaxy::internal {

struct ResolveInput;

/// A table of a feature, and the store of the chain that has it.
struct FoundTable {
  std::shared_ptr<StoredTable> table;
  MetadataStore* store = nullptr;
};

/// The columns of a feature's table that have a value per field.
ByFieldColumns ByFieldOf(const FeatureSpec& spec, bool as_map);

/// The rows of a feature, and the place of the store that they are in.
struct FoundRows {
  std::shared_ptr<const TableSnapshot> table;
  std::string place;
};

class StoreSession {
 public:
  StoreSession(MetadataStore* self, MetadataStoreOptions options, std::shared_ptr<Storage> storage);
  /// A view: on the database of another session, and open while that one is.
  StoreSession(MetadataStore* self, MetadataStoreOptions options, const StoreSession& store);
  /// A view of other tables, which can only be read.
  StoreSession(MetadataStore* self, MetadataStoreOptions options, const StoreSession& store,
               std::shared_ptr<Storage> storage);

  const MetadataStoreOptions& options() const { return options_; }
  /// The features as the store knows them now. A sync replaces this graph with another one,
  /// but it stays unchanged and valid for the life of the session. An operation asks once, here or
  /// for GraphAfterSync(), and passes the graph on: two graphs may have two versions of a feature.
  std::shared_ptr<const FeatureGraph> shared_graph() const;
  Storage& storage() { return *storage_; }
  MetadataStore* self() { return self_; }
  const Log& log() const { return log_; }

  // lifecycle.cc
  arrow::Status Open(AccessMode mode, const Interrupt& interrupt);
  arrow::Status Close(const Interrupt& interrupt);
  /// What is wrong with the hash algorithms of this store and of its fallback stores.
  arrow::Status CheckHashAlgorithms() const;
  bool is_open() const { return connection_->mode.load() != kClosed; }
  /// A store for reading, of the tables that `at` makes of those of this one.
  arrow::Result<std::shared_ptr<MetadataStore>> ViewAt(
      MetadataStoreOptions options,
      const std::function<std::shared_ptr<Storage>(std::shared_ptr<Storage>)>& at) const;
  arrow::Status CheckOpen() const;
  arrow::Status CheckWritable() const;
  /// Opens a fallback store for reading until this store is closed. It may be shared: it closes
  /// when the last store that needs it does, unless its owner opened it, too.
  arrow::Status Borrow(StoreSession& fallback, const Interrupt& interrupt);
  /// Maintenance, as far as `interrupt` leaves time for it, of a table that this store has just
  /// appended to.
  void AfterAppend(const std::string& table, const AppendResult& appended,
                   const Interrupt& interrupt);

  // find_table.cc
  /// The feature's table in this store, or in the first fallback store that has one; null if none
  /// has.
  arrow::Result<FoundTable> FindTable(const FeatureKey& feature, bool allow_fallback,
                                      const Interrupt& interrupt);
  /// The same; FeatureNotFound if no store has it.
  arrow::Result<FoundTable> RequireTable(const FeatureKey& feature, bool allow_fallback,
                                         const Interrupt& interrupt);
  /// The failure of a feature that no store has a table of.
  arrow::Status NoTable(const FeatureKey& feature, bool allow_fallback) const;
  /// The rows of a feature: its table, or in an overlay those of the chain as one, for rows of
  /// `feature_version` (of all versions if absent). Null if no store has one.
  arrow::Result<FoundRows> FindRows(const FeatureGraph& graph, const FeatureKey& feature,
                                    const std::optional<std::string>& feature_version,
                                    bool allow_fallback, const Interrupt& interrupt);
  /// The same; FeatureNotFound if no store has one.
  arrow::Result<FoundRows> RequireRows(const FeatureGraph& graph, const FeatureKey& feature,
                                       const std::optional<std::string>& feature_version,
                                       bool allow_fallback, const Interrupt& interrupt);
  /// How resolves and counts may use what earlier ones have found.
  DeltaOptions DeltaOptionsFor(DeltaMode mode) const;
  /// The parents of a feature, in the order of its dependencies.
  arrow::Status AddDependencies(const FeatureGraph& graph, const ResolveUpdateOptions& options,
                                const Interrupt& interrupt, const FeaturePlan& plan,
                                std::vector<DependencyInput>* dependencies);
  /// Whether samples come from fallback stores one by one.
  bool is_overlay() const {
    return options_.fallback == FallbackMode::kOverlay && !options_.fallback_stores.empty();
  }
  /// The options of a call, with the store's defaults for what is not set.
  ExecutionOptions WithDefaults(ExecutionOptions execution) const;
  MemoryBudget MemoryOf(const ExecutionOptions& execution) const;

  // read.cc
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureKey& feature,
                                                                const ReadOptions& options);
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureGraph& graph,
                                                                const FeatureKey& feature,
                                                                const ReadOptions& options);
  /// The same of a table that was found before.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadTable(
      const FeatureGraph& graph, const std::shared_ptr<const TableSnapshot>& table,
      const FeatureKey& feature, const ReadOptions& options);
  arrow::Result<int64_t> CountRows(const FeatureKey& feature, const ReadOptions& options);
  arrow::Result<int64_t> CountRows(const FeatureGraph& graph, const FeatureKey& feature,
                                   const ReadOptions& options);

  // write.cc
  arrow::Result<WriteResult> Write(const FeatureKey& feature,
                                   std::shared_ptr<arrow::RecordBatchReader> rows,
                                   const WriteOptions& options);
  arrow::Result<WriteResult> Write(const FeatureKey& feature,
                                   const std::shared_ptr<arrow::Table>& rows,
                                   const WriteOptions& options);
  arrow::Result<WriteResult> Write(const FeatureGraph& graph, const FeatureKey& feature,
                                   const std::shared_ptr<arrow::Table>& rows,
                                   const WriteOptions& options);
  /// Appends rows that have their system columns to the feature's table, in the layout that is
  /// configured if it has to be created. See AppendToTable().
  /// Nothing is appended if `interrupt` comes before the end of the rows.
  /// `time` is that of the rows, settled before `source` is asked for them.
  arrow::Result<WriteResult> Append(const FeatureGraph& graph, const FeatureKey& feature,
                                    const RowSource& source, std::shared_ptr<WriteTime> time,
                                    const Interrupt& interrupt, const std::string& write_id = {});
  /// The same for rows that were computed: they clear what is recorded of failures of their
  /// samples.
  arrow::Result<WriteResult> AppendComputed(const FeatureGraph& graph, const FeatureKey& feature,
                                            const RowSource& source,
                                            std::shared_ptr<WriteTime> time,
                                            const Interrupt& interrupt,
                                            const std::string& write_id = {});
  arrow::Result<AppendOptions> AppendOptionsFor(const FeatureGraph& graph,
                                                const FeatureKey& feature) const;
  /// What would be wrong with a write of these rows to the table as it is now; writes nothing.
  arrow::Status CheckWrite(const FeatureKey& feature,
                           std::shared_ptr<arrow::RecordBatchReader> rows,
                           const WriteOptions& options);
  arrow::Status CheckWrite(const FeatureGraph& graph, const FeatureKey& feature,
                           std::shared_ptr<arrow::RecordBatchReader> rows,
                           const WriteOptions& options);
  /// What is added to rows of this feature; InvalidInput for a system table. `graph` is one of this
  /// session's. `time`: none for that of the clock.
  arrow::Result<std::shared_ptr<const SystemColumns>> ColumnsFor(
      const FeatureGraph& graph, const FeatureKey& feature, const WriteOptions& options,
      RowTimes times = RowTimes::kWritten, std::shared_ptr<WriteTime> time = nullptr) const;
  /// The version of the project that is written with every row.
  arrow::Result<std::string> ProjectVersion(const FeatureGraph& graph) const;

  // resolve_update.cc
  /// `reads_all`: as in ResolveInput.
  arrow::Result<std::unique_ptr<LazyIncrement>> ResolveUpdate(const FeatureKey& feature,
                                                              const ResolveUpdateOptions& options,
                                                              bool reads_all);
  /// Finds the tables that an update of a feature reads; `graph` may differ from that of the store,
  /// and must outlive the call only.
  arrow::Result<ResolveInput> PrepareResolve(const FeatureGraph& graph, const FeatureKey& feature,
                                             const ResolveUpdateOptions& options);
  // external_features.cc
  arrow::Result<std::vector<FeatureDefinition>> SyncExternalFeatures(const SyncOptions& options);
  /// The graph for an operation that reads: after a sync, if the options of the store ask for it.
  /// The definitions are read only if the table of them has changed since the last time.
  arrow::Result<std::shared_ptr<const FeatureGraph>> GraphAfterSync(
      const ExecutionOptions& execution);
  arrow::Result<std::vector<StoredDefinition>> LatestDefinitions(const Interrupt& interrupt);

  static StoreSession& Of(MetadataStore& store) { return *store.session_; }

 private:
  /// What the last sync began with: where both are the same, another one would change nothing.
  struct SyncState {
    std::shared_ptr<const FeatureGraph> graph;  // that it left
    uint64_t version = 0;                       // of the table of definitions; 0: none
    int64_t rows = 0;
  };
  /// None where versions are not counted.
  arrow::Result<std::optional<SyncState>> LookAtDefinitions(const Interrupt& interrupt);

  /// With a sync, except for tables of metaxy itself. StoreNotOpen.
  arrow::Result<std::shared_ptr<const FeatureGraph>> GraphToRead(const FeatureKey& feature,
                                                                 const ReadOptions& options);

  // find_table.cc: the tables of a feature in this store and its chain, the nearest first.
  arrow::Status AddLayers(const FeatureKey& feature, const Interrupt& interrupt,
                          std::vector<OverlayLayer>* layers);

  // lifecycle.cc; with open_mutex_ held, except Lend() and Return(), which take it.
  arrow::Status Connect(int wanted, const Interrupt& interrupt);
  arrow::Status Disconnect(const Interrupt& interrupt);
  arrow::Status Lend(const Interrupt& interrupt);
  arrow::Status Return();

  /// What a store shares with its views.
  struct Connection {
    std::atomic<int> mode{kClosed};
    /// Null unless the store was opened for writing and maintenance is automatic.
    std::unique_ptr<AutomaticMaintenance> maintenance;
  };

  static constexpr int kClosed = 0;
  static constexpr int kReading = 1;
  static constexpr int kWriting = 2;

  MetadataStore* self_;
  MetadataStoreOptions options_;
  const Log log_;
  std::shared_ptr<Storage> storage_;  // of views, too, as is the connection
  std::shared_ptr<Connection> connection_ = std::make_shared<Connection>();
  bool is_view_ = false;
  bool is_read_only_ = false;  // whatever the mode of the connection is
  std::mutex open_mutex_;
  int user_mode_ = kClosed;              // what Open() and Close() requested
  int borrowers_ = 0;                    // stores that use this one as a fallback
  std::vector<StoreSession*> borrowed_;  // fallback stores in use

  /// One sync at a time changes the graph; definitions are read before.
  std::mutex sync_mutex_;
  mutable std::mutex graph_mutex_;
  SyncState synced_;
  /// The last one counts. Earlier ones are kept for operations that are under way; there is one for
  /// every sync that found something new.
  std::vector<std::shared_ptr<const FeatureGraph>> graphs_;
};

}  // namespace metaxy::internal
