#include "cli/input/text_shape.h"

#include <algorithm>

namespace metaxy::cli {

BatchLimit::BatchLimit(const arrow::Schema& schema) {
  constexpr int64_t kRows = 65536;
  constexpr int64_t kCells = int64_t{1} << 21;
  max_rows_ = std::clamp<int64_t>(kCells / std::max(1, schema.num_fields()), 1, kRows);
}

bool BatchLimit::Add(size_t bytes) {
  constexpr size_t kBytes = size_t{16} << 20;
  bytes_ += bytes;
  return ++rows_ < max_rows_ && bytes_ < kBytes;
}

}  // namespace metaxy::cli
