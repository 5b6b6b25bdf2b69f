// Containment of exceptions: what is thrown below a public function, or by a function or a reader
// of the user's, becomes a status.
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

/// The exception that is being handled, for a catch block: ResourceExhausted for a lack of memory,
/// else Internal.
arrow::Status CaughtException();

/// The same of an exception that the user's own `thrower` threw, such as "on_progress":
/// InvalidInput.
arrow::Status CaughtFromUser(std::string_view thrower);

/// What `body` returns: a status or a result; of an exception its status.
template <class Body>
std::invoke_result_t<Body> Contained(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return CaughtException();
  }
}

/// A reader of the user's, each of whose batches is looked at for whether it keeps Arrow's rules
/// and has the columns that the reader promises. InvalidInput if it is null.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReaderOfUser(
    std::shared_ptr<arrow::RecordBatchReader> rows);

/// InvalidInput if a table of the user's is null or breaks Arrow's rules.
arrow::Status CheckTable(const std::shared_ptr<arrow::Table>& rows);

/// A reader that is given to the user; null stays null.
std::shared_ptr<arrow::RecordBatchReader> ReaderForUser(
    std::shared_ptr<arrow::RecordBatchReader> rows);

}  // namespace metaxy::internal
