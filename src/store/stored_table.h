// An open table: what is read of it, and what is committed on top of it.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/write/write_time.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// The format of a table's files, as Lance counts it; zeros where it is not known.
struct FileFormat {
  uint32_t major = 0;
  uint32_t minor = 0;

  auto operator<=>(const FileFormat&) const = default;
};

/// A table of a Storage at the version that it was opened at. Reads see that version, whatever is
/// written later; writes do not move it. Every write is one commit: it happens wholly or not at
/// all. A table that is dropped, or dropped and recreated, is never written to through what was
/// opened before: TableNotFound or CommitConflict. Outlives its Storage. Thread-safe.
class StoredTable : public TableSnapshot {
 public:
  virtual const std::string& name() const = 0;

  virtual arrow::Result<FileFormat> file_format() const { return FileFormat{}; }

  /// Rows with the columns and types of this version. Appends of others do not conflict.
  /// CommitConflict if the content was replaced meanwhile,
  /// MetadataSchema if the columns were. The version that has the rows, 0 where it is not known.
  virtual arrow::Result<uint64_t> Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                         const WriteMark& mark) = 0;
  /// The first half of an append: writes rows as Append() does, but commits nothing. What tells of
  /// them, for CommitFragments(), also of another process. NotSupported on servers.
  virtual arrow::Result<std::string> WriteFragments(std::shared_ptr<arrow::RecordBatchReader> rows);
  /// The second half: one append of what several calls of WriteFragments() have written, as the
  /// version after this one, which is returned. CommitConflict if there is a later one;
  /// MetadataSchema if CheckFragments() says so; InvalidInput if files are gone, or in the table
  /// already.
  virtual arrow::Result<uint64_t> CommitFragments(std::span<const std::string> fragments,
                                                  const WriteMark& mark);
  /// MetadataSchema if these were written for other columns than this version has.
  virtual arrow::Status CheckFragments(std::string_view fragments) const;
  /// Their rows; `version` is that of the table which wrote them. All columns if none are named.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ScanFragments(
      std::string_view fragments, uint64_t version, const std::vector<std::string>& columns) const;
  /// NotSupported, naming them, if the table has what Replace() would lose, such as indices.
  virtual arrow::Status CheckReplace() const { return arrow::Status::OK(); }
  /// Replaces rows and schema; readers see the old or the new content. CommitConflict if there is a
  /// later version: nothing that others wrote is overwritten. NotSupported on servers.
  virtual arrow::Status Replace(std::shared_ptr<arrow::RecordBatchReader> rows) = 0;
  /// Adds columns that are null in all rows. A struct column that exists gets the members that it
  /// lacks. InvalidInput if a column is there already; CommitConflict.
  virtual arrow::Status AddColumns(const std::shared_ptr<arrow::Schema>& columns) = 0;
  /// Removes the rows for which `filter` is true, all rows if there is none, and tells how many
  /// those were; they may be rows of later versions, too. CommitConflict.
  virtual arrow::Result<int64_t> Delete(
      const std::optional<arrow::compute::Expression>& filter) = 0;
  /// Removes the rows of this version that have these ids, ascending and unique, and no others:
  /// CommitConflict, retryable on a table that is opened again, if one of them was moved or
  /// removed meanwhile.
  virtual arrow::Status DeleteRows(std::span<const uint64_t> row_ids) = 0;
};

}  // namespace metaxy::internal
