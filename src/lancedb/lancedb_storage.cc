#include "lancedb/lancedb_storage.h"

#include <arrow/array.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "base/quote.h"
#include "filter/lance_sql.h"
#include "lancedb/connect_options.h"
#include "lancedb/lance_snapshot.h"
#include "lancedb/secrets.h"
#include "lancedb/store_clock.h"
#include "lancedb/store_errors.h"
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

LanceWriteOptions ToWriteOptions(const WriteMark& mark) {
  LanceWriteOptions options{.write_id = mark.id};
  if (mark.latest)
    options.greatest = {mark.latest->micros, mark.latest->version, mark.latest->fragment};
  return options;
}

// Failures that settings can cause of a store on the network.
bool IsOfTheOutside(const arrow::Status& status) {
  switch (GetErrorCode(status)) {
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kTimeout:
    case ErrorCode::kNetwork:
    case ErrorCode::kIo:
      return true;
    default:
      return false;
  }
}

// The libraries below take options of object stores out of the environment also without the
// service's name: an empty TIMEOUT that some other program wants makes every store fail.
std::string EnvironmentRemedy(const LanceConnectOptions& options) {
  const auto names = LanceConnection::EnvironmentStorageOptions(options);
  if (!names.ok() || names->empty()) return "";
  std::vector<std::string> settings;
  for (std::string name : *names) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    settings.push_back("storage_options." + name);
  }
  const bool one = names->size() == 1;
  return fmt::format("; {} in the environment {} taken as {} of the store: unset {}, or set {}",
                     fmt::join(*names, ", "), one ? "is" : "are", one ? "an option" : "options",
                     one ? "it" : "them", fmt::join(settings, ", "));
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
        maintenance_ = std::make_unique<LanceMaintenance>(nullptr, directory, options_);
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
  if (mode == AccessMode::kWrite && maintenance_ && maintenance_options_.automatic && !automatic_) {
    automatic_ =
        std::make_unique<AutomaticMaintenance>(maintenance_.get(), maintenance_options_, log_);
  }
  return arrow::Status::OK();
}

// What the database says, for the user. It may repeat the uri, with the password or the signature
// in it.
arrow::Status LanceDBStorage::Told(const arrow::Status& status) const {
  if (status.ok()) return status;
  std::string message = status.message();
  if (!LocalDirectory(options_.uri) && options_.uri != display_uri_) {
    for (size_t at = message.find(options_.uri); at != std::string::npos;
         at = message.find(options_.uri, at + display_uri_.size()))
      message.replace(at, options_.uri.size(), display_uri_);
  }
  message = WithoutSecrets(std::move(message), options_);
  if (IsOfTheOutside(status)) message += EnvironmentRemedy(options_);
  return status.WithMessage(message);
}

// A server may have done what it was asked for when its answer does not arrive. Where files are
// written, lance itself knows whether the commit was reached.
arrow::Status LanceDBStorage::WrittenOrNot(const arrow::Status& status) const {
  const bool unanswered = IsError(status, ErrorCode::kTimeout) ||
                          (IsError(status, ErrorCode::kNetwork) &&
                           status.message().find(kNoConnection) == std::string::npos &&
                           status.message().find(kNoAddress) == std::string::npos);
  if (status.ok() || maintenance_ || !unanswered) return Told(status);
  const std::string message = status.message().substr(0, status.message().rfind("; "));
  return Told(
      MakeError(ErrorCode::kCommitStateUnknown, fmt::format("{}; {}", message, kReadFirst)));
}

arrow::Status LanceDBStorage::Connect() {
  const auto connection = LanceConnection::Connect(options_);
  if (!connection.ok())
    return WithContext(Told(connection.status()), "store " + Quote(display_uri_));
  ARROW_ASSIGN_OR_RAISE(const bool remote, (*connection)->IsRemote());
  connection_ = *connection;
  if (!remote)
    maintenance_ =
        std::make_unique<LanceMaintenance>(connection_, LocalDirectory(options_.uri), options_);
  return arrow::Status::OK();
}

