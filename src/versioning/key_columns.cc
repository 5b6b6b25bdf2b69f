#include "versioning/key_columns.h"

#include <arrow/compute/api.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// A finaliser with good avalanche (from the family of splitmix64), so that small integers spread
// over the whole table.
uint64_t Mix(uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

uint64_t Combine(uint64_t seed, uint64_t hash) { return Mix(seed * 0x9e3779b97f4a7c15ULL + hash); }

constexpr uint64_t kNullHash = 0x7f4a7c159e3779b9ULL;

arrow::Result<std::shared_ptr<arrow::Array>> CastTo(const std::shared_ptr<arrow::Array>& array,
                                                    const std::shared_ptr<arrow::DataType>& type) {
  if (array->type()->Equals(*type)) return array;
  ARROW_ASSIGN_OR_RAISE(arrow::Datum cast, arrow::compute::Cast(array, type));
  return cast.make_array();
}

// Floats as bits of a double in which equal numbers have equal bits.
arrow::Result<std::shared_ptr<arrow::Array>> CanonicalDoubles(
    const std::shared_ptr<arrow::Array>& array) {
  ARROW_ASSIGN_OR_RAISE(auto doubles, CastTo(array, arrow::float64()));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(doubles->length() * 8));
  const double* in = std::static_pointer_cast<arrow::DoubleArray>(doubles)->raw_values();
  auto* out = reinterpret_cast<double*>(buffer->mutable_data());
  for (int64_t i = 0; i < doubles->length(); ++i) {
    out[i] =
        std::isnan(in[i]) ? std::numeric_limits<double>::quiet_NaN() : (in[i] == 0.0 ? 0.0 : in[i]);
  }
  std::shared_ptr<arrow::Buffer> validity;
  if (doubles->null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(validity, arrow::internal::CopyBitmap(
                                        arrow::default_memory_pool(), doubles->null_bitmap_data(),
                                        doubles->offset(), doubles->length()));
  }
  return arrow::MakeArray(
      arrow::ArrayData::Make(arrow::float64(), doubles->length(), {validity, buffer}));
}

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

arrow::Result<std::shared_ptr<arrow::Array>> DecodeDictionary(
    const std::shared_ptr<arrow::Array>& array) {
  if (array->type_id() != arrow::Type::DICTIONARY) return array;
  return CastTo(array, static_cast<const arrow::DictionaryType&>(*array->type()).value_type());
}

// Everything that is a number underneath; timestamps that are no nanoseconds become microseconds.
arrow::Result<std::shared_ptr<arrow::Array>> AsInt64(std::shared_ptr<arrow::Array> values) {
  const arrow::DataType& type = *values->type();
  if (type.id() == arrow::Type::BOOL) {
    ARROW_ASSIGN_OR_RAISE(values, CastTo(values, arrow::uint8()));
  } else if (type.id() == arrow::Type::DATE32 || type.id() == arrow::Type::TIME32) {
    ARROW_ASSIGN_OR_RAISE(values, CastTo(values, arrow::int32()));
  } else if (type.id() == arrow::Type::TIMESTAMP) {
    const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
    if (timestamp.unit() != arrow::TimeUnit::NANO) {
      ARROW_ASSIGN_OR_RAISE(
          values, CastTo(values, arrow::timestamp(arrow::TimeUnit::MICRO, timestamp.timezone())));
    }
  }
  return CastTo(values, arrow::int64());
}

const arrow::DataType& ValueType(const arrow::Array& array) {
  const arrow::DataType& type = *array.type();
  if (type.id() != arrow::Type::DICTIONARY) return type;
  return *static_cast<const arrow::DictionaryType&>(type).value_type();
}

bool IsBinary(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW || type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

// Whether a value of one type can be the same as one of the other. Numbers of different widths
// can; what merely has the same bits (a date and a day number, a moment and a local time) cannot.
bool HaveEqualValues(const arrow::DataType& a, const arrow::DataType& b) {
  // A column without a type holds only nulls, which equal nothing in a join.
  if (a.id() == arrow::Type::NA || b.id() == arrow::Type::NA) return true;
  if (arrow::is_integer(a.id())) return arrow::is_integer(b.id());
  if (arrow::is_floating(a.id())) return arrow::is_floating(b.id());
  if (IsText(a)) return IsText(b);
  if (IsBinary(a)) return IsBinary(b);
  if (a.id() == arrow::Type::TIMESTAMP && b.id() == arrow::Type::TIMESTAMP) {
    const auto& left = static_cast<const arrow::TimestampType&>(a);
    const auto& right = static_cast<const arrow::TimestampType&>(b);
    return left.timezone().empty() == right.timezone().empty() &&
           (left.unit() == arrow::TimeUnit::NANO) == (right.unit() == arrow::TimeUnit::NANO);
  }
  return a.Equals(b);
}

}  // namespace

