#include "columns/key_columns.h"

#include <arrow/compute/api.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "columns/categories.h"
#include "columns/value_string.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// The class of a value, hashed besides its bytes. Signed and unsigned numbers with equal bits are
// one number, except for the upper half of the unsigned ones.
constexpr uint64_t kNullClass = 1;
constexpr uint64_t kLargeUnsignedClass = 2;

uint64_t NumberClass(bool is_unsigned, int64_t bits) {
  return is_unsigned && bits < 0 ? kLargeUnsignedClass : 0;
}

KeyHash ToKeyHash(XXH128_hash_t hash) { return {hash.low64, hash.high64}; }

const arrow::DataType& ValueType(const arrow::DataType& type) {
  return type.id() == arrow::Type::DICTIONARY
             ? *static_cast<const arrow::DictionaryType&>(type).value_type()
             : type;
}

arrow::Result<std::shared_ptr<arrow::Array>> CastTo(const std::shared_ptr<arrow::Array>& array,
                                                    const std::shared_ptr<arrow::DataType>& type) {
  if (array->type()->Equals(*type)) return array;
  ARROW_ASSIGN_OR_RAISE(arrow::Datum cast, arrow::compute::Cast(array, type));
  return cast.make_array();
}

// Floats as the bits of a double, normalised so that equal numbers have equal bits.
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

// Everything that is physically a number; timestamps other than nanoseconds become microseconds.
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

bool IsBinary(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW || type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

// Whether a value of one type can equal one of the other. Numbers of different widths can; values
// that merely have the same bits (a date and a day number, timestamps with and without a time zone)
// cannot.
bool HaveEqualValues(const arrow::DataType& a, const arrow::DataType& b) {
  // A column without a type has only nulls, which equal nothing in a join.
  if (a.id() == arrow::Type::NA || b.id() == arrow::Type::NA) return true;
  if (arrow::is_integer(a.id())) return arrow::is_integer(b.id());
  if (arrow::is_floating(a.id())) return arrow::is_floating(b.id());
  if (IsString(a)) return IsString(b);
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
  ARROW_RETURN_NOT_OK(CheckType(*array->type(), name));
  const std::optional<Layout> layout = LayoutOf(*values->type());
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
          CastTo(values, IsString(*values->type()) ? arrow::large_utf8() : arrow::large_binary()));
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
                                           const std::vector<std::string>& names) {
  KeyColumns keys;
  for (size_t i = 0; i < arrays.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Column column, Normalize(arrays[i], names[i]));
    keys.columns_.push_back(std::move(column));
  }
  keys.num_rows_ = arrays.empty() ? 0 : arrays[0]->length();
  return keys;
}

bool KeyColumns::has_nulls() const {
  for (const Column& column : columns_) {
    if (column.has_nulls) return true;
  }
  return false;
}

bool KeyColumns::HasNull(int64_t row) const {
  for (const Column& column : columns_) {
    if (column.has_nulls && column.array->IsNull(row)) return true;
  }
  return false;
}

// Most keys are a single string or number, which is hashed in place.
void KeyColumns::HashSingle(uint64_t seed, std::vector<KeyHash>* hashes) const {
  const Column& column = columns_.front();
  KeyHash* out = hashes->data();
  for (int64_t i = 0; i < num_rows_; ++i) {
    if (column.has_nulls && column.array->IsNull(i)) {
      out[i] = ToKeyHash(XXH3_128bits_withSeed(nullptr, 0, seed + kNullClass));
    } else if (column.layout == Layout::kBytes) {
      const int64_t begin = column.offsets[i];
      out[i] = ToKeyHash(XXH3_128bits_withSeed(
          column.bytes + begin, static_cast<size_t>(column.offsets[i + 1] - begin), seed));
    } else if (column.layout == Layout::kDecimal) {
      out[i] = ToKeyHash(XXH3_128bits_withSeed(column.bytes + i * column.width,
                                               static_cast<size_t>(column.width), seed));
    } else {
      const uint64_t number_class =
          NumberClass(column.layout == Layout::kUnsigned, column.numbers[i]);
      out[i] = ToKeyHash(
          XXH3_128bits_withSeed(&column.numbers[i], sizeof(int64_t), seed + number_class));
    }
  }
}

arrow::Result<std::vector<KeyHash>> KeyColumns::HashesOf(
    std::vector<std::shared_ptr<arrow::Array>> arrays, const std::vector<std::string>& names,
    const KeyHasher& hasher) {
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, Make(std::move(arrays), names));
  std::vector<KeyHash> hashes;
  keys.Hash(hasher, &hashes);
  return hashes;
}

