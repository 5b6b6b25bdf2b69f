#include "lancedb/lancedb_storage.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "lancedb/connect_options.h"
#include "lancedb/lance_snapshot.h"
#include "metaxy/errors.h"
#include "quote.h"

namespace metaxy::internal {
namespace {

arrow::Status MakeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && std::filesystem::is_directory(directory, error)) return arrow::Status::OK();
  const bool denied = error == std::errc::permission_denied || error == std::errc::read_only_file_system;
  return MakeError(denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo,
                   fmt::format("cannot create the store's directory {}: {}", Quote(directory.string()),
                               error ? error.message() : "there is a file of this name"));
}

}  // namespace

arrow::Status LanceDBStorage::Open(AccessMode mode) {
  if (const auto directory = LocalDirectory(options_.uri)) {
    if (mode == AccessMode::kWrite) {
      ARROW_RETURN_NOT_OK(MakeDirectory(*directory));
    } else {
      // To look into a store must not create it; until somebody writes, it is empty.
      std::error_code error;
      if (!std::filesystem::exists(*directory, error)) return arrow::Status::OK();
    }
  }
  if (connection_) return arrow::Status::OK();
  const auto connection = LanceConnection::Connect(options_);
  if (!connection.ok()) return WithContext(connection.status(), "store " + Quote(display_uri_));
  connection_ = *connection;
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::Close() {
  connection_.reset();
  return arrow::Status::OK();
}

std::string LanceDBStorage::display() const { return "LanceDBMetadataStore(path=" + display_uri_ + ")"; }

std::string LanceDBStorage::type_name() const { return "metaxy.ext.lancedb.metadata_store.LanceDBMetadataStore"; }

arrow::Result<std::shared_ptr<const TableSnapshot>> LanceDBStorage::OpenTable(const std::string& name) {
  if (!connection_) return nullptr;
  auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) return nullptr;
  ARROW_RETURN_NOT_OK(table.status());
  return LanceSnapshot::Make(std::move(*table));
}

arrow::Status LanceDBStorage::CreateTable(const std::string& name, std::shared_ptr<arrow::RecordBatchReader> rows) {
  return connection_->CreateTable(name, std::move(rows)).status();
}

arrow::Status LanceDBStorage::Append(const std::string& name, std::shared_ptr<arrow::RecordBatchReader> rows) {
  ARROW_ASSIGN_OR_RAISE(const auto table, connection_->OpenTable(name));
  return table->Append(std::move(rows)).status();
}

arrow::Status LanceDBStorage::AddColumns(const std::string& name, const std::shared_ptr<arrow::Schema>& columns) {
  ARROW_ASSIGN_OR_RAISE(const auto table, connection_->OpenTable(name));
  return table->AddNullColumns(*columns).status();
}

arrow::Status LanceDBStorage::DropTable(const std::string& name) {
  const arrow::Status status = connection_->DropTable(name);
  return IsError(status, ErrorCode::kTableNotFound) ? arrow::Status::OK() : status;
}

}  // namespace metaxy::internal
