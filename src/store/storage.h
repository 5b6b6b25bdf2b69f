// Storage interface: what a store needs of the database below it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/metadata_store.h"
#include "store/stored_table.h"

namespace metaxy::internal {

class TableMaintenance;
class TableTags;

/// Tables by name. Thread-safe, except Open() and Close(). It has no policy of its own: when a
/// table is compacted, or a write repeated, is for the store to decide.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual arrow::Status Open(AccessMode mode) = 0;
  virtual arrow::Status Close() = 0;

  /// Human-readable, without credentials.
  virtual std::string display() const = 0;
  /// The reference's class path of this kind of store.
  virtual std::string type_name() const = 0;

  /// Stands for the place of the tables: different for different ones. May have credentials.
  virtual std::string place() const { return display(); }

  virtual StoreTarget target() const = 0;
  /// As MetadataStore::SupportsConditionalWrites.
  virtual arrow::Result<std::optional<bool>> SupportsConditionalWrites() { return std::nullopt; }
  /// As MetadataStore::ClockSkew.
  virtual arrow::Result<std::optional<std::chrono::milliseconds>> ClockSkew() {
    return std::nullopt;
  }

  /// All tables, ascending. Empty for a directory that does not exist yet.
  virtual arrow::Result<std::vector<std::string>> TableNames() = 0;
  /// The latest version of a table, or null if there is none of this name.
  virtual arrow::Result<std::shared_ptr<StoredTable>> OpenTable(const std::string& name) = 0;
  /// TableAlreadyExists if another writer was faster; then nothing is changed, but `rows` may be
  /// used up. The version of the table that has the rows, 0 where it is not known.
  virtual arrow::Result<uint64_t> CreateTable(const std::string& name,
                                              std::shared_ptr<arrow::RecordBatchReader> rows,
                                              const WriteMark& mark) = 0;
  /// The version after `since` that the write of this id has made, if it was committed: for writes
  /// that failed without telling. Looks at the table as it is now. NotSupported where nothing is
  /// known about it.
  virtual arrow::Result<std::optional<uint64_t>> FindWrite(const std::string& name,
                                                           const std::string& write_id,
                                                           uint64_t since) = 0;
  /// Removes a table. OK if there is none.
  virtual arrow::Status DropTable(const std::string& name) = 0;

  /// Table maintenance; null if the database maintains its tables itself.
  virtual TableMaintenance* maintenance() { return nullptr; }
  /// Tags of tables; null if the database has none.
  virtual TableTags* tags() { return nullptr; }
};

}  // namespace metaxy::internal
