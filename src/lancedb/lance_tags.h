// Tags of Lance tables.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "lancedb/bridge.h"
#include "lancedb/failure_reporter.h"
#include "store/snapshots/table_tags.h"

namespace metaxy::internal {

class LanceTags final : public TableTags {
 public:
  /// Without a connection there are no tables: a directory that does not exist yet.
  LanceTags(std::shared_ptr<LanceConnection> connection,
            std::shared_ptr<const FailureReporter> failures)
      : connection_(std::move(connection)), failures_(std::move(failures)) {}

  arrow::Status Create(const std::string& table, const std::string& tag, uint64_t version) override;
  arrow::Status Delete(const std::string& table, const std::string& tag) override;
  arrow::Result<std::map<std::string, uint64_t>> List(const std::string& table) override;
  arrow::Result<std::shared_ptr<StoredTable>> Open(const std::string& table,
                                                   uint64_t version) override;

 private:
  /// Null if there is no such table.
  arrow::Result<std::unique_ptr<LanceTable>> Find(const std::string& table) const;

  std::shared_ptr<LanceConnection> connection_;
  std::shared_ptr<const FailureReporter> failures_;
};

}  // namespace metaxy::internal
