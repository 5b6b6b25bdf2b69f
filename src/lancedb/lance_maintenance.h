// Maintenance of Lance tables.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lancedb/bridge.h"
#include "store/maintenance/table_maintenance.h"

namespace metaxy::internal {

class LanceMaintenance final : public TableMaintenance {
 public:
  /// `directory` is where the tables are, if they are files of this machine; `options` are those of
  /// the connection. No connection: no tables.
  LanceMaintenance(std::shared_ptr<LanceConnection> connection,
                   std::optional<std::filesystem::path> directory, LanceConnectOptions options)
      : connection_(std::move(connection)),
        directory_(std::move(directory)),
        options_(std::move(options)) {}

  arrow::Result<TableStatistics> Statistics(const std::string& table, int64_t small_rows,
                                            bool with_disk) override;
  arrow::Result<std::vector<int64_t>> CountSmaller(const std::string& table,
                                                   const std::vector<int64_t>& limits) override;
  std::chrono::sys_time<std::chrono::microseconds> Now() override;
  arrow::Result<std::vector<KeptVersion>> Versions(const std::string& table) override;
  arrow::Result<MergedFragments> Merge(const std::string& table,
                                       const CompactionPlan& plan) override;
  arrow::Result<PrunedVersions> PruneVersions(const std::string& table,
                                              std::chrono::seconds older_than) override;
  arrow::Status RenameColumn(const std::string& table, const std::string& column,
                             const std::string& new_name) override;

 private:
  arrow::Result<std::unique_ptr<LanceTable>> Open(const std::string& table) const;
  /// As Now(); none where it is unknown.
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> StoreTime() const;

  std::shared_ptr<LanceConnection> connection_;
  std::optional<std::filesystem::path> directory_;
  LanceConnectOptions options_;
};

}  // namespace metaxy::internal
