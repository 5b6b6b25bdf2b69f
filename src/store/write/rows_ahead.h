// Read-ahead: the first rows of a write are inspected before its table is touched.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <deque>
#include <memory>

namespace metaxy::internal {

/// Returns the rows of another reader, the first of which may have been read ahead. Used by one
/// thread.
class RowsAhead final : public arrow::RecordBatchReader {
 public:
  explicit RowsAhead(std::shared_ptr<arrow::RecordBatchReader> input) : input_(std::move(input)) {}

  /// Reads until the rows end, or until more than `limit` bytes of them are held. The failure of
  /// the input; then there are no more rows.
  arrow::Status ReadAhead(int64_t limit);
  /// Whether there are rows at all; reads up to the first of them.
  arrow::Result<bool> HasRows();
  /// Whether ReadAhead() has come to the end.
  bool has_all() const { return ended_; }
  /// Reads the rest, and drops all rows: the input has been inspected.
  arrow::Status Drain();

  std::shared_ptr<arrow::Schema> schema() const override { return input_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;
  arrow::Status Close() override { return input_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> kept_;
  bool ended_ = false;
};

}  // namespace metaxy::internal
