#include "c_api/guard.h"

#include <cstdlib>
#include <cstring>
#include <string>

namespace metaxy::internal {
namespace {

void Release(metaxy_error* error) {
  std::free(error->message);
  error->message = nullptr;
  error->release = nullptr;
}

}  // namespace

char* CopyText(const char* text, size_t length) noexcept {
  auto* copy = static_cast<char*>(std::malloc(length + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

char* NewText(std::string_view text) {
  char* copy = CopyText(text.data(), text.size());
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

int32_t Report(const arrow::Status& status, metaxy_error* error) noexcept {
  if (status.ok()) return METAXY_OK;
  const ErrorCode code = GetErrorCode(status);
  if (error != nullptr) {
    error->code = static_cast<int32_t>(code);
    error->retryable = IsRetryable(status) ? 1 : 0;
    error->message = CopyText(status.message().data(), status.message().size());
    error->release = &Release;
  }
  return static_cast<int32_t>(code);
}

arrow::Status CheckGiven(const void* argument, const char* name) {
  if (argument != nullptr) return arrow::Status::OK();
  return MakeError(ErrorCode::kInvalidInput, std::string("argument `") + name + "` is NULL");
}

}  // namespace metaxy::internal
