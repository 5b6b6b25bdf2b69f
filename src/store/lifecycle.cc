#include <arrow/compute/initialize.h>
#include <fmt/format.h>

#include <algorithm>

#include "metaxy/errors.h"
#include "store/store_session.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

arrow::Status StoreSession::Open(AccessMode mode, const Interrupt& interrupt) {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  const int wanted = mode == AccessMode::kWrite ? kWriting : kReading;
  ARROW_RETURN_NOT_OK(Connect(wanted, interrupt));
  user_mode_ = std::max(user_mode_, wanted);
  return arrow::Status::OK();
}

arrow::Status StoreSession::Connect(int wanted, const Interrupt& interrupt) {
  // Arrow's kernels register themselves on request; to ask twice does nothing.
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  if (*open_mode_ >= wanted) return arrow::Status::OK();
  if (is_view_) {
    return MakeError(
        ErrorCode::kStoreNotOpen,
        fmt::format("store '{}' is a view, which is open {} while the store that it was made of is",
                    options_.name, wanted == kWriting ? "for writing" : "for reading"));
  }
  ARROW_RETURN_NOT_OK(CheckHashAlgorithms());
  ARROW_RETURN_NOT_OK(interrupt.Check("opening the store"));
  ARROW_RETURN_NOT_OK(storage_->Open(wanted == kWriting ? AccessMode::kWrite : AccessMode::kRead));
  *open_mode_ = wanted;
  return arrow::Status::OK();
}

arrow::Status StoreSession::CheckHashAlgorithms() const {
  ARROW_RETURN_NOT_OK(storage_->CheckHashAlgorithm(options_.hash_algorithm));
  ARROW_RETURN_NOT_OK(
      RowHasher::Make(options_.hash_algorithm, graph().hash_truncation_length()).status());
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
  if (!is_view_ && *open_mode_ == kClosed) return arrow::Status::OK();
  if (!is_view_ && borrowers_ > 0) {
    *open_mode_ = kReading;
    return arrow::Status::OK();
  }
  arrow::Status status;
  if (!is_view_) {
    *open_mode_ = kClosed;
    status = storage_->Close(interrupt);
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

arrow::Status StoreSession::CheckOpen() const {
  if (*open_mode_ != kClosed) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kStoreNotOpen,
      fmt::format("store '{}' is not open; call Open() before using it", options_.name));
}

arrow::Status StoreSession::CheckWritable() const {
  ARROW_RETURN_NOT_OK(CheckOpen());
  if (*open_mode_ == kWriting) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kStoreNotOpen,
      fmt::format("store '{}' is open for reading; open it with AccessMode::kWrite to write",
                  options_.name));
}

}  // namespace metaxy::internal
