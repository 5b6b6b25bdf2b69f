#include <arrow/c/bridge.h>

#include <utility>

#include "lancedb/bridge.h"
#include "lancedb/bridge_library.h"
#include "lancedb/bridge_status.h"
#include "lancedb/bridge_stream.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

/// Column paths for the bridge: NULL for all, a non-NULL pointer for none.
class Columns {
 public:
  explicit Columns(const std::optional<std::vector<std::string>>& columns) {
    if (!columns.has_value()) return;
    strings_ = ToBridge(*columns);
    count_ = strings_.size();
    if (strings_.empty()) strings_.push_back({});
  }

  const mxl_string* data() const { return strings_.empty() ? nullptr : strings_.data(); }
  size_t size() const { return count_; }

 private:
  std::vector<mxl_string> strings_;
  size_t count_ = 0;
};

/// A type for the bridge; released here unless a call has consumed it.
class ExportedType {
 public:
  ExportedType() = default;
  ExportedType(const ExportedType&) = delete;
  ExportedType& operator=(const ExportedType&) = delete;
  ~ExportedType() {
    if (schema_.release != nullptr) schema_.release(&schema_);
  }

  ArrowSchema* get() { return &schema_; }

 private:
  ArrowSchema schema_{};
};

std::optional<int64_t> Known(int64_t number) {
  return number < 0 ? std::nullopt : std::optional(number);
}

// Passes rows to one of the bridge's writing functions; returns the version it created.
arrow::Result<uint64_t> WriteRows(decltype(mxl_table_append) write, mxl_table* table,
                                  std::shared_ptr<arrow::RecordBatchReader> rows,
                                  const LanceWriteOptions& options, const std::string& failure) {
  ARROW_ASSIGN_OR_RAISE(ExportedReader exported, ExportedReader::Make(std::move(rows)));
  ARROW_ASSIGN_OR_RAISE(mxl_write_options bridge_options, ToBridge(options));
  uint64_t version = 0;
  arrow::Status written = CallBridge(write, table, exported.stream(), &bridge_options, &version);
  ARROW_RETURN_NOT_OK(exported.Outcome(written, failure));
  return version;
}

arrow::Result<std::vector<LanceVersion>> ListVersions(decltype(mxl_table_versions) call,
                                                      const mxl_table* table) {
  mxl_version_list* list = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(call, table, &list));
  std::unique_ptr<mxl_version_list, decltype(mxl_version_list_free)> owner(list,
                                                                           mxl_version_list_free);
  std::vector<LanceVersion> versions;
  for (size_t i = 0; i < mxl_version_list_count(list); ++i) {
    mxl_version_info info{};
    info.struct_size = sizeof(info);
    ARROW_RETURN_NOT_OK(CallBridge(mxl_version_list_get, list, i, &info));
    LanceVersion& version = versions.emplace_back();
    version.version = info.version;
    version.timestamp = decltype(version.timestamp){std::chrono::microseconds(info.timestamp_us)};
    for (size_t j = 0; j < info.n_metadata; ++j) {
      mxl_key_value entry{};
      ARROW_RETURN_NOT_OK(CallBridge(mxl_version_list_metadata, list, i, j, &entry));
      version.metadata.emplace(FromBridge(entry.key), FromBridge(entry.value));
    }
  }
  return versions;
}

}  // namespace

LanceTable::LanceTable(std::string name, BridgeHandle<mxl_table> handle)
    : name_(std::move(name)), handle_(std::move(handle)) {}

const Interrupt& LanceTable::Limits() const {
  const Interrupt& own = InterruptScope::Current();
  return own.IsLimited() ? own : interrupt_;
}

arrow::Result<std::shared_ptr<arrow::Schema>> LanceTable::Schema() const {
  ArrowSchema schema{};
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_schema, handle_.get(), &schema));
  return arrow::ImportSchema(&schema);
}

arrow::Result<uint64_t> LanceTable::Version() const {
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_version, handle_.get(), &version));
  return version;
}

arrow::Result<std::pair<uint32_t, uint32_t>> LanceTable::FileFormat() const {
  std::pair<uint32_t, uint32_t> format;
  ARROW_RETURN_NOT_OK(
      CallBridge(mxl_table_file_format, handle_.get(), &format.first, &format.second));
  return format;
}

