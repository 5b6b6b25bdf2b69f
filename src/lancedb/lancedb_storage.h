// LanceDB backend of a MetadataStore.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "lancedb/bridge.h"
#include "lancedb/connect_options.h"
#include "lancedb/failure_reporter.h"
#include "lancedb/lance_maintenance.h"
#include "lancedb/lance_tags.h"
#include "metaxy/lancedb_metadata_store.h"
#include "store/storage.h"

namespace metaxy::internal {

class LanceDBStorage final : public Storage {
 public:
  LanceDBStorage(LanceConnectOptions options, std::string display_uri,
                 bool allow_unconditional_writes = false)
      : options_(std::move(options)),
        display_uri_(std::move(display_uri)),
        writes_are_safe_(allow_unconditional_writes || !NeedsConditionalWriteProbe(options_)),
        failures_(std::make_shared<const FailureReporter>(options_, display_uri_,
                                                          target() == StoreTarget::kServer)) {}

  arrow::Status Open(AccessMode mode) override;
  arrow::Status Close() override;
  std::string display() const override;
  std::string type_name() const override;
  std::string place() const override { return options_.uri; }

  StoreTarget target() const override;
  arrow::Result<std::optional<bool>> SupportsConditionalWrites() override;
  arrow::Result<std::optional<std::chrono::milliseconds>> ClockSkew() override;
  arrow::Result<std::vector<std::string>> TableNames() override;
  arrow::Result<std::shared_ptr<StoredTable>> OpenTable(const std::string& name) override;
  arrow::Result<uint64_t> CreateTable(const std::string& name,
                                      std::shared_ptr<arrow::RecordBatchReader> rows,
                                      const WriteMark& mark) override;
  arrow::Result<std::optional<uint64_t>> FindWrite(const std::string& name,
                                                   const std::string& write_id,
                                                   uint64_t since) override;
  arrow::Status DropTable(const std::string& name) override;
  TableMaintenance* maintenance() override { return maintenance_.get(); }
  TableTags* tags() override { return tags_.get(); }

 private:
  arrow::Status Connect();
  /// NotSupported if the store does not keep two writers from losing each other's commits.
  arrow::Status CheckConditionalWrites();
  /// Io if the directory has vanished: its tables are not empty, but unreachable. A new table would
  /// hide them when it comes back.
  arrow::Status CheckDirectory(const std::string& table) const;

  LanceConnectOptions options_;
  std::string display_uri_;
  /// Known to be, or said to be by the user.
  bool writes_are_safe_;
  std::shared_ptr<const FailureReporter> failures_;
  /// Null while closed, and while a directory that was opened for reading does not exist.
  std::shared_ptr<LanceConnection> connection_;
  /// Null while there is no connection, and for servers, which maintain their tables themselves.
  std::unique_ptr<LanceMaintenance> maintenance_;
  /// Null in the same cases.
  std::unique_ptr<LanceTags> tags_;
};

}  // namespace metaxy::internal
