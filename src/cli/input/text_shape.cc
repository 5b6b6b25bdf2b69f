#include "cli/input/text_shape.h"

#include <algorithm>

namespace metaxy::cli {

namespace {

// Non-nested columns; a row has a value in each, even if it is a null.
int64_t CountLeaves(const arrow::FieldVector& fields) {
  int64_t count = 0;
  for (const auto& field : fields)
    count += field->type()->num_fields() == 0 ? 1 : CountLeaves(field->type()->fields());
  return count;
}

}  // namespace

BatchLimit::BatchLimit(const arrow::Schema& schema) {
  constexpr int64_t kRows = 65536;
  constexpr int64_t kCells = int64_t{1} << 21;
  max_rows_ =
      std::clamp<int64_t>(kCells / std::max<int64_t>(1, CountLeaves(schema.fields())), 1, kRows);
}

bool BatchLimit::Add(size_t bytes) {
  constexpr size_t kBytes = size_t{16} << 20;
  bytes_ += bytes;
  return ++rows_ < max_rows_ && bytes_ < kBytes;
}

}  // namespace metaxy::cli
