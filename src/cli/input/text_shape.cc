#include "cli/input/text_shape.h"

#include <algorithm>

#include "base/memory_budget.h"

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
  // A cell takes some eight bytes, if only for a null.
  max_bytes_ = static_cast<size_t>(internal::MemoryScope::Current().batch());
  const auto cells = static_cast<int64_t>(max_bytes_ / 8);
  max_rows_ =
      std::clamp<int64_t>(cells / std::max<int64_t>(1, CountLeaves(schema.fields())), 1, kRows);
}

bool BatchLimit::Add(size_t bytes) {
  bytes_ += bytes;
  return ++rows_ < max_rows_ && bytes_ < max_bytes_;
}

}  // namespace metaxy::cli