arrow::Status LanceTable::Checkout(uint64_t version) {
  return CallBridge(mxl_table_checkout, handle_.get(), version);
}

arrow::Status LanceTable::CheckoutLatest() {
  return CallBridge(mxl_table_checkout_latest, handle_.get());
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> LanceTable::Scan(
    const LanceScanOptions& options) const {
  const InterruptScope scope(Limits());
  Columns columns(options.columns);
  mxl_scan_options scan{};
  scan.struct_size = sizeof(scan);
  scan.columns = columns.data();
  scan.n_columns = columns.size();
  scan.filter = ToBridge(std::string_view(options.filter));
  scan.with_row_id = options.with_row_id ? 1 : 0;
  scan.has_limit = options.limit.has_value() ? 1 : 0;
  ARROW_ASSIGN_OR_RAISE(scan.limit, ToBridge(options.limit.value_or(0), "limit"));
  ARROW_ASSIGN_OR_RAISE(scan.offset, ToBridge(options.offset, "offset"));
  ARROW_ASSIGN_OR_RAISE(scan.batch_size, ToBridge(options.batch_size, "batch_size"));
  ARROW_ASSIGN_OR_RAISE(scan.batch_readahead, ToBridge(options.batch_readahead, "batch_readahead"));
  ARROW_ASSIGN_OR_RAISE(scan.fragment_readahead,
                        ToBridge(options.fragment_readahead, "fragment_readahead"));
  scan.unordered = options.ordered ? 0 : 1;
  scan.eager = options.eager ? 1 : 0;
  ARROW_ASSIGN_OR_RAISE(scan.io_buffer_bytes, ToBridge(options.io_buffer_bytes, "io_buffer_bytes"));
  ARROW_ASSIGN_OR_RAISE(scan.batch_bytes, ToBridge(options.batch_bytes, "batch_bytes"));
  // An empty list is not the same as none.
  constexpr uint64_t kNone = 0;
  if (options.fragments) {
    scan.fragments = options.fragments->empty() ? &kNone : options.fragments->data();
    scan.n_fragments = options.fragments->size();
  }
  ArrowArrayStream stream{};
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_scan, handle_.get(), &scan, &stream));
  return ImportBridgeStream(&stream);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> LanceTable::Take(
    std::span<const uint64_t> row_ids, const LanceTakeOptions& options) const {
  const InterruptScope scope(Limits());
  Columns columns(options.columns);
  mxl_take_options take{};
  take.struct_size = sizeof(take);
  take.columns = columns.data();
  take.n_columns = columns.size();
  take.with_row_id = options.with_row_id ? 1 : 0;
  ARROW_ASSIGN_OR_RAISE(take.batch_size, ToBridge(options.batch_size, "batch_size"));
  ArrowArrayStream stream{};
  ARROW_RETURN_NOT_OK(
      CallBridge(mxl_table_take, handle_.get(), row_ids.data(), row_ids.size(), &take, &stream));
  return ImportBridgeStream(&stream);
}

arrow::Result<int64_t> LanceTable::CountRows(std::string_view filter) const {
  const InterruptScope scope(Limits());
  uint64_t rows = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_count, handle_.get(), ToBridge(filter), &rows));
  return static_cast<int64_t>(rows);
}

arrow::Result<LanceTableStats> LanceTable::Stats(int64_t small_fragment_rows) const {
  ARROW_ASSIGN_OR_RAISE(uint64_t small, ToBridge(small_fragment_rows, "small_fragment_rows"));
  mxl_stats stats{};
  stats.struct_size = sizeof(stats);
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_stats, handle_.get(), small, &stats));
  return LanceTableStats{.rows = Known(stats.rows),
                         .deleted_rows = Known(stats.deleted_rows),
                         .fragments = Known(stats.fragments),
                         .small_fragments = Known(stats.small_fragments),
                         .data_files = Known(stats.data_files),
                         .deletion_files = Known(stats.deletion_files),
                         .bytes = Known(stats.bytes),
                         .versions = Known(stats.versions)};
}

