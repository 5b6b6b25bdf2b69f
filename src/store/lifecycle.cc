#include <arrow/compute/initialize.h>
#include <fmt/format.h>

#include <algorithm>

#include "metaxy/errors.h"
#include "store/store_session.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

StoreSession::StoreSession(MetadataStore* self, MetadataStoreOptions options,
                           std::shared_ptr<Storage> storage)
    : self_(self),
      options_(std::move(options)),
      log_(options_.on_log),
      storage_(std::move(storage)) {
  graphs_.push_back(options_.graph);
}

StoreSession::StoreSession(MetadataStore* self, MetadataStoreOptions options,
                           const StoreSession& store)
    : StoreSession(self, std::move(options), store.storage_) {
  connection_ = store.connection_;
  is_view_ = true;
  is_read_only_ = store.is_read_only_;
}

StoreSession::StoreSession(MetadataStore* self, MetadataStoreOptions options,
                           const StoreSession& store, std::shared_ptr<Storage> storage)
    : StoreSession(self, std::move(options), store) {
  storage_ = std::move(storage);
  is_read_only_ = true;
}

ExecutionOptions StoreSession::WithDefaults(ExecutionOptions execution) const {
  if (!execution.memory_limit) execution.memory_limit = options_.memory_limit;
  return execution;
}

MemoryBudget StoreSession::MemoryOf(const ExecutionOptions& execution) const {
  const std::optional<int64_t> limit = WithDefaults(execution).memory_limit;
  return limit ? MemoryBudget(*limit) : MemoryBudget();
}

arrow::Status StoreSession::Open(AccessMode mode, const Interrupt& interrupt) {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  const int wanted = mode == AccessMode::kWrite ? kWriting : kReading;
  ARROW_RETURN_NOT_OK(Connect(wanted, interrupt));
  user_mode_ = std::max(user_mode_, wanted);
  return arrow::Status::OK();
}

arrow::Status StoreSession::Connect(int wanted, const Interrupt& interrupt) {
  // Arrow's kernels have to be registered explicitly; registering twice does nothing.
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  if (wanted == kWriting && is_read_only_) return storage_->Open(AccessMode::kWrite);
  if (connection_->mode >= wanted) return arrow::Status::OK();
  if (is_view_) {
    return MakeError(
        ErrorCode::kStoreNotOpen,
        fmt::format("store '{}' is a view, which is open {} while the store that it was made of is",
                    options_.name, wanted == kWriting ? "for writing" : "for reading"));
  }
  ARROW_RETURN_NOT_OK(CheckHashAlgorithms());
  ARROW_RETURN_NOT_OK(interrupt.Check("opening the store"));
  ARROW_RETURN_NOT_OK(storage_->Open(wanted == kWriting ? AccessMode::kWrite : AccessMode::kRead));
  TableMaintenance* const tables = storage_->maintenance();
  if (wanted == kWriting && tables && options_.maintenance.automatic && !connection_->maintenance) {
    connection_->maintenance =
        std::make_unique<AutomaticMaintenance>(tables, options_.maintenance, log_);
  }
  connection_->mode = wanted;
  return arrow::Status::OK();
}

arrow::Status StoreSession::CheckHashAlgorithms() const {
  ARROW_RETURN_NOT_OK(
      RowHasher::Make(options_.hash_algorithm, shared_graph()->hash_truncation_length()).status());
  for (const auto& fallback : options_.fallback_stores) {
    if (fallback->hash_algorithm() == options_.hash_algorithm) continue;
    return MakeError(
        ErrorCode::kHashAlgorithmMismatch,
        fmt::format("store '{}' uses hash algorithm {}, its fallback store '{}' {}; all stores of "
                    "a chain must "
                    "use the same one, set hash_algorithm in the configuration of both",
                    options_.name, HashAlgorithmName(options_.hash_algorithm), fallback->name(),
                    HashAlgorithmName(fallback->hash_algorithm())));
  }
  return arrow::Status::OK();
}

arrow::Status StoreSession::Close(const Interrupt& interrupt) {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  user_mode_ = kClosed;
  return Disconnect(interrupt);
}

arrow::Status StoreSession::Disconnect(const Interrupt& interrupt) {
  arrow::Status status;
  if (!is_view_) {
    if (connection_->mode == kClosed) return arrow::Status::OK();
    if (borrowers_ > 0) {
      connection_->mode = kReading;
      return arrow::Status::OK();
    }
    connection_->mode = kClosed;
    if (connection_->maintenance) connection_->maintenance->BeforeClose(interrupt);
    connection_->maintenance.reset();
    status = storage_->Close();
  }
  for (StoreSession* fallback : borrowed_) status &= fallback->Return();
  borrowed_.clear();
  return status;
}

arrow::Status StoreSession::Borrow(StoreSession& fallback, const Interrupt& interrupt) {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  if (std::find(borrowed_.begin(), borrowed_.end(), &fallback) != borrowed_.end())
    return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(fallback.Lend(interrupt));
  borrowed_.push_back(&fallback);
  return arrow::Status::OK();
}

arrow::Status StoreSession::Lend(const Interrupt& interrupt) {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  ARROW_RETURN_NOT_OK(Connect(kReading, interrupt));
  ++borrowers_;
  return arrow::Status::OK();
}

arrow::Status StoreSession::Return() {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  --borrowers_;
  return user_mode_ == kClosed ? Disconnect({}) : arrow::Status::OK();
}

void StoreSession::AfterAppend(const std::string& table, const AppendResult& appended,
                               const Interrupt& interrupt) {
  // One write leaves a table in order.
  if (connection_->maintenance && !appended.created)
    connection_->maintenance->AfterCommit(table, appended.version, interrupt);
}

arrow::Result<std::shared_ptr<MetadataStore>> StoreSession::ViewAt(
    MetadataStoreOptions options,
    const std::function<std::shared_ptr<Storage>(std::shared_ptr<Storage>)>& at) const {
  ARROW_RETURN_NOT_OK(options.Validate());
  return std::shared_ptr<MetadataStore>(new MetadataStore(std::move(options), *this, at(storage_)));
}

namespace {

// The name is the configuration's; a program that makes a store need not give one.
std::string NameOf(const MetadataStoreOptions& options) {
  return options.name.empty() ? "the store" : fmt::format("store '{}'", options.name);
}

}  // namespace

arrow::Status StoreSession::CheckOpen() const {
  if (connection_->mode != kClosed) return arrow::Status::OK();
  return MakeError(ErrorCode::kStoreNotOpen,
                   fmt::format("{} is not open; open it before using it", NameOf(options_)));
}

arrow::Status StoreSession::CheckWritable() const {
  ARROW_RETURN_NOT_OK(CheckOpen());
  if (is_read_only_) return storage_->Open(AccessMode::kWrite);
  if (connection_->mode == kWriting) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kStoreNotOpen,
      fmt::format("{} is open for reading; open it for writing to change it", NameOf(options_)));
}

}  // namespace metaxy::internal
