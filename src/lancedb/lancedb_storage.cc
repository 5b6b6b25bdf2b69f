#include "lancedb/lancedb_storage.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "filter/lance_sql.h"
#include "lancedb/connect_options.h"
#include "lancedb/lance_snapshot.h"
#include "lancedb/store_errors.h"
#include "metaxy/errors.h"
#include "quote.h"

namespace metaxy::internal {
namespace {

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

// "_rowid in (1, 2)" for the rows of a scan; empty if there are none.
arrow::Result<std::string> RowIdPredicate(arrow::RecordBatchReader& rows) {
  std::string ids;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(rows.ReadNext(&batch));
    if (!batch) break;
    const auto& column =
        static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    for (int64_t i = 0; i < column.length(); ++i)
      ids += (ids.empty() ? "" : ", ") + std::to_string(column.Value(i));
  }
  return ids.empty() ? ids : fmt::format("{} in ({})", kRowIdColumn, ids);
}

}  // namespace

arrow::Status LanceDBStorage::Open(AccessMode mode) {
  if (const auto directory = LocalDirectory(options_.uri)) {
    if (mode == AccessMode::kWrite) {
      ARROW_RETURN_NOT_OK(MakeDirectory(*directory));
    } else {
      // To look into a store must not create it; until somebody writes, it is empty.
      std::error_code error;
      if (!connection_ && !std::filesystem::exists(*directory, error)) {
        maintenance_ = std::make_unique<LanceMaintenance>(nullptr, directory);
        return arrow::Status::OK();
      }
    }
  }
  if (!connection_) ARROW_RETURN_NOT_OK(Connect());
  if (mode == AccessMode::kWrite) ARROW_RETURN_NOT_OK(CheckConditionalWrites());
  if (mode == AccessMode::kWrite && maintenance_ && maintenance_options_.automatic && !automatic_) {
    automatic_ =
        std::make_unique<AutomaticMaintenance>(maintenance_.get(), maintenance_options_, log_);
  }
  return arrow::Status::OK();
}

// What the database says may repeat the uri, with the password or the signature in it.
arrow::Status LanceDBStorage::WithoutSecrets(const arrow::Status& status) const {
  std::string message = status.message();
  const auto replace = [&message](const std::string& text, const std::string& by) {
    for (size_t at = message.find(text); at != std::string::npos;
         at = message.find(text, at + by.size()))
      message.replace(at, text.size(), by);
  };
  if (status.ok()) return status;
  if (options_.uri != display_uri_) replace(options_.uri, display_uri_);
  if (!options_.api_key.empty()) replace(options_.api_key, "***");
  // Names and sizes are too short to be secret, and texts that messages need.
  constexpr size_t kShortestSecret = 12;
  for (const auto& [name, value] : options_.storage_options)
    if (value.size() >= kShortestSecret && value.find("://") == std::string::npos)
      replace(value, "***");
  return status.WithMessage(message);
}

// A server may have done what it was asked for when its answer does not arrive. Where files are
// written, lance itself knows whether the commit was reached.
arrow::Status LanceDBStorage::WrittenOrNot(const arrow::Status& status) const {
  const bool unanswered = IsError(status, ErrorCode::kTimeout) ||
                          (IsError(status, ErrorCode::kNetwork) &&
                           status.message().find(kNoConnection) == std::string::npos);
  if (status.ok() || maintenance_ || !unanswered) return WithoutSecrets(status);
  const std::string message = status.message().substr(0, status.message().rfind("; "));
  return WithoutSecrets(
      MakeError(GetErrorCode(status),
                message + "; the rows may be there or not: read before writing them again"));
}

