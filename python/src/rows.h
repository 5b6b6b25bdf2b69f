// Rows that come from Python and go there, as Arrow C streams.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/util/cancel.h>
#include <nanobind/nanobind.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "native_call.h"

namespace metaxy::python {

/// A reader over the rows of any object with `__arrow_c_stream__` or `__arrow_c_array__`. Its
/// batches may be fetched by any thread, without the GIL. Raises TypeError for another object, and
/// what the object raises. With the GIL.
std::shared_ptr<arrow::RecordBatchReader> ReaderOf(nb::handle rows);

/// All rows of a reader; Cancelled once the call is stopped. Without the GIL.
arrow::Result<std::shared_ptr<arrow::Table>> ReadAll(arrow::RecordBatchReader& rows,
                                                     const arrow::StopToken& stop);

/// Rows that Python may take as often as it wants, each time by a new reader.
class Rows {
 public:
  using Open = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>()>;

  /// `open` is called without the GIL and holds all it needs. `state` is that of the options that
  /// the readers follow.
  Rows(Open open, std::shared_ptr<CallState> state)
      : open_(std::make_shared<Open>(std::move(open))), state_(std::move(state)) {}

  /// A capsule "arrow_array_stream".
  nb::object Stream();
  /// A capsule "arrow_schema".
  nb::object Schema();
  /// The exception of the stream that failed last, or None: consumers tell of it in their words.
  nb::object Failure() const;

  /// Shared with the readers, which may outlive this.
  struct LastFailure {
    std::mutex mutex;
    arrow::Status status;
  };

 private:
  std::shared_ptr<arrow::RecordBatchReader> NewReader();

  Owned<Open> open_;
  std::shared_ptr<CallState> state_;
  std::shared_ptr<LastFailure> failure_ = std::make_shared<LastFailure>();
};

/// The rows of a table in memory.
Rows RowsOfTable(std::shared_ptr<arrow::Table> table, std::shared_ptr<CallState> state);

void BindRows(nb::module_& module);

}  // namespace metaxy::python
