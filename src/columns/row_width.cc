#include "columns/row_width.h"

#include <algorithm>

namespace metaxy::internal {
namespace {

constexpr int64_t kUnknownBytes = 32;

int64_t WidthOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::FIXED_SIZE_LIST) {
    const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
    return list.list_size() * WidthOf(*list.value_type());
  }
  if (type.id() == arrow::Type::STRUCT) {
    int64_t width = 0;
    for (const auto& field : type.fields()) width += WidthOf(*field->type());
    return width;
  }
  const int bits = type.bit_width();
  return bits > 0 ? (bits + 7) / 8 : kUnknownBytes;
}

bool IsKnown(const arrow::DataType& type) {
  if (type.id() == arrow::Type::FIXED_SIZE_LIST || type.id() == arrow::Type::STRUCT) {
    return std::all_of(type.fields().begin(), type.fields().end(),
                       [](const auto& field) { return IsKnown(*field->type()); });
  }
  return type.bit_width() > 0;
}

}  // namespace

int64_t RowsPerBatch(const arrow::Schema& schema, int64_t wanted, int64_t bytes) {
  int64_t width = 1;
  for (const auto& field : schema.fields()) width += WidthOf(*field->type());
  return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(bytes / width, 1));
}

bool HasKnownWidth(const arrow::Schema& schema) {
  return std::all_of(schema.fields().begin(), schema.fields().end(),
                     [](const auto& field) { return IsKnown(*field->type()); });
}

}  // namespace metaxy::internal
