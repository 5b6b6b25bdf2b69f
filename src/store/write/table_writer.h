// Table writer: appends rows to a table that may have to be created, or changed so that it can
// hold them.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "store/storage.h"
#include "store/write/retries.h"
#include "store/write/write_time.h"

namespace metaxy::internal {

/// A reader over the rows, from the start. Called again when a write has to be repeated.
using RowSource = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>()>;

/// A reader that transforms every batch of another one.
std::shared_ptr<arrow::RecordBatchReader> MapBatches(
    std::shared_ptr<arrow::RecordBatchReader> input, std::shared_ptr<arrow::Schema> schema,
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
        const std::shared_ptr<arrow::RecordBatch>&)>
        map);

/// Columns with a value per field of a feature.
struct ByFieldColumns {
  std::vector<std::string> names = {};
  /// Maps of strings; else structs, with these members if the rows are maps.
  bool as_map = false;
  std::vector<std::string> members = {};
};

struct AppendOptions {
  /// Identify rows in messages.
  std::vector<std::string> id_columns = {};
  /// The layout of these columns in a new table. An existing one keeps its layout.
  ByFieldColumns by_field = {};
  /// Looked at for every batch of rows and between attempts.
  Interrupt interrupt = {};
  /// Receives attempts and changes to the table.
  Log log = {};
  /// Of the rows; before they are read it is told of the latest row of the table. None: whoever
  /// makes the rows has seen to it.
  std::shared_ptr<WriteTime> time = nullptr;
  /// Marks the commit; a random one if it is empty. See Storage::FindWrite().
  std::string write_id = {};
  /// Only writes the files, for StoredTable::CommitFragments(). The table is created empty, and
  /// changed so that it can hold the rows, as if they were appended.
  bool uncommitted = false;
};

/// What an append has made.
struct AppendResult {
  uint64_t version = 0;  ///< Of the table that has the rows; 0 where it is not known.
  int64_t rows = 0;
  bool created = false;  ///< Whether the table is of this append.
  /// If uncommitted: what tells of the rows, written for the columns of that version.
  std::string fragments = {};
};

/// Appends rows in one commit, each exactly once, whatever other writers do concurrently: conflicts
/// are retried, with exponential backoff.
///
/// A table that does not exist is created with the schema of the rows. One that exists grows the
/// columns, and the members of struct columns, that it lacks; those that the rows lack become null.
/// All others are cast to the types of the table, and a stored column whose type is too narrow for
/// the new values is widened: the table is then rewritten, in one commit. LossyCast, naming
/// column, row and value, for what would lose something: nothing is written. CommitConflict if
/// others were always faster, CommitStateUnknown if it is not known whether the rows are there.
arrow::Result<AppendResult> AppendToTable(Storage& storage, const std::string& table,
                                          const RowSource& source,
                                          const AppendOptions& options = {});

/// The same for rows that come only once; they are kept while they are written.
arrow::Result<AppendResult> AppendToTable(Storage& storage, const std::string& table,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const AppendOptions& options = {});

/// Whether an append to the current table could hold the rows; writes nothing. LossyCast and
/// MetadataSchema as AppendToTable().
arrow::Status CheckAppend(Storage& storage, const std::string& table,
                          std::shared_ptr<arrow::RecordBatchReader> rows,
                          const AppendOptions& options = {});

/// Retries as long as `attempt` ends in a CommitConflict.
arrow::Status RetryConflicts(Retries retries, const std::function<arrow::Status()>& attempt);

/// NotSupported, naming it, for what the table has and would lose if it were rewritten.
arrow::Status CheckReplaceable(const StoredTable& table);

/// Rewrites a table in this schema: columns are cast, those that it lacks become null.
/// CommitConflict if it has a later version than `table`.
arrow::Status RewriteTable(StoredTable& table, const std::shared_ptr<arrow::Schema>& schema,
                           const Interrupt& interrupt = {});

/// The schema with these columns as maps or as structs.
std::shared_ptr<arrow::Schema> WithLayout(const arrow::Schema& schema,
                                          const ByFieldColumns& columns);

}  // namespace metaxy::internal
