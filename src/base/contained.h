// Exception containment: an exception thrown below a public function, or by a callback or reader of
// the user, becomes a status.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace metaxy::internal {

/// The exception that is being handled, for a catch block: ResourceExhausted if out of memory, else
/// Internal.
arrow::Status CaughtException();

/// The same for an exception thrown by the user's `thrower`, such as "on_progress": InvalidInput.
arrow::Status CaughtFromUser(std::string_view thrower);

/// The return value of `body`, a status or a result; for an exception its status.
template <class Body>
std::invoke_result_t<Body> Contained(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return CaughtException();
  }
}

/// Wraps a user's reader and checks that each batch is valid Arrow data and has the declared
/// columns. InvalidInput if it is null.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReaderOfUser(
    std::shared_ptr<arrow::RecordBatchReader> rows);

/// InvalidInput if a user's table is null or is not valid Arrow data.
arrow::Status CheckTable(const std::shared_ptr<arrow::Table>& rows);

/// A reader that is returned to the user; null stays null.
std::shared_ptr<arrow::RecordBatchReader> ReaderForUser(
    std::shared_ptr<arrow::RecordBatchReader> rows);

}  // namespace metaxy::internal
