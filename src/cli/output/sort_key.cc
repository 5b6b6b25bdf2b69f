#include "cli/output/sort_key.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/util/float16.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace metaxy::cli {

namespace {

using Column = std::shared_ptr<arrow::Array>;

// The bits of a double as a number with the same order.
int64_t KeyOf(double value) {
  if (std::isnan(value)) return std::numeric_limits<int64_t>::max();
  const auto bits = std::bit_cast<int64_t>(value == 0 ? 0.0 : value);
  return bits < 0 ? bits ^ std::numeric_limits<int64_t>::max() : bits;
}

template <class ArrayType>
arrow::Result<Column> FloatKeys(const arrow::Array& column) {
  const auto& values = static_cast<const ArrayType&>(column);
  arrow::Int64Builder keys;
  ARROW_RETURN_NOT_OK(keys.Reserve(column.length()));
  for (int64_t row = 0; row < column.length(); ++row) {
    if (values.IsNull(row)) {
      keys.UnsafeAppendNull();
    } else if constexpr (std::is_same_v<ArrayType, arrow::HalfFloatArray>) {
      keys.UnsafeAppend(KeyOf(arrow::util::Float16::FromBits(values.Value(row)).ToDouble()));
    } else {
      keys.UnsafeAppend(KeyOf(values.Value(row)));
    }
  }
  return keys.Finish();
}

template <class Builder>
arrow::Result<Column> WithoutViews(const arrow::Array& column) {
  // Strings in views are read like binaries.
  const auto& values = static_cast<const arrow::BinaryViewArray&>(column);
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(column.length()));
  for (int64_t row = 0; row < column.length(); ++row) {
    if (values.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(values.GetView(row)));
    }
  }
  return builder.Finish();
}

// The same bits as another type.
Column Reinterpret(const arrow::Array& column, const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::ArrayData> data = column.data()->Copy();
  data->type = type;
  return arrow::MakeArray(std::move(data));
}

arrow::Result<Column> Pickable(const Column& column) {
  switch (column->type_id()) {
    case arrow::Type::STRING_VIEW:
      return WithoutViews<arrow::LargeStringBuilder>(*column);
    case arrow::Type::BINARY_VIEW:
      return WithoutViews<arrow::LargeBinaryBuilder>(*column);
    case arrow::Type::RUN_END_ENCODED: {
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum decoded,
                            arrow::compute::RunEndDecode(arrow::Datum(column)));
      return Pickable(decoded.make_array());
    }
    default:
      return column;
  }
}

arrow::Result<Column> KeyOfArray(const Column& column) {
  switch (column->type_id()) {
    case arrow::Type::HALF_FLOAT:
      return FloatKeys<arrow::HalfFloatArray>(*column);
    case arrow::Type::FLOAT:
      return FloatKeys<arrow::FloatArray>(*column);
    case arrow::Type::DOUBLE:
      return FloatKeys<arrow::DoubleArray>(*column);
    case arrow::Type::INTERVAL_MONTHS:
      return Reinterpret(*column, arrow::int32());
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64: {
      const auto& type = static_cast<const arrow::DecimalType&>(*column->type());
      return arrow::compute::Cast(*column, arrow::decimal128(type.precision(), type.scale()));
    }
    case arrow::Type::EXTENSION:
      return KeyOfArray(static_cast<const arrow::ExtensionArray&>(*column).storage());
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*column);
      ARROW_ASSIGN_OR_RAISE(const Column keys, KeyOfArray(dictionary.dictionary()));
      return arrow::compute::Take(*keys, *dictionary.indices());
    }
    case arrow::Type::RUN_END_ENCODED: {
      ARROW_ASSIGN_OR_RAISE(const Column decoded, Pickable(column));
      return KeyOfArray(decoded);
    }
    default:
      return Pickable(column);
  }
}

template <class Change>
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> Changed(const arrow::ChunkedArray& column,
                                                            const Change& change) {
  arrow::ArrayVector chunks;
  for (const Column& chunk : column.chunks()) {
    ARROW_ASSIGN_OR_RAISE(chunks.emplace_back(), change(chunk));
  }
  if (chunks.empty()) {
    // The type is derived from values, even if there are none.
    ARROW_ASSIGN_OR_RAISE(const Column none, arrow::MakeEmptyArray(column.type()));
    ARROW_ASSIGN_OR_RAISE(chunks.emplace_back(), change(none));
  }
  return arrow::ChunkedArray::Make(std::move(chunks));
}

}  // namespace

bool HasOrder(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return HasOrder(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::RUN_END_ENCODED:
      return HasOrder(*static_cast<const arrow::RunEndEncodedType&>(type).value_type());
    case arrow::Type::EXTENSION:
      return HasOrder(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return false;
    default:
      return !arrow::is_nested(type.id());
  }
}

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> SortKeyOf(const arrow::ChunkedArray& column) {
  return Changed(column, KeyOfArray);
}

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> PickableOf(
    const std::shared_ptr<arrow::ChunkedArray>& column) {
  switch (column->type()->id()) {
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::RUN_END_ENCODED:
      return Changed(*column, Pickable);
    default:
      return column;
  }
}

}  // namespace metaxy::cli
