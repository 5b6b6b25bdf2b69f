// Read-ahead: the first rows of a write are looked at before its table is touched.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <deque>
#include <memory>

namespace metaxy::internal {

/// Gives the rows of another reader, of which the first may have been read before. Used by one
/// thread.
class RowsAhead final : public arrow::RecordBatchReader {
 public:
  explicit RowsAhead(std::shared_ptr<arrow::RecordBatchReader> input) : input_(std::move(input)) {}

  /// Reads until the rows end, or until more than `limit` bytes of them are kept. What the input
  /// fails with; then there are no more rows.
  arrow::Status ReadAhead(int64_t limit);
  /// Whether there are rows at all; reads up to the first of them.
  arrow::Result<bool> HasRows();
  /// Whether ReadAhead() has come to the end.
  bool has_all() const { return ended_; }
  /// Reads the rest, and forgets all rows: the input has been looked at.
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
