// Puts rows into a table that may not exist yet, or may have to change so that it can take them.
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
  /// Checked for every batch of rows and between attempts; after the commit it decides whether
  /// there is time for maintenance.
  Interrupt interrupt = {};
  /// Receives attempts and changes to the table.
  Log log = {};
};

/// Appends rows in one commit, each exactly once, whatever other writers do concurrently: conflicts
/// are retried, with exponential backoff.
///
/// A table that does not exist is created with the schema of the rows. An existing one gains
/// missing columns and members of struct columns; columns that the rows lack become null. All
/// others are cast to the types of the table, and a stored column whose type is too narrow for the
/// new values is widened: the table is then rewritten, in one commit. LossyCast, naming column, row
/// and value, for a lossy conversion: nothing is written. CommitConflict if retries are exhausted.
/// An external failure after which it is not known whether the rows were written says so. Returns
/// the table version that contains the rows, 0 if unknown.
arrow::Result<uint64_t> AppendToTable(Storage& storage, const std::string& table,
                                      const RowSource& source, const AppendOptions& options = {});

/// The same for rows that can be read only once; they are buffered while they are written.
arrow::Result<uint64_t> AppendToTable(Storage& storage, const std::string& table,
                                      std::shared_ptr<arrow::RecordBatchReader> rows,
                                      const AppendOptions& options = {});

/// Whether an append to the current table could hold the rows; writes nothing. LossyCast and
/// MetadataSchema as AppendToTable().
arrow::Status CheckAppend(Storage& storage, const std::string& table,
                          std::shared_ptr<arrow::RecordBatchReader> rows,
                          const AppendOptions& options = {});

/// Retries as long as `attempt` ends in a CommitConflict.
arrow::Status RetryConflicts(Retries retries, const std::function<arrow::Status()>& attempt);

/// NotSupported, naming it, for something in the table that a rewrite would lose.
arrow::Status CheckReplaceable(Storage& storage, const std::string& table,
                               const TableSnapshot& base);

/// Rewrites a table with this schema: columns are cast, missing ones become null. `base` must be
/// its latest version, else CommitConflict.
arrow::Status RewriteTable(Storage& storage, const std::string& table, const TableSnapshot& base,
                           const std::shared_ptr<arrow::Schema>& schema,
                           const Interrupt& interrupt = {});

/// The schema with these columns as maps or as structs.
std::shared_ptr<arrow::Schema> WithLayout(const arrow::Schema& schema,
                                          const ByFieldColumns& columns);

}  // namespace metaxy::internal
