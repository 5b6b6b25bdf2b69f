// What a store needs of the database below it.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "metaxy/metadata_store.h"
#include "store/write/write_time.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

class TableMaintenance;

/// Tables by name. Thread-safe, but for Open() and Close(). Every write is one commit: it happens
/// wholly or not at all.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual arrow::Status Open(AccessMode mode) = 0;
  /// Takes care of tables first, as long as `interrupt` allows; closes in any case.
  virtual arrow::Status Close(const Interrupt& interrupt) = 0;

  /// For people; without credentials.
  virtual std::string display() const = 0;
  /// The reference's class path of this kind of store.
  virtual std::string type_name() const = 0;
  /// HashAlgorithmNotSupported for one that the reference cannot compute on this kind of store:
  /// rows with its hashes would be of no use to it.
  virtual arrow::Status CheckHashAlgorithm(HashAlgorithm algorithm) const = 0;

  virtual StoreTarget target() const = 0;
  /// As MetadataStore::RefusesOverwrites.
  virtual arrow::Result<std::optional<bool>> RefusesOverwrites() { return std::nullopt; }
  /// As MetadataStore::ClockAhead.
  virtual arrow::Result<std::optional<std::chrono::milliseconds>> ClockAhead() {
    return std::nullopt;
  }

  /// All tables, ascending. None of a directory that does not exist yet.
  virtual arrow::Result<std::vector<std::string>> TableNames() = 0;
  /// The latest version of a table, or null if there is none of this name.
  virtual arrow::Result<std::shared_ptr<const TableSnapshot>> OpenTable(
      const std::string& name) = 0;
  /// TableAlreadyExists if another writer was faster; then nothing is changed, but `rows` may be
  /// used up. The version of the table that has the rows, 0 where it is not known.
  virtual arrow::Result<uint64_t> CreateTable(const std::string& name,
                                              std::shared_ptr<arrow::RecordBatchReader> rows,
                                              const WriteMark& mark) = 0;
  /// NotSupported, naming them, if the table has what ReplaceTable() would lose, such as indices.
  virtual arrow::Status CheckReplace(const std::string& /*name*/, const TableSnapshot& /*table*/) {
    return arrow::Status::OK();
  }
  /// Rows with the columns and types of the table. CommitConflict if its content was replaced
  /// meanwhile, MetadataSchema if its columns were. `interrupt` decides whether there is time for
  /// the care of the table afterwards. The version of the table that has the rows, as above.
  virtual arrow::Result<uint64_t> Append(const std::string& name,
                                         std::shared_ptr<arrow::RecordBatchReader> rows,
                                         const WriteMark& mark, const Interrupt& interrupt) = 0;
  /// The version after `since` that the write of this id has made, if it was committed: for writes
  /// that failed without telling. NotSupported where nothing is known about it.
  virtual arrow::Result<std::optional<uint64_t>> FindWrite(const std::string& name,
                                                           const std::string& write_id,
                                                           uint64_t since) = 0;
  /// Replaces rows and schema of a table in one commit; readers see the old or the new content.
  /// `base`, which OpenTable() of this storage gave, must still be the latest version, else
  /// CommitConflict: nothing that others wrote is overwritten. NotSupported on servers.
  virtual arrow::Status ReplaceTable(const std::string& name, const TableSnapshot& base,
                                     std::shared_ptr<arrow::RecordBatchReader> rows) = 0;
  /// Adds columns that are null in all rows. A struct column that exists gets the members that it
  /// lacks. InvalidInput if a column is there already; CommitConflict.
  virtual arrow::Status AddColumns(const std::string& name,
                                   const std::shared_ptr<arrow::Schema>& columns) = 0;
  /// Removes the rows for which `filter` is true, all rows if there is none, and tells how many
  /// those were. TableNotFound, CommitConflict.
  virtual arrow::Result<int64_t> DeleteRows(
      const std::string& name, const std::optional<arrow::compute::Expression>& filter) = 0;
  /// Removes a table. OK if there is none.
  virtual arrow::Status DropTable(const std::string& name) = 0;

  /// The care of tables; null where the database takes care of them itself.
  virtual TableMaintenance* maintenance() { return nullptr; }
};

}  // namespace metaxy::internal