void KeyColumns::Hash(const KeyHasher& hasher, std::vector<KeyHash>* hashes) const {
  hashes->resize(static_cast<size_t>(num_rows_));
  if (columns_.size() == 1) return HashSingle(hasher.seed(), hashes);
  // The values of a row, each preceded by its class and length: different rows have different
  // bytes.
  std::string bytes;
  const auto append = [&bytes](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
  };
  for (int64_t i = 0; i < num_rows_; ++i) {
    bytes.clear();
    for (const Column& column : columns_) {
      if (column.has_nulls && column.array->IsNull(i)) {
        bytes.push_back(static_cast<char>(kNullClass));
      } else if (column.layout == Layout::kBytes) {
        const int64_t begin = column.offsets[i];
        const int64_t size = column.offsets[i + 1] - begin;
        bytes.push_back(0);
        append(&size, sizeof size);
        append(column.bytes + begin, static_cast<size_t>(size));
      } else if (column.layout == Layout::kDecimal) {
        bytes.push_back(0);
        append(column.bytes + i * column.width, static_cast<size_t>(column.width));
      } else {
        bytes.push_back(
            static_cast<char>(NumberClass(column.layout == Layout::kUnsigned, column.numbers[i])));
        append(&column.numbers[i], sizeof(int64_t));
      }
    }
    (*hashes)[static_cast<size_t>(i)] =
        ToKeyHash(XXH3_128bits_withSeed(bytes.data(), bytes.size(), hasher.seed()));
  }
}

void KeyColumns::AppendOrderedValue(const Column& column, int64_t row, std::string* bytes) {
  const auto append_big_endian = [bytes](uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes->push_back(static_cast<char>(value >> shift));
  };
  constexpr uint64_t kSign = uint64_t{1} << 63;
  switch (column.layout) {
    case Layout::kBytes:
      // A zero byte is followed by 255, the end by another zero: a prefix sorts before what it is a
      // prefix of.
      for (int64_t i = column.offsets[row]; i < column.offsets[row + 1]; ++i) {
        bytes->push_back(static_cast<char>(column.bytes[i]));
        if (column.bytes[i] == 0) bytes->push_back('\xff');
      }
      bytes->append(2, '\0');
      return;
    case Layout::kDecimal: {
      const uint8_t* value = column.bytes + row * column.width;
      bytes->push_back(static_cast<char>(value[column.width - 1] ^ 0x80));
      for (int32_t i = column.width - 2; i >= 0; --i) bytes->push_back(static_cast<char>(value[i]));
      return;
    }
    case Layout::kFloat: {
      const auto bits = static_cast<uint64_t>(column.numbers[row]);
      append_big_endian((bits & kSign) != 0 ? ~bits : bits | kSign);
      return;
    }
    case Layout::kUnsigned:
      append_big_endian(static_cast<uint64_t>(column.numbers[row]));
      return;
    case Layout::kSigned:
    case Layout::kTimestampNanos:
      append_big_endian(static_cast<uint64_t>(column.numbers[row]) ^ kSign);
      return;
  }
}

void KeyColumns::AppendOrdered(int64_t row, std::string* bytes) const {
  for (const Column& column : columns_) {
    const bool null = column.has_nulls && column.array->IsNull(row);
    bytes->push_back(null ? '\0' : '\1');
    if (!null) AppendOrderedValue(column, row, bytes);
  }
}

arrow::Status KeyColumns::CheckType(const arrow::DataType& type, const std::string& name) {
  if (LayoutOf(ValueType(type))) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("column '{}' has type {}, whose values cannot identify samples; use strings, "
                  "integers, booleans, dates, times, decimals or binaries as id columns",
                  name, type.ToString()));
}

arrow::Status KeyColumns::CheckComparable(const arrow::DataType& left, const arrow::DataType& right,
                                          const std::string& name) {
  ARROW_RETURN_NOT_OK(CheckType(left, name));
  ARROW_RETURN_NOT_OK(CheckType(right, name));
  if (HaveEqualValues(ValueType(left), ValueType(right))) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format(
          "id column '{}' is of type {} on one side and {} on the other, so no rows can match; "
          "write it with one type everywhere",
          name, left.ToString(), right.ToString()));
}

}  // namespace metaxy::internal