std::optional<KeyColumns::Layout> KeyColumns::LayoutOf(const arrow::DataType& type) {
  using arrow::Type;
  switch (type.id()) {
    case Type::NA:
    case Type::BOOL:
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::UINT8:
    case Type::UINT16:
    case Type::UINT32:
    case Type::DATE32:
    case Type::DATE64:
    case Type::TIME32:
    case Type::TIME64:
    case Type::DURATION:
      return Layout::kSigned;
    case Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::NANO
                 ? Layout::kTimestampNanos
                 : Layout::kSigned;
    case Type::UINT64:
      return Layout::kUnsigned;
    case Type::HALF_FLOAT:
    case Type::FLOAT:
    case Type::DOUBLE:
      return Layout::kFloat;
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return Layout::kBytes;
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      return Layout::kDecimal;
    default:
      return std::nullopt;
  }
}

arrow::Result<KeyColumns::Column> KeyColumns::Normalize(const std::shared_ptr<arrow::Array>& array,
                                                        const std::string& name) {
  Column column{};
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> values, DecodeDictionary(array));
  const std::optional<Layout> layout = LayoutOf(*values->type());
  if (!layout) {
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "column '{}' has type {}, whose values cannot identify samples; use texts, integers, "
            "booleans, dates, times, decimals or binaries as id columns",
            name, array->type()->ToString()));
  }
  column.layout = *layout;
  switch (*layout) {
    case Layout::kSigned:
    case Layout::kTimestampNanos: {
      ARROW_ASSIGN_OR_RAISE(values, AsInt64(values));
      break;
    }
    case Layout::kUnsigned: {
      ARROW_ASSIGN_OR_RAISE(values, CastTo(values, arrow::uint64()));
      break;
    }
    case Layout::kFloat: {
      ARROW_ASSIGN_OR_RAISE(values, CanonicalDoubles(values));
      break;
    }
    case Layout::kBytes: {
      ARROW_ASSIGN_OR_RAISE(
          values,
          CastTo(values, IsText(*values->type()) ? arrow::large_utf8() : arrow::large_binary()));
      break;
    }
    case Layout::kDecimal:
      break;
  }
  column.array = values;
  column.has_nulls = values->null_count() > 0;
  const arrow::ArrayData& data = *values->data();
  switch (column.layout) {
    case Layout::kBytes:
      column.offsets = data.GetValues<int64_t>(1);
      column.bytes = data.buffers[2] ? data.buffers[2]->data() : nullptr;
      break;
    case Layout::kDecimal:
      column.width = static_cast<const arrow::FixedWidthType&>(*values->type()).bit_width() / 8;
      column.bytes =
          data.buffers[1] ? data.buffers[1]->data() + data.offset * column.width : nullptr;
      break;
    default:
      column.numbers = data.GetValues<int64_t>(1);
  }
  return column;
}

arrow::Result<KeyColumns> KeyColumns::Make(std::vector<std::shared_ptr<arrow::Array>> arrays,
                                           std::vector<std::string> names) {
  KeyColumns keys;
  for (size_t i = 0; i < arrays.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Column column, Normalize(arrays[i], names[i]));
    keys.columns_.push_back(std::move(column));
  }
  keys.num_rows_ = arrays.empty() ? 0 : arrays[0]->length();
  keys.arrays_ = std::move(arrays);
  keys.names_ = std::move(names);
  return keys;
}

std::vector<uint64_t> KeyColumns::Hashes() const {
  std::vector<uint64_t> hashes(static_cast<size_t>(num_rows_), 0);
  for (const Column& column : columns_) {
    for (int64_t i = 0; i < num_rows_; ++i) {
      uint64_t hash;
      if (column.has_nulls && column.array->IsNull(i)) {
        hash = kNullHash;
      } else if (column.layout == Layout::kBytes) {
        const int64_t begin = column.offsets[i];
        hash =
            XXH3_64bits(column.bytes + begin, static_cast<size_t>(column.offsets[i + 1] - begin));
      } else if (column.layout == Layout::kDecimal) {
        hash = XXH3_64bits(column.bytes + i * column.width, static_cast<size_t>(column.width));
      } else {
        hash = static_cast<uint64_t>(column.numbers[i]);
      }
      hashes[static_cast<size_t>(i)] = Combine(hashes[static_cast<size_t>(i)], hash);
    }
  }
  return hashes;
}

