// Snapshot storage: the tables of a snapshot, for reading.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/snapshots/snapshot_records.h"
#include "store/storage.h"

namespace metaxy::internal {

/// Open while the storage below is, which it keeps alive. Writes are refused by whoever has it.
class SnapshotStorage final : public Storage {
 public:
  SnapshotStorage(std::shared_ptr<Storage> storage, const SnapshotRecord& record);

  arrow::Status Open(AccessMode mode) override;
  arrow::Status Close() override { return arrow::Status::OK(); }
  std::string display() const override;
  std::string type_name() const override { return storage_->type_name(); }
  StoreTarget target() const override { return storage_->target(); }

  arrow::Result<std::vector<std::string>> TableNames() override;
  /// The version of the snapshot. FeatureNotFound if the snapshot has no such feature,
  /// TableNotFound if it has lost the table.
  arrow::Result<std::shared_ptr<StoredTable>> OpenTable(const std::string& name) override;
  arrow::Result<uint64_t> CreateTable(const std::string& name,
                                      std::shared_ptr<arrow::RecordBatchReader> rows,
                                      const WriteMark& mark) override;
  arrow::Result<std::optional<uint64_t>> FindWrite(const std::string& name,
                                                   const std::string& write_id,
                                                   uint64_t since) override;
  arrow::Status DropTable(const std::string& name) override;

 private:
  arrow::Status ReadOnly() const;

  std::shared_ptr<Storage> storage_;
  std::string name_;
  std::string tag_;
  std::map<std::string, SnapshotFeature> tables_;
};

}  // namespace metaxy::internal
