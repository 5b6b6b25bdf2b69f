// C boundary: statuses and exceptions become codes and messages.
#pragma once

#include <arrow/status.h>

#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "metaxy/c_api.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

/// The code of a status, whose message goes into `error`, which may be null.
int32_t Report(const arrow::Status& status, metaxy_error* error) noexcept;

/// Runs the body of an interface function, which returns a status.
template <class Body>
int32_t Guarded(metaxy_error* error, Body&& body) noexcept {
  try {
    return Report(std::forward<Body>(body)(), error);
  } catch (const std::bad_alloc&) {
    return Report(MakeError(ErrorCode::kResourceExhausted, "not enough memory"), error);
  } catch (const std::exception& failure) {
    return Report(MakeError(ErrorCode::kInternal, failure.what()), error);
  } catch (...) {
    return Report(MakeError(ErrorCode::kInternal, "an exception without a message"), error);
  }
}

/// InvalidInput if a required argument is null.
arrow::Status CheckGiven(const void* argument, const char* name);

/// A string owned by the caller; null if out of memory.
char* CopyText(const char* text, size_t length) noexcept;

/// The same; throws std::bad_alloc.
char* NewText(std::string_view text);

}  // namespace metaxy::internal
