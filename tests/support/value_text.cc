#include "support/value_text.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <string_view>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using arrow::TimeUnit;
using arrow::Type;

template <class ArrayType>
std::string ListText(const arrow::Array& array, int64_t row) {
  const auto& list = static_cast<const ArrayType&>(array);
  std::string text = "[";
  for (int64_t i = 0; i < list.value_length(row); ++i)
    text += ValueText(*list.values(), list.value_offset(row) + i) + ",";
  return text + "]";
}

std::string MapText(const arrow::Array& array, int64_t row) {
  const auto& map = static_cast<const arrow::MapArray&>(array);
  std::string text = "<";
  for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i)
    text += ValueText(*map.keys(), i) + "=" + ValueText(*map.items(), i) + ",";
  return text + ">";
}

std::string StructText(const arrow::Array& array, int64_t row) {
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  std::string text = "{";
  for (int i = 0; i < structs.num_fields(); ++i)
    text += structs.struct_type()->field(i)->name() + ":" + ValueText(*structs.field(i), row) + ",";
  return text + "}";
}

std::string FloatText(double value) {
  return std::isnan(value) ? "NaN" : fmt::format("{:a}", value);
}

// Whole seconds and the nanoseconds after them, whatever the unit.
std::string TimeString(TimeUnit::type unit, int64_t value) {
  const int64_t per_second = PerSecond(unit);
  const int64_t rest = (value % per_second + per_second) % per_second;
  return fmt::format("{}s {}ns", (value - rest) / per_second, rest * (1000000000 / per_second));
}

// A zone has several names; timestamps with and without a time zone are different things.
std::string TimestampString(const arrow::TimestampType& type, int64_t value) {
  return TimeString(type.unit(), value) + (type.timezone().empty() ? " local" : " UTC");
}

std::string BinaryText(const arrow::Scalar& scalar) {
  std::string text;
  for (const char byte :
       std::string_view(*static_cast<const arrow::BaseBinaryScalar&>(scalar).value))
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string PlainText(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::HALF_FLOAT: {
      const uint16_t bits = static_cast<const arrow::HalfFloatArray&>(array).Value(row);
      return (bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0 ? "NaN"
                                                              : fmt::format("half {:x}", bits);
    }
    case Type::FLOAT:
      return FloatText(static_cast<const arrow::FloatArray&>(array).Value(row));
    case Type::DOUBLE:
      return FloatText(static_cast<const arrow::DoubleArray&>(array).Value(row));
    case Type::DATE64:
      return TimestampString(arrow::TimestampType(TimeUnit::MILLI),
                             static_cast<const arrow::Date64Array&>(array).Value(row));
    case Type::TIMESTAMP:
      return TimestampString(static_cast<const arrow::TimestampType&>(*array.type()),
                             static_cast<const arrow::TimestampArray&>(array).Value(row));
    case Type::TIME32:
      return TimeString(static_cast<const arrow::TimeType&>(*array.type()).unit(),
                        static_cast<const arrow::Time32Array&>(array).Value(row));
    case Type::TIME64:
      return TimeString(static_cast<const arrow::TimeType&>(*array.type()).unit(),
                        static_cast<const arrow::Time64Array&>(array).Value(row));
    case Type::DURATION:
      return TimeString(static_cast<const arrow::DurationType&>(*array.type()).unit(),
                        static_cast<const arrow::DurationArray&>(array).Value(row));
    default:
      break;
  }
  const auto scalar = Get(array.GetScalar(row));
  const Type::type id = array.type_id();
  if (arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
      id == Type::FIXED_SIZE_BINARY)
    return BinaryText(*scalar);
  return scalar->ToString();
}

}  // namespace

int64_t PerSecond(TimeUnit::type unit) {
  switch (unit) {
    case TimeUnit::SECOND:
      return 1;
    case TimeUnit::MILLI:
      return 1000;
    case TimeUnit::MICRO:
      return 1000000;
    default:
      return 1000000000;
  }
}

std::string ValueText(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::NA:
      return "null";
    case Type::EXTENSION:
      return ValueText(*static_cast<const arrow::ExtensionArray&>(array).storage(), row);
    case Type::RUN_END_ENCODED: {
      const auto& runs = static_cast<const arrow::RunEndEncodedArray&>(array);
      const auto& ends = static_cast<const arrow::Int32Array&>(*runs.run_ends());
      int64_t run = 0;
      while (ends.Value(run) <= array.offset() + row) ++run;
      return ValueText(*runs.values(), run);
    }
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      throw std::logic_error("no table has a union");
    default:
      break;
  }
  if (array.IsNull(row)) return "null";
  switch (array.type_id()) {
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return ValueText(*dictionary.dictionary(), dictionary.GetValueIndex(row));
    }
    case Type::LIST:
      return ListText<arrow::ListArray>(array, row);
    case Type::LARGE_LIST:
      return ListText<arrow::LargeListArray>(array, row);
    case Type::LIST_VIEW:
      return ListText<arrow::ListViewArray>(array, row);
    case Type::LARGE_LIST_VIEW:
      return ListText<arrow::LargeListViewArray>(array, row);
    case Type::FIXED_SIZE_LIST:
      return ListText<arrow::FixedSizeListArray>(array, row);
    case Type::MAP:
      return MapText(array, row);
    case Type::STRUCT:
      return StructText(array, row);
    default:
      return PlainText(array, row);
  }
}

}  // namespace metaxy::testing
