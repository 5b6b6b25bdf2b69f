#include "lancedb/lancedb_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/memory_budget.h"
#include "base/quote.h"
#include "lancedb/connect_options.h"
#include "lancedb/lance_stored_table.h"
#include "lancedb/store_clock.h"
#include "lancedb/store_place.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr const char* kServerScheme = "db://";

arrow::Status MakeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && std::filesystem::is_directory(directory, error)) return arrow::Status::OK();
  const bool denied =
      error == std::errc::permission_denied || error == std::errc::read_only_file_system;
  return MakeError(
      denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo,
      fmt::format("cannot create the store's directory {}: {}", Quote(directory.string()),
                  error ? error.message() : "there is a file of this name"));
}

}  // namespace

arrow::Status LanceDBStorage::Open(AccessMode mode) {
  if (const auto directory = LocalDirectory(options_.uri)) {
    if (mode == AccessMode::kWrite) {
      ARROW_RETURN_NOT_OK(MakeDirectory(*directory));
    } else {
      // Looking into a store must not create it; until the first write, it is empty.
      std::error_code error;
      if (!connection_ && !std::filesystem::exists(*directory, error)) {
        maintenance_ = std::make_unique<LanceMaintenance>(nullptr, directory, options_);
        tags_ = std::make_unique<LanceTags>(nullptr, failures_);
        return arrow::Status::OK();
      }
      if (!connection_ && !std::filesystem::is_directory(*directory, error) && !error) {
        return MakeError(ErrorCode::kIo,
                         fmt::format("cannot open the store's directory {}: there is a file of "
                                     "this name; remove it, or correct the store's uri",
                                     Quote(directory->string())));
      }
    }
  }
  if (!connection_) ARROW_RETURN_NOT_OK(Connect());
  if (mode == AccessMode::kWrite) ARROW_RETURN_NOT_OK(CheckConditionalWrites());
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::Connect() {
  options_.cache_bytes = MemoryScope::Current().caches();
  const auto connection = LanceConnection::Connect(options_);
  if (!connection.ok())
    return WithContext(failures_->Redact(connection.status()), "store " + Quote(display_uri_));
  ARROW_ASSIGN_OR_RAISE(const bool remote, (*connection)->IsRemote());
  connection_ = *connection;
  if (remote) return arrow::Status::OK();
  maintenance_ =
      std::make_unique<LanceMaintenance>(connection_, LocalDirectory(options_.uri), options_);
  tags_ = std::make_unique<LanceTags>(connection_, failures_);
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::CheckConditionalWrites() {
  if (writes_are_safe_) return arrow::Status::OK();
  const arrow::Result<bool> refuses = connection_->ProbeConditionalWrite();
  if (!refuses.ok()) return failures_->Redact(refuses.status());
  if (!*refuses) {
    return MakeError(
        ErrorCode::kNotSupported,
        fmt::format(
            "the server of {} does not support conditional writes (If-None-Match), so that "
            "concurrent writers could lose rows; use a server that does, or have one writer at a "
            "time and set allow_unconditional_writes = true under [ext.cpp.stores.NAME]",
            Quote(display_uri_)));
  }
  writes_are_safe_ = true;
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::Close() {
  tags_.reset();
  maintenance_.reset();
  connection_.reset();
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::CheckDirectory(const std::string& table) const {
  const auto directory = LocalDirectory(options_.uri);
  std::error_code error;
  if (!directory || std::filesystem::exists(*directory, error)) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kIo,
      fmt::format("cannot open table {}: the store's directory {} has disappeared since the store "
                  "was opened; mount or restore it, and reopen the store",
                  Quote(table), Quote(directory->string())));
}

std::string LanceDBStorage::display() const {
  return "LanceDBMetadataStore(path=" + display_uri_ + ")";
}

std::string LanceDBStorage::type_name() const {
  return "metaxy.ext.lancedb.metadata_store.LanceDBMetadataStore";
}

StoreTarget LanceDBStorage::target() const {
  if (LocalDirectory(options_.uri)) return StoreTarget::kDirectory;
  return options_.uri.rfind(kServerScheme, 0) == 0 ? StoreTarget::kServer
                                                   : StoreTarget::kObjectStore;
}

arrow::Result<std::optional<bool>> LanceDBStorage::SupportsConditionalWrites() {
  if (!connection_ || target() == StoreTarget::kServer) return std::nullopt;
  const arrow::Result<bool> refuses = connection_->ProbeConditionalWrite();
  if (!refuses.ok()) return failures_->Redact(refuses.status());
  return *refuses;
}

arrow::Result<std::optional<std::chrono::milliseconds>> LanceDBStorage::ClockSkew() {
  constexpr std::chrono::seconds kPatience{10};
  const auto ahead = AheadOfServer(options_, kPatience);
  if (!ahead.ok()) return failures_->Redact(ahead.status());
  return *ahead;
}

arrow::Result<std::vector<std::string>> LanceDBStorage::TableNames() {
  if (!connection_) return std::vector<std::string>();
  arrow::Result<std::vector<std::string>> names = connection_->TableNames();
  if (!names.ok()) return failures_->Redact(names.status());
  // Servers promise no order.
  std::sort(names->begin(), names->end());
  return names;
}

arrow::Result<std::shared_ptr<StoredTable>> LanceDBStorage::OpenTable(const std::string& name) {
  if (!connection_) return nullptr;
  auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) {
    ARROW_RETURN_NOT_OK(CheckDirectory(name));
    return nullptr;
  }
  if (!table.ok()) return failures_->Redact(table.status());
  return LanceStoredTable::Make(std::move(*table), failures_, target() == StoreTarget::kServer);
}

arrow::Result<uint64_t> LanceDBStorage::CreateTable(const std::string& name,
                                                    std::shared_ptr<arrow::RecordBatchReader> rows,
                                                    const WriteMark& mark) {
  ARROW_RETURN_NOT_OK(CheckDirectory(name));
  const auto table = connection_->CreateTable(name, std::move(rows), ToWriteOptions(mark));
  if (!table.ok()) return failures_->MarkUnknownOutcome(table.status());
  // Where the rows are is of less worth than that they are there.
  return (*table)->Version().ValueOr(0);
}

arrow::Result<std::optional<uint64_t>> LanceDBStorage::FindWrite(const std::string& name,
                                                                 const std::string& write_id,
                                                                 uint64_t since) {
  // Also needed by a call whose deadline has passed.
  constexpr std::chrono::milliseconds kGrace{500};
  const InterruptScope scope(InterruptScope::Current().WithGrace(kGrace));
  const auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) return std::nullopt;
  ARROW_RETURN_NOT_OK(failures_->Redact(table.status()));
  return failures_->Redact((*table)->FindWrite(write_id, since));
}

arrow::Status LanceDBStorage::DropTable(const std::string& name) {
  const arrow::Status status = connection_->DropTable(name);
  return IsError(status, ErrorCode::kTableNotFound) ? arrow::Status::OK()
                                                    : failures_->Redact(status);
}

}  // namespace metaxy::internal