arrow::Result<std::optional<LanceGreatest>> LanceTable::Greatest(
    const std::vector<std::string>& columns) const {
  const InterruptScope scope(Limits());
  const std::vector<mxl_string> strings = ToBridge(columns);
  mxl_greatest greatest{};
  greatest.struct_size = sizeof(greatest);
  ARROW_RETURN_NOT_OK(
      CallBridge(mxl_table_greatest, handle_.get(), strings.data(), strings.size(), &greatest));
  if (greatest.known == 0) return std::nullopt;
  return LanceGreatest{greatest.value, greatest.version, greatest.fragment};
}

arrow::Result<std::vector<int64_t>> LanceTable::CountFragments(
    std::span<const int64_t> limits) const {
  std::vector<uint64_t> wanted;
  for (const int64_t limit : limits) {
    ARROW_ASSIGN_OR_RAISE(wanted.emplace_back(), ToBridge(limit, "limits"));
  }
  std::vector<uint64_t> counts(wanted.size());
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_count_fragments, handle_.get(), wanted.data(),
                                 wanted.size(), counts.data()));
  return std::vector<int64_t>(counts.begin(), counts.end());
}

arrow::Result<uint64_t> LanceTable::Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                           const LanceWriteOptions& options) {
  return WriteRows(mxl_table_append, handle_.get(), std::move(rows), options,
                   "cannot append to table '" + name_ + "'");
}

arrow::Result<uint64_t> LanceTable::Replace(std::shared_ptr<arrow::RecordBatchReader> rows,
                                            const LanceWriteOptions& options) {
  return WriteRows(mxl_table_replace, handle_.get(), std::move(rows), options,
                   "cannot replace the content of table '" + name_ + "'");
}

arrow::Result<std::optional<uint64_t>> LanceTable::FindWrite(std::string_view write_id,
                                                             uint64_t since) const {
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(
      CallBridge(mxl_table_find_write, handle_.get(), ToBridge(write_id), since, &version));
  return version == 0 ? std::nullopt : std::optional(version);
}

arrow::Result<LanceDeleteResult> LanceTable::Delete(std::string_view predicate) {
  mxl_delete_result result{};
  result.struct_size = sizeof(result);
  ARROW_RETURN_NOT_OK(
      ChangeByBridge(mxl_table_delete, handle_.get(), ToBridge(predicate), &result));
  return LanceDeleteResult{.version = result.version, .rows_deleted = result.rows_deleted};
}

arrow::Result<LanceDeleteResult> LanceTable::DeleteRows(std::span<const uint64_t> row_ids) {
  mxl_delete_result result{};
  result.struct_size = sizeof(result);
  ARROW_RETURN_NOT_OK(ChangeByBridge(mxl_table_delete_rows, handle_.get(), row_ids.data(),
                                     row_ids.size(), &result));
  return LanceDeleteResult{.version = result.version, .rows_deleted = result.rows_deleted};
}

arrow::Result<uint64_t> LanceTable::AddNullColumns(const arrow::Schema& columns) {
  ArrowSchema schema{};
  ARROW_RETURN_NOT_OK(arrow::ExportSchema(columns, &schema));
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(ChangeByBridge(mxl_table_add_columns_null, handle_.get(), &schema, &version));
  return version;
}

arrow::Result<uint64_t> LanceTable::AlterColumns(
    const std::vector<LanceColumnAlteration>& alterations) {
  std::vector<ExportedType> types(alterations.size());
  std::vector<mxl_column_alteration> structs(alterations.size());
  std::vector<const mxl_column_alteration*> pointers;
  for (size_t i = 0; i < alterations.size(); ++i) {
    const LanceColumnAlteration& alteration = alterations[i];
    mxl_column_alteration& target = structs[i];
    target.struct_size = sizeof(target);
    target.path = ToBridge(std::string_view(alteration.path));
    target.rename = ToBridge(std::string_view(alteration.rename));
    if (alteration.nullable.has_value()) {
      target.nullable = *alteration.nullable ? MXL_NULLABLE_YES : MXL_NULLABLE_NO;
    }
    if (alteration.type != nullptr) {
      ARROW_RETURN_NOT_OK(arrow::ExportType(*alteration.type, types[i].get()));
      target.data_type = types[i].get();
    }
    pointers.push_back(&target);
  }
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(ChangeByBridge(mxl_table_alter_columns, handle_.get(), pointers.data(),
                                     pointers.size(), &version));
  return version;
}

