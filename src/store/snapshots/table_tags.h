// Tags of tables: names of versions, which pruning keeps.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "store/stored_table.h"

namespace metaxy::internal {

/// By the name of the table. Thread-safe. What was created is there for whoever lists the tags
/// from then on, as are the tables themselves.
class TableTags {
 public:
  virtual ~TableTags() = default;

  /// TableNotFound; InvalidInput if there is no such version; TableAlreadyExists if there is such a
  /// tag.
  virtual arrow::Status Create(const std::string& table, const std::string& tag,
                               uint64_t version) = 0;
  /// OK if there is no such tag, or no such table.
  virtual arrow::Status Delete(const std::string& table, const std::string& tag) = 0;
  /// The versions by tag; none of a table that does not exist.
  virtual arrow::Result<std::map<std::string, uint64_t>> List(const std::string& table) = 0;
  /// A version of a table, for reading; null if it is gone, or the table is.
  virtual arrow::Result<std::shared_ptr<StoredTable>> Open(const std::string& table,
                                                           uint64_t version) = 0;
};

}  // namespace metaxy::internal
