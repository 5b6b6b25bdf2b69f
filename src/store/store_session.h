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

#include "metaxy/metadata_store.h"
#include "store/storage.h"
#include "store/system_columns.h"

namespace metaxy::internal {

/// A table of a feature, and the store of the chain that has it.
struct FoundTable {
  std::shared_ptr<const TableSnapshot> table;
  MetadataStore* store = nullptr;
};

class StoreSession {
 public:
  StoreSession(MetadataStore* self, MetadataStoreOptions options, std::unique_ptr<Storage> storage)
      : self_(self), options_(std::move(options)), storage_(std::move(storage)) {}

  const MetadataStoreOptions& options() const { return options_; }
  const FeatureGraph& graph() const { return *options_.graph; }
  Storage& storage() { return *storage_; }
  MetadataStore* self() { return self_; }

  // lifecycle.cc
  arrow::Status Open(AccessMode mode);
  arrow::Status Close();
  bool is_open() const { return open_mode_.load() != kClosed; }
  arrow::Status CheckOpen() const;
  arrow::Status CheckWritable() const;

  // lookup.cc
  /// The feature's table in this store, or in the first fallback store that has one; null if none
  /// has.
  arrow::Result<FoundTable> FindTable(const FeatureKey& feature, bool allow_fallback);
  /// The same; FeatureNotFound if no store has it.
  arrow::Result<FoundTable> RequireTable(const FeatureKey& feature, bool allow_fallback);
  arrow::Result<Json> StoreMetadata(const FeatureKey& feature, bool check_fallback);

  // read.cc
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(const FeatureKey& feature,
                                                                const ReadOptions& options);
  arrow::Result<int64_t> CountRows(const FeatureKey& feature, const ReadOptions& options);

  // write.cc
  arrow::Status Write(const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
                      const WriteOptions& options);
  /// Tries again as long as other writers get in the way.
  arrow::Status Write(const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
                      const WriteOptions& options);
  /// What is added to rows of this feature; InvalidInput for a system table.
  arrow::Result<std::shared_ptr<const SystemColumns>> ColumnsFor(
      const FeatureKey& feature, const WriteOptions& options,
      bool preserve_updated_at = false) const;
  arrow::Status DropFeature(const FeatureKey& feature);
  /// The version of the project that is written with every row.
  arrow::Result<std::string> ProjectVersion() const;

  // delete.cc
  arrow::Status Delete(const FeatureKey& feature,
                       const std::vector<arrow::compute::Expression>& filters,
                       const DeleteOptions& options);

  // copy.cc
  arrow::Result<CopyResult> Copy(StoreSession& from,
                                 const std::optional<std::vector<FeatureKey>>& features,
                                 const CopyOptions& options);

  // compact.cc
  arrow::Result<CompactResult> Compact(const FeatureKey& feature, const CompactOptions& options);
  arrow::Result<std::vector<std::string>> TableNames();
  arrow::Result<TableStatistics> Statistics(const std::string& table, int64_t small_rows);
  /// NotSupported if the database takes care of its tables itself.
  arrow::Result<TableMaintenance*> Maintenance();

  // resolve_update.cc
  arrow::Result<std::unique_ptr<LazyIncrement>> ResolveUpdate(const FeatureKey& feature,
                                                              const ResolveUpdateOptions& options);

  // push.cc
  arrow::Result<PushResult> Push(const std::string& project,
                                 const std::vector<std::pair<std::string, std::string>>& tags);

  static StoreSession& Of(MetadataStore& store) { return *store.session_; }

 private:
  static constexpr int kClosed = 0;
  static constexpr int kReading = 1;
  static constexpr int kWriting = 2;

  MetadataStore* self_;
  MetadataStoreOptions options_;
  std::unique_ptr<Storage> storage_;
  std::atomic<int> open_mode_{kClosed};
  std::mutex open_mutex_;
};

}  // namespace metaxy::internal
