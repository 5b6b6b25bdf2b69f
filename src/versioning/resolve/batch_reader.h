// Batch stream of rows known by their numbers.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "metaxy/errors.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {

class BatchReader final : public arrow::RecordBatchReader {
 public:
  /// Builds rows `begin` to `begin + count`; called for ascending ranges.
  using Make =
      std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(size_t begin, size_t count)>;

  BatchReader(std::shared_ptr<arrow::Schema> schema, size_t num_rows, const ReadPlan& plan,
              Make make)
      : schema_(std::move(schema)),
        num_rows_(num_rows),
        plan_(plan),
        known_width_(HasKnownWidth(*schema_)),
        rows_(known_width_ ? plan.batch_size : std::min(plan.batch_size, kFirstRows)),
        make_(std::move(make)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == num_rows_) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(plan_.interrupt.Check("fetching rows"));
    const size_t count = std::min(static_cast<size_t>(rows_), num_rows_ - next_);
    ARROW_ASSIGN_OR_RAISE(*batch, make_(next_, count));
    next_ += count;
    return Learn(**batch);
  }

 private:
  // How wide texts and lists are shows in the first rows; they may become wider.
  static constexpr int64_t kFirstRows = 1024;

  arrow::Status Learn(const arrow::RecordBatch& batch) {
    if (known_width_ || batch.num_rows() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(batch));
    const int64_t width = std::max<int64_t>(bytes / batch.num_rows(), 1);
    rows_ = std::clamp<int64_t>(plan_.memory.batch() / width, 1, plan_.batch_size);
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema_;
  size_t num_rows_;
  size_t next_ = 0;
  ReadPlan plan_;
  bool known_width_;
  int64_t rows_;  // of the next batch
  Make make_;
};

}  // namespace metaxy::internal