arrow::Status LanceDBStorage::Connect() {
  const auto connection = LanceConnection::Connect(options_);
  if (!connection.ok())
    return WithContext(WithoutSecrets(connection.status()), "store " + Quote(display_uri_));
  ARROW_ASSIGN_OR_RAISE(const bool remote, (*connection)->IsRemote());
  connection_ = *connection;
  if (!remote)
    maintenance_ = std::make_unique<LanceMaintenance>(connection_, LocalDirectory(options_.uri));
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::CheckConditionalWrites() {
  if (writes_are_safe_) return arrow::Status::OK();
  const arrow::Result<LanceWriteProbe> probe = connection_->ProbeConditionalWrite();
  if (!probe.ok()) return WithoutSecrets(probe.status());
  if (!probe->refuses) {
    return MakeError(
        ErrorCode::kNotSupported,
        fmt::format("the server of {} replaces files that it was asked to create only if they are "
                    "not there, so that two writers at once could lose rows; use a server with "
                    "conditional writes (If-None-Match), or have one writer at a time and set "
                    "allow_unconditional_writes = true under [ext.cpp.stores.NAME]",
                    Quote(display_uri_)));
  }
  writes_are_safe_ = true;
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::Close(const Interrupt& interrupt) {
  if (automatic_) automatic_->BeforeClose(interrupt);
  automatic_.reset();
  maintenance_.reset();
  connection_.reset();
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::CheckDirectory(const std::string& table) const {
  const auto directory = LocalDirectory(options_.uri);
  std::error_code error;
  if (!directory || std::filesystem::exists(*directory, error)) return arrow::Status::OK();
  return MakeError(ErrorCode::kIo,
                   fmt::format("cannot open table {}: the store's directory {} is gone since the "
                               "store was opened; mount or restore it, and open the store again",
                               Quote(table), Quote(directory->string())));
}

void LanceDBStorage::Committed(const std::string& table, uint64_t version,
                               const Interrupt& interrupt) {
  if (automatic_) automatic_->AfterCommit(table, version, interrupt);
}

std::string LanceDBStorage::display() const {
  return "LanceDBMetadataStore(path=" + display_uri_ + ")";
}

std::string LanceDBStorage::type_name() const {
  return "metaxy.ext.lancedb.metadata_store.LanceDBMetadataStore";
}

arrow::Status LanceDBStorage::CheckHashAlgorithm(HashAlgorithm algorithm) const {
  if (algorithm != HashAlgorithm::kFarmhash) return arrow::Status::OK();
  return MakeError(ErrorCode::kHashAlgorithmNotSupported,
                   "hash_algorithm 'farmhash' is not available in LanceDB stores; use xxhash32, "
                   "xxhash64, xxh3_64, wyhash, "
                   "sha256 or md5");
}

arrow::Result<std::shared_ptr<const TableSnapshot>> LanceDBStorage::OpenTable(
    const std::string& name) {
  if (!connection_) return nullptr;
  auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) {
    ARROW_RETURN_NOT_OK(CheckDirectory(name));
    return nullptr;
  }
  ARROW_RETURN_NOT_OK(WithoutSecrets(table.status()));
  return LanceSnapshot::Make(std::move(*table));
}

arrow::Status LanceDBStorage::CreateTable(const std::string& name,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const std::string& write_id) {
  ARROW_RETURN_NOT_OK(CheckDirectory(name));
  return WrittenOrNot(
      connection_->CreateTable(name, std::move(rows), {.write_id = write_id}).status());
}

arrow::Status LanceDBStorage::Append(const std::string& name,
                                     std::shared_ptr<arrow::RecordBatchReader> rows,
                                     const std::string& write_id, const Interrupt& interrupt) {
  const auto table = connection_->OpenTable(name);
  ARROW_RETURN_NOT_OK(WithoutSecrets(table.status()));
  const arrow::Result<uint64_t> version = (*table)->Append(std::move(rows), {.write_id = write_id});
  if (!version.ok()) return WrittenOrNot(version.status());
  Committed(name, *version, interrupt);
  return arrow::Status::OK();
}

arrow::Result<bool> LanceDBStorage::WasWritten(const std::string& name, const std::string& write_id,
                                               uint64_t since) {
  const auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) return false;
  ARROW_RETURN_NOT_OK(WithoutSecrets(table.status()));
  const auto version = (*table)->FindWrite(write_id, since);
  ARROW_RETURN_NOT_OK(WithoutSecrets(version.status()));
  return version->has_value();
}

arrow::Status LanceDBStorage::ReplaceTable(const std::string&, const TableSnapshot& base,
                                           std::shared_ptr<arrow::RecordBatchReader> rows) {
  return WithoutSecrets(
      static_cast<const LanceSnapshot&>(base).table().Replace(std::move(rows)).status());
}

arrow::Status LanceDBStorage::AddColumns(const std::string& name,
                                         const std::shared_ptr<arrow::Schema>& columns) {
  const auto table = connection_->OpenTable(name);
  ARROW_RETURN_NOT_OK(WithoutSecrets(table.status()));
  return WithoutSecrets((*table)->AddNullColumns(*columns).status());
}

arrow::Status LanceDBStorage::DeleteRows(const std::string& name,
                                         const std::optional<arrow::compute::Expression>& filter) {
  return WithoutSecrets(DeleteMatching(name, filter));
}

arrow::Status LanceDBStorage::DeleteMatching(
    const std::string& name, const std::optional<arrow::compute::Expression>& filter) {
  ARROW_ASSIGN_OR_RAISE(auto table, connection_->OpenTable(name));
  ARROW_ASSIGN_OR_RAISE(const auto schema, table->Schema());
  if (!filter) return table->Delete("true").status();
  if (const auto sql = ToLanceSql(*filter, *schema)) return table->Delete(*sql).status();
  // What Lance would answer differently is answered here, and the rows are named one by one. Their
  // ids hold for this version alone, because a compaction moves rows.
  ARROW_ASSIGN_OR_RAISE(const uint64_t version, table->Version());
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, LanceSnapshot::Make(std::move(table)));
  ARROW_ASSIGN_OR_RAISE(const auto rows, snapshot->Scan({.columns = {}, .filter = filter}));
  ARROW_ASSIGN_OR_RAISE(const std::string predicate, RowIdPredicate(*rows));
  if (predicate.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(table, connection_->OpenTable(name));
  ARROW_ASSIGN_OR_RAISE(const uint64_t latest, table->Version());
  if (latest != version) {
    return MakeError(ErrorCode::kCommitConflict,
                     fmt::format("table {} was written to while its rows were chosen; delete again",
                                 Quote(name)),
                     /*retryable=*/true);
  }
  return table->Delete(predicate).status();
}

arrow::Status LanceDBStorage::DropTable(const std::string& name) {
  const arrow::Status status = connection_->DropTable(name);
  return IsError(status, ErrorCode::kTableNotFound) ? arrow::Status::OK() : WithoutSecrets(status);
}

}  // namespace metaxy::internal
