// A metadata store in memory, to test everything above the database without one.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/metadata_store.h"
#include "store/storage.h"

namespace metaxy::testing {

/// Tables by name, shared by all stores created with them.
struct InjectedFailure {
  arrow::Status status;
  /// The rows are written all the same: the response was lost.
  bool committed = false;
};

struct MemoryDatabase {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<arrow::Table>> tables;
  /// Rows that appear instead of the next table to be created.
  std::shared_ptr<arrow::Table> racing_create;
  /// How often each table was written to.
  std::map<std::string, uint64_t> versions;
  /// How often each was dropped.
  std::map<std::string, uint64_t> generations;
  /// The id of the write that made a version.
  std::map<std::string, std::vector<std::pair<uint64_t, std::string>>> writes;
  /// What another writer does just before the next change of a table.
  std::function<void()> before_change;
  /// Told of every table that is opened, and of every one that is scanned, before that happens; set
  /// while nobody uses the database.
  std::function<void(const std::string&)> on_open;
  std::function<void(const std::string&)> on_scan;
  /// What the next openings of tables fail with, the first one first; OK for those that do not.
  std::deque<arrow::Status> open_failures;
  /// What the next writes fail with, the first one first; OK for those that do not.
  std::deque<InjectedFailure> failures;
  /// Whether tables have tags, as those of servers have not.
  bool has_tags = true;
  /// The tags of each table: the version and its rows.
  std::map<std::string, std::map<std::string, std::pair<uint64_t, std::shared_ptr<arrow::Table>>>>
      tags;
  /// What the next changes of tags fail with, the first one first; OK for those that do not. A
  /// failure that is `committed` has done its work.
  std::deque<InjectedFailure> tag_failures;
  /// The result of closing a store.
  arrow::Status closing;
};

class MemoryMetadataStore final : public MetadataStore {
 public:
  static std::shared_ptr<MemoryMetadataStore> Make(std::shared_ptr<MemoryDatabase> database,
                                                   MetadataStoreOptions options);

 private:
  using MetadataStore::MetadataStore;
};

}  // namespace metaxy::testing