bool KeyColumns::HasNull(int64_t row) const {
  for (const Column& column : columns_) {
    if (column.has_nulls && column.array->IsNull(row)) return true;
  }
  return false;
}

bool KeyColumns::EqualValues(const Column& left, int64_t left_row, const Column& right,
                             int64_t right_row) {
  switch (left.layout) {
    case Layout::kBytes: {
      const int64_t left_begin = left.offsets[left_row];
      const int64_t right_begin = right.offsets[right_row];
      const int64_t length = left.offsets[left_row + 1] - left_begin;
      if (length != right.offsets[right_row + 1] - right_begin) return false;
      return length == 0 || std::memcmp(left.bytes + left_begin, right.bytes + right_begin,
                                        static_cast<size_t>(length)) == 0;
    }
    case Layout::kDecimal:
      return std::memcmp(left.bytes + left_row * left.width, right.bytes + right_row * right.width,
                         static_cast<size_t>(left.width)) == 0;
    default: {
      const int64_t a = left.numbers[left_row];
      const int64_t b = right.numbers[right_row];
      // A signed and an unsigned column agree on the bits of all values that both can hold, and on
      // no others.
      if (left.layout != right.layout && (a < 0 || b < 0)) return false;
      return a == b;
    }
  }
}

bool KeyColumns::Equal(const KeyColumns& left, int64_t left_row, const KeyColumns& right,
                       int64_t right_row) {
  for (size_t i = 0; i < left.columns_.size(); ++i) {
    const Column& a = left.columns_[i];
    const Column& b = right.columns_[i];
    const bool a_null = a.has_nulls && a.array->IsNull(left_row);
    const bool b_null = b.has_nulls && b.array->IsNull(right_row);
    if (a_null || b_null) {
      if (a_null != b_null) return false;
      continue;
    }
    if (!EqualValues(a, left_row, b, right_row)) return false;
  }
  return true;
}

int KeyColumns::CompareValues(const Column& column, int64_t left_row, int64_t right_row) {
  const auto three_way = [](const auto& a, const auto& b) { return a < b ? -1 : (b < a ? 1 : 0); };
  switch (column.layout) {
    case Layout::kBytes: {
      const auto text = [&](int64_t row) {
        return std::string_view(reinterpret_cast<const char*>(column.bytes) + column.offsets[row],
                                static_cast<size_t>(column.offsets[row + 1] - column.offsets[row]));
      };
      return three_way(text(left_row), text(right_row));
    }
    case Layout::kDecimal:
      if (column.width == 16) {
        return three_way(arrow::Decimal128(column.bytes + left_row * 16),
                         arrow::Decimal128(column.bytes + right_row * 16));
      }
      return three_way(arrow::Decimal256(column.bytes + left_row * 32),
                       arrow::Decimal256(column.bytes + right_row * 32));
    case Layout::kUnsigned:
      return three_way(static_cast<uint64_t>(column.numbers[left_row]),
                       static_cast<uint64_t>(column.numbers[right_row]));
    case Layout::kFloat: {
      double a;
      double b;
      std::memcpy(&a, &column.numbers[left_row], sizeof a);
      std::memcpy(&b, &column.numbers[right_row], sizeof b);
      if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a), std::isnan(b));
      return three_way(a, b);
    }
    default:
      return three_way(column.numbers[left_row], column.numbers[right_row]);
  }
}

int KeyColumns::Compare(int64_t left_row, int64_t right_row) const {
  for (const Column& column : columns_) {
    const bool left_null = column.has_nulls && column.array->IsNull(left_row);
    const bool right_null = column.has_nulls && column.array->IsNull(right_row);
    int order;
    if (left_null || right_null) {
      order = static_cast<int>(right_null) - static_cast<int>(left_null);
    } else {
      order = CompareValues(column, left_row, right_row);
    }
    if (order != 0) return order;
  }
  return 0;
}

arrow::Status KeyColumns::CheckComparable(const KeyColumns& left, const KeyColumns& right) {
  for (size_t i = 0; i < left.columns_.size(); ++i) {
    if (!HaveEqualValues(ValueType(*left.arrays_[i]), ValueType(*right.arrays_[i]))) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "id column '{}' is of type {} on one side and {} on the other, so no rows can match; "
              "write it with one type everywhere",
              left.names_[i], left.arrays_[i]->type()->ToString(),
              right.arrays_[i]->type()->ToString()));
    }
  }
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
