// Streams rows that are known by their numbers, making a batch of them at a time.
#pragma once

#include <arrow/record_batch.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "metaxy/errors.h"
#include "versioning/resolve/expected_rows.h"

namespace metaxy::internal {

class BatchReader final : public arrow::RecordBatchReader {
 public:
  /// Builds rows `begin` to `begin + count`; called for ascending ranges.
  using Make =
      std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(size_t begin, size_t count)>;

  BatchReader(std::shared_ptr<arrow::Schema> schema, size_t num_rows, const ReadPlan& plan,
              Make make)
      : schema_(std::move(schema)), num_rows_(num_rows), plan_(plan), make_(std::move(make)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == num_rows_) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(plan_.interrupt.Check("fetching rows"));
    const size_t count = std::min(static_cast<size_t>(plan_.batch_size), num_rows_ - next_);
    ARROW_ASSIGN_OR_RAISE(*batch, make_(next_, count));
    next_ += count;
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  size_t num_rows_;
  size_t next_ = 0;
  ReadPlan plan_;
  Make make_;
};

}  // namespace metaxy::internal