arrow::Status LanceDBStorage::CheckConditionalWrites() {
  if (writes_are_safe_) return arrow::Status::OK();
  const arrow::Result<bool> refuses = connection_->ProbeConditionalWrite();
  if (!refuses.ok()) return Told(refuses.status());
  if (!*refuses) {
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

StoreTarget LanceDBStorage::target() const {
  if (LocalDirectory(options_.uri)) return StoreTarget::kDirectory;
  return options_.uri.rfind(kServerScheme, 0) == 0 ? StoreTarget::kServer
                                                   : StoreTarget::kObjectStore;
}

arrow::Result<std::optional<bool>> LanceDBStorage::RefusesOverwrites() {
  if (!connection_ || target() == StoreTarget::kServer) return std::nullopt;
  const arrow::Result<bool> refuses = connection_->ProbeConditionalWrite();
  if (!refuses.ok()) return Told(refuses.status());
  return *refuses;
}

arrow::Result<std::optional<std::chrono::milliseconds>> LanceDBStorage::ClockAhead() {
  constexpr std::chrono::seconds kPatience{10};
  const auto ahead = AheadOfServer(options_, kPatience);
  if (!ahead.ok()) return Told(ahead.status());
  return *ahead;
}

arrow::Result<std::vector<std::string>> LanceDBStorage::TableNames() {
  if (!connection_) return std::vector<std::string>();
  arrow::Result<std::vector<std::string>> names = connection_->TableNames();
  if (!names.ok()) return Told(names.status());
  // Servers promise no order.
  std::sort(names->begin(), names->end());
  return names;
}

arrow::Result<std::shared_ptr<const TableSnapshot>> LanceDBStorage::OpenTable(
    const std::string& name) {
  if (!connection_) return nullptr;
  auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) {
    ARROW_RETURN_NOT_OK(CheckDirectory(name));
    return nullptr;
  }
  ARROW_RETURN_NOT_OK(Told(table.status()));
  return LanceSnapshot::Make(std::move(*table));
}

arrow::Result<uint64_t> LanceDBStorage::CreateTable(const std::string& name,
                                                    std::shared_ptr<arrow::RecordBatchReader> rows,
                                                    const WriteMark& mark) {
  ARROW_RETURN_NOT_OK(CheckDirectory(name));
  const auto table = connection_->CreateTable(name, std::move(rows), ToWriteOptions(mark));
  if (!table.ok()) return WrittenOrNot(table.status());
  // Where the rows are is of less worth than that they are there.
  return (*table)->Version().ValueOr(0);
}

arrow::Result<uint64_t> LanceDBStorage::Append(const std::string& name,
                                               std::shared_ptr<arrow::RecordBatchReader> rows,
                                               const WriteMark& mark, const Interrupt& interrupt) {
  const auto table = connection_->OpenTable(name);
  ARROW_RETURN_NOT_OK(Told(table.status()));
  const arrow::Result<uint64_t> version = (*table)->Append(std::move(rows), ToWriteOptions(mark));
  if (!version.ok()) return WrittenOrNot(version.status());
  Committed(name, *version, interrupt);
  return *version;
}

arrow::Result<std::optional<uint64_t>> LanceDBStorage::FindWrite(const std::string& name,
                                                                 const std::string& write_id,
                                                                 uint64_t since) {
  // Also a call whose time is up wants to know.
  constexpr std::chrono::milliseconds kGrace{500};
  const InterruptScope scope(InterruptScope::Current().WithGrace(kGrace));
  const auto table = connection_->OpenTable(name);
  if (IsError(table.status(), ErrorCode::kTableNotFound)) return std::nullopt;
  ARROW_RETURN_NOT_OK(Told(table.status()));
  const auto version = (*table)->FindWrite(write_id, since);
  ARROW_RETURN_NOT_OK(Told(version.status()));
  return *version;
}

arrow::Status LanceDBStorage::CheckReplace(const std::string& name, const TableSnapshot& base) {
  const auto indices = static_cast<const LanceSnapshot&>(base).table().Indices();
  if (!indices.ok()) return Told(indices.status());
  if (indices->empty()) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kNotSupported,
      fmt::format("table {} has to be written anew, which would drop {} {}; nothing was written. "
                  "Drop {} with lancedb (table.drop_index), and create {} again afterwards; or "
                  "write what fits the stored types",
                  Quote(name), indices->size() == 1 ? "its index" : "its indices",
                  fmt::join(*indices, ", "), indices->size() == 1 ? "it" : "them",
                  indices->size() == 1 ? "it" : "them"));
}

