// Arrow streams across the bridge, in both directions, preserving the statuses of both sides.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <memory>
#include <string_view>

#include "lancedb/bridge.h"
#include "lancedb/bridge_library.h"

namespace metaxy::internal {

/// \brief A reader over a stream of the bridge, which is consumed. Unlike Arrow's own importer it
/// preserves the ErrorCode of a failure while reading.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ImportBridgeStream(
    ArrowArrayStream* stream);

/// \brief A reader as a stream for the bridge. A failure of the reader crosses the bridge only as
/// text and is kept here.
class ExportedReader {
 public:
  /// \brief InvalidInput if `reader` is null.
  static arrow::Result<ExportedReader> Make(std::shared_ptr<arrow::RecordBatchReader> reader);

  ExportedReader(ExportedReader&& other) noexcept;
  ExportedReader& operator=(ExportedReader&&) = delete;
  ~ExportedReader();

  /// \brief For one call, which consumes it.
  ArrowArrayStream* stream() { return &stream_; }

  /// \brief The result of the call: the reader's own failure if it had one, else `outcome`.
  arrow::Status Outcome(const arrow::Status& outcome, std::string_view context) const;

 private:
  class Recorder;

  explicit ExportedReader(std::shared_ptr<Recorder> recorder);

  std::shared_ptr<Recorder> recorder_;
  ArrowArrayStream stream_{};
};

/// \brief Valid as long as `options` is. InvalidInput for a negative number.
arrow::Result<mxl_write_options> ToBridge(const LanceWriteOptions& options);

}  // namespace metaxy::internal
