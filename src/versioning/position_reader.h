// Streams rows that are known by their positions, fetching a batch of them at a time.
#pragma once

#include <arrow/record_batch.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace metaxy::internal {

class PositionReader final : public arrow::RecordBatchReader {
 public:
  using Fetch =
      std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(std::span<const uint32_t>)>;

  /// What `positions` points to must be kept alive by `fetch`.
  PositionReader(std::shared_ptr<arrow::Schema> schema, std::span<const uint32_t> positions,
                 int64_t batch_size, Fetch fetch)
      : schema_(std::move(schema)),
        positions_(positions),
        batch_size_(static_cast<size_t>(std::max<int64_t>(batch_size, 1))),
        fetch_(std::move(fetch)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == positions_.size()) return arrow::Status::OK();
    const size_t count = std::min(batch_size_, positions_.size() - next_);
    ARROW_ASSIGN_OR_RAISE(*batch, fetch_(positions_.subspan(next_, count)));
    next_ += count;
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::span<const uint32_t> positions_;
  size_t next_ = 0;
  size_t batch_size_;
  Fetch fetch_;
};

}  // namespace metaxy::internal