arrow::Status LanceDBStorage::ReplaceTable(const std::string&, const TableSnapshot& base,
                                           std::shared_ptr<arrow::RecordBatchReader> rows) {
  // The rows are those of the base, in other types.
  const arrow::Result<std::optional<LatestTime>> latest = base.FindLatestTime(TimeColumns());
  ARROW_RETURN_NOT_OK(Told(latest.status()));
  LanceTable& table = static_cast<const LanceSnapshot&>(base).table();
  return Told(table.Replace(std::move(rows), ToWriteOptions({.latest = *latest})).status());
}

arrow::Status LanceDBStorage::AddColumns(const std::string& name,
                                         const std::shared_ptr<arrow::Schema>& columns) {
  const auto table = connection_->OpenTable(name);
  ARROW_RETURN_NOT_OK(Told(table.status()));
  return Told((*table)->AddNullColumns(*columns).status());
}

arrow::Result<int64_t> LanceDBStorage::DeleteRows(
    const std::string& name, const std::optional<arrow::compute::Expression>& filter) {
  const arrow::Result<LanceDeleteResult> deleted = DeleteMatching(name, filter);
  ARROW_RETURN_NOT_OK(Told(deleted.status()));
  return static_cast<int64_t>(deleted->rows_deleted);
}

arrow::Result<LanceDeleteResult> LanceDBStorage::DeleteMatching(
    const std::string& name, const std::optional<arrow::compute::Expression>& filter) {
  ARROW_ASSIGN_OR_RAISE(auto table, connection_->OpenTable(name));
  ARROW_ASSIGN_OR_RAISE(const auto schema, table->Schema());
  if (!filter) return table->Delete("true");
  if (const auto sql = ToLanceSql(*filter, *schema)) return table->Delete(*sql);
  // What Lance would answer differently is answered here, and the rows are named one by one. Their
  // ids hold for this version alone, because a compaction moves rows.
  ARROW_ASSIGN_OR_RAISE(const uint64_t version, table->Version());
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, LanceSnapshot::Make(std::move(table)));
  ARROW_ASSIGN_OR_RAISE(const auto rows, snapshot->Scan({.columns = {}, .filter = filter}));
  ARROW_ASSIGN_OR_RAISE(const std::string predicate, RowIdPredicate(*rows));
  if (predicate.empty()) return LanceDeleteResult{.version = version};
  ARROW_ASSIGN_OR_RAISE(table, connection_->OpenTable(name));
  ARROW_ASSIGN_OR_RAISE(const uint64_t latest, table->Version());
  if (latest != version) {
    return MakeError(ErrorCode::kCommitConflict,
                     fmt::format("table {} was written to while its rows were chosen; delete again",
                                 Quote(name)),
                     /*retryable=*/true);
  }
  return table->Delete(predicate);
}

arrow::Status LanceDBStorage::DropTable(const std::string& name) {
  const arrow::Status status = connection_->DropTable(name);
  return IsError(status, ErrorCode::kTableNotFound) ? arrow::Status::OK() : Told(status);
}

}  // namespace metaxy::internal