arrow::Result<uint64_t> LanceTable::DropColumns(const std::vector<std::string>& paths) {
  std::vector<mxl_string> strings = ToBridge(paths);
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(ChangeByBridge(mxl_table_drop_columns, handle_.get(), strings.data(),
                                     strings.size(), &version));
  return version;
}

arrow::Result<std::vector<LanceVersion>> LanceTable::Versions() const {
  return ListVersions(mxl_table_versions, handle_.get());
}

arrow::Result<std::vector<LanceVersion>> LanceTable::StoredVersions() const {
  return ListVersions(mxl_table_stored_versions, handle_.get());
}

arrow::Result<std::map<std::string, uint64_t>> LanceTable::Tags() const {
  mxl_tag_list* list = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_tags, handle_.get(), &list));
  std::unique_ptr<mxl_tag_list, decltype(mxl_tag_list_free)> owner(list, mxl_tag_list_free);
  std::map<std::string, uint64_t> tags;
  for (size_t i = 0; i < mxl_tag_list_count(list); ++i) {
    mxl_string name{};
    uint64_t version = 0;
    ARROW_RETURN_NOT_OK(CallBridge(mxl_tag_list_get, list, i, &name, &version));
    tags.emplace(FromBridge(name), version);
  }
  return tags;
}

arrow::Status LanceTable::CreateTag(std::string_view tag, uint64_t version) {
  return CallBridge(mxl_table_tag_create, handle_.get(), ToBridge(tag), version);
}

arrow::Status LanceTable::DeleteTag(std::string_view tag) {
  return CallBridge(mxl_table_tag_delete, handle_.get(), ToBridge(tag));
}

arrow::Result<LanceCompactResult> LanceTable::Compact(const LanceCompactOptions& options) {
  mxl_compact_options compact{};
  compact.struct_size = sizeof(compact);
  ARROW_ASSIGN_OR_RAISE(compact.target_rows_per_fragment,
                        ToBridge(options.target_rows_per_fragment, "target_rows_per_fragment"));
  ARROW_ASSIGN_OR_RAISE(compact.max_bytes_per_file,
                        ToBridge(options.max_bytes_per_file, "max_bytes_per_file"));
  ARROW_ASSIGN_OR_RAISE(compact.max_rows_per_group,
                        ToBridge(options.max_rows_per_group, "max_rows_per_group"));
  ARROW_ASSIGN_OR_RAISE(compact.batch_size, ToBridge(options.batch_size, "batch_size"));
  ARROW_ASSIGN_OR_RAISE(compact.num_threads, ToBridge(options.num_threads, "num_threads"));
  ARROW_ASSIGN_OR_RAISE(compact.io_buffer_bytes,
                        ToBridge(options.io_buffer_bytes, "io_buffer_bytes"));
  compact.materialize_deletions_threshold = options.materialize_deletions_threshold.value_or(0);
  const std::vector<mxl_string> order = ToBridge(options.order);
  compact.order = order.data();
  compact.n_order = order.size();
  mxl_compact_result result{};
  result.struct_size = sizeof(result);
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_compact, handle_.get(), &compact, &result));
  return LanceCompactResult{.fragments_removed = result.fragments_removed,
                            .fragments_added = result.fragments_added,
                            .files_removed = result.files_removed,
                            .files_added = result.files_added};
}

arrow::Result<LancePruneResult> LanceTable::Prune(const LancePruneOptions& options) {
  mxl_prune_options prune{};
  prune.struct_size = sizeof(prune);
  ARROW_ASSIGN_OR_RAISE(prune.older_than_seconds,
                        ToBridge(int64_t{options.older_than.count()}, "older_than"));
  prune.error_if_tagged = options.error_if_tagged ? 1 : 0;
  prune.delete_unverified = options.delete_unverified ? 1 : 0;
  if (options.now) prune.now_us = options.now->time_since_epoch().count();
  mxl_prune_result result{};
  result.struct_size = sizeof(result);
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_prune, handle_.get(), &prune, &result));
  return LancePruneResult{.bytes_removed = result.bytes_removed,
                          .versions_removed = result.versions_removed,
                          .data_files_removed = result.data_files_removed,
                          .failed_deletes = result.failed_deletes};
}

}  // namespace metaxy::internal
