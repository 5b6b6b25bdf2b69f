#include "lancedb/lance_stored_table.h"

#include <arrow/array.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/memory_budget.h"
#include "base/quote.h"
#include "filter/lance_sql.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// The ids of the rows for which a filter is true, ascending.
arrow::Result<std::vector<uint64_t>> RowIdsWhere(const TableSnapshot& table,
                                                 const arrow::compute::Expression& filter) {
  ScanRequest scan{.columns = {}, .filters = {filter}};
  scan.LimitMemory(MemoryScope::Current());
  ARROW_ASSIGN_OR_RAISE(const auto rows, table.Scan(scan));
  std::vector<uint64_t> ids;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (!batch) break;
    const auto& column =
        static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    ids.insert(ids.end(), column.raw_values(), column.raw_values() + column.length());
  }
  // After a compaction the order of a scan need not be that of the ids.
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

LanceWriteOptions ToWriteOptions(const WriteMark& mark) {
  LanceWriteOptions options{.write_id = mark.id};
  if (mark.latest)
    options.greatest = {mark.latest->micros, mark.latest->version, mark.latest->fragment};
  return options;
}

arrow::Result<std::shared_ptr<StoredTable>> LanceStoredTable::Make(
    std::unique_ptr<LanceTable> table, std::shared_ptr<const FailureReporter> failures,
    bool on_server) {
  ARROW_ASSIGN_OR_RAISE(auto snapshot, LanceSnapshot::Make(std::move(table), on_server));
  return std::shared_ptr<StoredTable>(
      new LanceStoredTable(std::move(snapshot), std::move(failures)));
}

arrow::Result<FileFormat> LanceStoredTable::file_format() const {
  ARROW_ASSIGN_OR_RAISE(const auto format, failures_->Redact(table().FileFormat()));
  return FileFormat{format.first, format.second};
}

arrow::Result<uint64_t> LanceStoredTable::Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                                 const WriteMark& mark) {
  const arrow::Result<uint64_t> version = table().Append(std::move(rows), ToWriteOptions(mark));
  if (!version.ok()) return failures_->MarkUnknownOutcome(version.status());
  return *version;
}

arrow::Result<std::string> LanceStoredTable::WriteFragments(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  return failures_->Redact(table().WriteFragments(std::move(rows)));
}

arrow::Result<uint64_t> LanceStoredTable::CommitFragments(std::span<const std::string> fragments,
                                                          const WriteMark& mark) {
  const arrow::Result<uint64_t> version = table().CommitFragments(fragments, ToWriteOptions(mark));
  if (!version.ok()) return failures_->MarkUnknownOutcome(version.status());
  return *version;
}

arrow::Status LanceStoredTable::CheckFragments(std::string_view fragments) const {
  return failures_->Redact(table().CheckFragments(fragments));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> LanceStoredTable::ScanFragments(
    std::string_view fragments, uint64_t version, const std::vector<std::string>& columns) const {
  return failures_->Redact(table().ScanFragments(fragments, version, columns));
}

arrow::Status LanceStoredTable::CheckReplace() const {
  const auto indices = table().Indices();
  if (!indices.ok()) return failures_->Redact(indices.status());
  if (indices->empty()) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kNotSupported,
      fmt::format("table {} has to be rewritten, which would drop {} {}; nothing was written. "
                  "Drop {} with lancedb (table.drop_index), and create {} again afterwards; or "
                  "write what fits the stored types",
                  Quote(name()), indices->size() == 1 ? "its index" : "its indices",
                  fmt::join(*indices, ", "), indices->size() == 1 ? "it" : "them",
                  indices->size() == 1 ? "it" : "them"));
}

arrow::Status LanceStoredTable::Replace(std::shared_ptr<arrow::RecordBatchReader> rows) {
  // The rows are those of this version, in other types.
  ARROW_ASSIGN_OR_RAISE(const auto latest, FindLatestTime(TimeColumns()));
  const LanceWriteOptions options = ToWriteOptions({.latest = latest});
  return failures_->Redact(table().Replace(std::move(rows), options).status());
}

arrow::Status LanceStoredTable::AddColumns(const std::shared_ptr<arrow::Schema>& columns) {
  return failures_->Redact(table().AddNullColumns(*columns).status());
}

arrow::Result<int64_t> LanceStoredTable::Delete(
    const std::optional<arrow::compute::Expression>& filter) {
  const std::optional<std::string> sql = filter ? ToLanceSql(*filter, *schema()) : "true";
  if (sql) {
    const arrow::Result<LanceDeleteResult> deleted = table().Delete(*sql);
    if (!deleted.ok()) return failures_->Redact(deleted.status());
    return static_cast<int64_t>(deleted->rows_deleted);
  }
  // What Lance would answer differently is answered here, and the rows are named one by one.
  const auto ids = RowIdsWhere(*this, *filter);
  if (!ids.ok()) return failures_->Redact(ids.status());
  ARROW_RETURN_NOT_OK(DeleteRows(*ids));
  return static_cast<int64_t>(ids->size());
}

arrow::Status LanceStoredTable::DeleteRows(std::span<const uint64_t> row_ids) {
  if (row_ids.empty()) return arrow::Status::OK();
  return failures_->Redact(table().DeleteRows(row_ids).status());
}

}  // namespace metaxy::internal
