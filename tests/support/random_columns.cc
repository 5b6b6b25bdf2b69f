#include "support/random_columns.h"

#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/matchers.h"
#include "support/value_text.h"

namespace metaxy::testing {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;
using arrow::TimeUnit;
using arrow::Type;

// Offsets 0 = o0 <= o1 ... of `length` lists.
std::vector<int64_t> RandomOffsets(Random* random, int64_t length) {
  std::vector<int64_t> offsets = {0};
  for (int64_t i = 0; i < length; ++i)
    offsets.push_back(offsets.back() + static_cast<int64_t>(random->Below(4)));
  return offsets;
}

std::shared_ptr<arrow::Buffer> RandomValidity(Random* random, int64_t length, bool nulls) {
  if (!nulls || random->Percent(30)) return nullptr;
  arrow::TypedBufferBuilder<bool> bits;
  for (int64_t i = 0; i < length; ++i) EXPECT_THAT(bits.Append(!random->Percent(17)), IsOk());
  return Get(bits.Finish());
}

template <class T>
std::shared_ptr<arrow::Buffer> BufferOf(const std::vector<T>& values) {
  arrow::TypedBufferBuilder<T> builder;
  EXPECT_THAT(builder.Append(values.data(), static_cast<int64_t>(values.size())), IsOk());
  return Get(builder.Finish());
}

std::string RandomString(Random* random, bool broken) {
  static const std::vector<std::string> strings = {"",
                                                   "a",
                                                   "b",
                                                   "null",
                                                   "007",
                                                   "1.5",
                                                   "2024-01-01",
                                                   "2024-05-01T10:00:00Z",
                                                   " padded ",
                                                   "it's",
                                                   "\"quoted\"",
                                                   "a,b",
                                                   "tab\there",
                                                   "line\nbreak",
                                                   "back\\slash",
                                                   "back`tick",
                                                   "\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80",
                                                   std::string("nul\0l", 5),
                                                   "\ufeffbom",
                                                   std::string(300, 'x')};
  if (broken && random->Percent(4)) return random->Percent(50) ? "caf\xe9" : "\xed\xa0\x80";
  return random->Percent(40) ? fmt::format("t{}", random->Below(100000)) : random->Pick(strings);
}

int64_t RandomInteger(Random* random, int64_t least, int64_t greatest) {
  switch (random->Below(8)) {
    case 0:
      return least;
    case 1:
      return greatest;
    case 2:
      return 0;
    default: {
      if (random->Percent(50)) {
        const auto small = static_cast<int64_t>(random->Below(2000)) - 1000;
        return std::min(std::max(small, least), greatest);
      }
      const auto range = static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least);
      const uint64_t offset = range == std::numeric_limits<uint64_t>::max()
                                  ? random->Next()
                                  : random->Next() % (range + 1);
      return static_cast<int64_t>(static_cast<uint64_t>(least) + offset);
    }
  }
}

double RandomDouble(Random* random) {
  static const std::vector<double> values = {0.0,   -0.0,   1.0,      -1.5,      0.1,
                                             1e16,  1e-7,   5e-324,   1e300,     255.0,
                                             1e100, 65504., HUGE_VAL, -HUGE_VAL, NAN};
  return random->Percent(50) ? random->Pick(values)
                             : static_cast<double>(random->Below(1000000)) / 128;
}

constexpr int64_t kDayMillis = 86400000;
// Years 1 to 9999, in seconds since 1970: the range supported by all readers.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;

int64_t RandomTimestamp(Random* random, TimeUnit::type unit) {
  if (unit == TimeUnit::NANO)
    return RandomInteger(random, -9000000000000000000, 9000000000000000000);
  return RandomInteger(random, kFirstSecond * PerSecond(unit), kLastSecond * PerSecond(unit));
}

// A value of a type that is physically a number.
int64_t RandomNumber(Random* random, const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DATE32:
      return RandomInteger(random, kFirstSecond / 86400, kLastSecond / 86400);
    case Type::DATE64:
      return RandomInteger(random, kFirstSecond / 86400, kLastSecond / 86400) * kDayMillis;
    case Type::TIME32:
    case Type::TIME64:
      return RandomInteger(random, 0,
                           86400 * PerSecond(static_cast<const arrow::TimeType&>(type).unit()) - 1);
    case Type::TIMESTAMP:
      return RandomTimestamp(random, static_cast<const arrow::TimestampType&>(type).unit());
    default: {
      const int bits = static_cast<const arrow::FixedWidthType&>(type).bit_width();
      const int64_t greatest =
          bits == 64 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << (bits - 1)) - 1;
      return RandomInteger(random, -greatest - 1, greatest);
    }
  }
}

template <class T>
ArrayPtr Numbers(Random* random, const TypePtr& type, int64_t length, bool nulls) {
  std::vector<T> values;
  for (int64_t i = 0; i < length; ++i)
    values.push_back(static_cast<T>(RandomNumber(random, *type)));
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, nulls), BufferOf(values)}));
}

template <class T>
ArrayPtr Floats(Random* random, const TypePtr& type, int64_t length, bool nulls) {
  std::vector<T> values;
  for (int64_t i = 0; i < length; ++i) values.push_back(static_cast<T>(RandomDouble(random)));
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, nulls), BufferOf(values)}));
}

ArrayPtr Halves(Random* random, const TypePtr& type, int64_t length, bool nulls) {
  // 0, -0, 1, 0.1, the least subnormal, 65504, infinities, NaN.
  static const std::vector<uint16_t> values = {0,      0x8000, 0x3c00, 0x2e66, 1,
                                               0x7bff, 0x7c00, 0xfc00, 0x7e00};
  std::vector<uint16_t> bits;
  for (int64_t i = 0; i < length; ++i) bits.push_back(random->Pick(values));
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, nulls), BufferOf(bits)}));
}

template <class Decimal>
ArrayPtr Decimals(Random* random, const TypePtr& type, int64_t length, bool nulls) {
  const int precision = static_cast<const arrow::DecimalType&>(*type).precision();
  std::string digits;
  std::vector<uint8_t> bytes;
  for (int64_t i = 0; i < length; ++i) {
    digits = random->Percent(20) ? std::string(static_cast<size_t>(precision), '9')
                                 : fmt::format("{}", random->Below(1000000));
    if (random->Percent(30)) digits = "-" + digits;
    const auto value = Get(Decimal::FromString(digits)).ToBytes();
    bytes.insert(bytes.end(), value.begin(), value.end());
  }
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, nulls), BufferOf(bytes)}));
}

ArrayPtr Strings(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  auto builder = Get(arrow::MakeBuilder(type));
  const bool text = arrow::is_string(type->id()) || type->id() == Type::STRING_VIEW;
  for (int64_t i = 0; i < length; ++i) {
    if (how.nulls && random->Percent(17)) {
      EXPECT_THAT(builder->AppendNull(), IsOk());
      continue;
    }
    std::string value = RandomString(random, how.broken || !text);
    if (type->id() == Type::FIXED_SIZE_BINARY)
      value.resize(
          static_cast<size_t>(static_cast<const arrow::FixedSizeBinaryType&>(*type).byte_width()),
          'z');
    const auto scalar = Get(arrow::MakeScalar(type, arrow::Buffer::FromString(std::move(value))));
    EXPECT_THAT(builder->AppendScalar(*scalar), IsOk());
  }
  return Get(builder->Finish());
}

ArrayPtr Booleans(Random* random, int64_t length, bool nulls) {
  arrow::BooleanBuilder builder;
  for (int64_t i = 0; i < length; ++i) {
    EXPECT_THAT(
        nulls && random->Percent(17) ? builder.AppendNull() : builder.Append(random->Percent(50)),
        IsOk());
  }
  return Get(builder.Finish());
}

template <class Offset>
ArrayPtr Lists(Random* random, const TypePtr& type, int64_t length, RandomValues how, bool view) {
  const std::vector<int64_t> offsets = RandomOffsets(random, length);
  auto values = RandomArray(random, type->field(0)->type(), offsets.back(), how);
  std::vector<Offset> starts(offsets.begin(), view ? offsets.end() - 1 : offsets.end());
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {RandomValidity(random, length, how.nulls),
                                                         BufferOf(starts)};
  if (view) {
    std::vector<Offset> sizes;
    for (size_t i = 1; i < offsets.size(); ++i)
      sizes.push_back(static_cast<Offset>(offsets[i] - offsets[i - 1]));
    buffers.push_back(BufferOf(sizes));
  }
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, length, std::move(buffers), {values->data()}));
}

ArrayPtr Maps(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  const auto& map = static_cast<const arrow::MapType&>(*type);
  const std::vector<int64_t> offsets = RandomOffsets(random, length);
  auto keys =
      RandomArray(random, map.key_type(), offsets.back(), {.nulls = false, .broken = how.broken});
  auto items = RandomArray(random, map.item_type(), offsets.back(), how);
  const std::vector<int32_t> starts(offsets.begin(), offsets.end());
  auto entries = arrow::ArrayData::Make(map.value_type(), offsets.back(), {nullptr},
                                        {keys->data(), items->data()});
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, how.nulls), BufferOf(starts)},
      {std::move(entries)}));
}

ArrayPtr Structs(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  std::vector<std::shared_ptr<arrow::ArrayData>> members;
  for (const auto& field : type->fields())
    members.push_back(RandomArray(random, field->type(), length, how)->data());
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, how.nulls)}, std::move(members)));
}

ArrayPtr FixedSizeLists(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  const int64_t size = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
  auto values = RandomArray(random, type->field(0)->type(), length * size, how);
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {RandomValidity(random, length, how.nulls)}, {values->data()}));
}

ArrayPtr Unions(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  std::vector<int8_t> codes;
  for (int64_t i = 0; i < length; ++i)
    codes.push_back(static_cast<int8_t>(random->Below(static_cast<size_t>(type->num_fields()))));
  std::vector<std::shared_ptr<arrow::ArrayData>> members;
  for (const auto& field : type->fields())
    members.push_back(RandomArray(random, field->type(), length, how)->data());
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {nullptr, BufferOf(codes)};
  if (type->id() == Type::DENSE_UNION) {
    std::vector<int32_t> offsets;
    for (int64_t i = 0; i < length; ++i) offsets.push_back(static_cast<int32_t>(i));
    buffers.push_back(BufferOf(offsets));
  }
  return arrow::MakeArray(arrow::ArrayData::Make(type, length, std::move(buffers),
                                                 std::move(members), /*null_count=*/0));
}

ArrayPtr RunEnds(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  std::vector<int32_t> ends;
  for (int64_t at = 0; at < length;) {
    at = std::min<int64_t>(length, at + 1 + static_cast<int64_t>(random->Below(3)));
    ends.push_back(static_cast<int32_t>(at));
  }
  const auto runs = static_cast<int64_t>(ends.size());
  auto values = RandomArray(
      random, static_cast<const arrow::RunEndEncodedType&>(*type).value_type(), runs, how);
  auto run_ends = arrow::ArrayData::Make(arrow::int32(), runs, {nullptr, BufferOf(ends)});
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {nullptr}, {std::move(run_ends), values->data()}, /*null_count=*/0));
}

ArrayPtr Dictionaries(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
  constexpr int64_t kValues = 5;
  auto values =
      RandomArray(random, dictionary.value_type(), kValues, {.nulls = false, .broken = how.broken});
  arrow::Int64Builder indices;
  for (int64_t i = 0; i < length; ++i) {
    EXPECT_THAT(how.nulls && random->Percent(17)
                    ? indices.AppendNull()
                    : indices.Append(static_cast<int64_t>(random->Below(kValues))),
                IsOk());
  }
  const auto cast = Get(Get(indices.Finish())->View(arrow::int64()));
  auto narrow = Get(arrow::MakeBuilder(dictionary.index_type()));
  for (int64_t i = 0; i < length; ++i) {
    const auto scalar = Get(Get(cast->GetScalar(i))->CastTo(dictionary.index_type()));
    EXPECT_THAT(narrow->AppendScalar(*scalar), IsOk());
  }
  return Get(arrow::DictionaryArray::FromArrays(type, Get(narrow->Finish()), values));
}

ArrayPtr RandomFixedWidth(Random* random, const TypePtr& type, int64_t length, bool nulls) {
  switch (type->id()) {
    case Type::HALF_FLOAT:
      return Halves(random, type, length, nulls);
    case Type::FLOAT:
      return Floats<float>(random, type, length, nulls);
    case Type::DOUBLE:
      return Floats<double>(random, type, length, nulls);
    case Type::DECIMAL32:
      return Decimals<arrow::Decimal32>(random, type, length, nulls);
    case Type::DECIMAL64:
      return Decimals<arrow::Decimal64>(random, type, length, nulls);
    case Type::DECIMAL128:
      return Decimals<arrow::Decimal128>(random, type, length, nulls);
    case Type::DECIMAL256:
      return Decimals<arrow::Decimal256>(random, type, length, nulls);
    case Type::INTERVAL_MONTH_DAY_NANO: {
      arrow::MonthDayNanoIntervalBuilder builder;
      for (int64_t i = 0; i < length; ++i)
        EXPECT_THAT(builder.Append({static_cast<int32_t>(random->Below(20)), 3, 5}), IsOk());
      return Get(builder.Finish());
    }
    default:
      break;
  }
  switch (static_cast<const arrow::FixedWidthType&>(*type).bit_width()) {
    case 8:
      return Numbers<int8_t>(random, type, length, nulls);
    case 16:
      return Numbers<int16_t>(random, type, length, nulls);
    case 32:
      return Numbers<int32_t>(random, type, length, nulls);
    default:
      return Numbers<int64_t>(random, type, length, nulls);
  }
}

}  // namespace

ArrayPtr RandomArray(Random* random, const TypePtr& type, int64_t length, RandomValues how) {
  switch (type->id()) {
    case Type::NA:
      return std::make_shared<arrow::NullArray>(length);
    case Type::BOOL:
      return Booleans(random, length, how.nulls);
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return Strings(random, type, length, how);
    case Type::LIST:
      return Lists<int32_t>(random, type, length, how, /*view=*/false);
    case Type::LARGE_LIST:
      return Lists<int64_t>(random, type, length, how, /*view=*/false);
    case Type::LIST_VIEW:
      return Lists<int32_t>(random, type, length, how, /*view=*/true);
    case Type::LARGE_LIST_VIEW:
      return Lists<int64_t>(random, type, length, how, /*view=*/true);
    case Type::FIXED_SIZE_LIST:
      return FixedSizeLists(random, type, length, how);
    case Type::STRUCT:
      return Structs(random, type, length, how);
    case Type::MAP:
      return Maps(random, type, length, how);
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      return Unions(random, type, length, how);
    case Type::RUN_END_ENCODED:
      return RunEnds(random, type, length, how);
    case Type::DICTIONARY:
      return Dictionaries(random, type, length, how);
    case Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
      return arrow::ExtensionType::WrapArray(
          type, RandomArray(random, extension.storage_type(), length, how));
    }
    default:
      return RandomFixedWidth(random, type, length, how.nulls);
  }
}

}  // namespace metaxy::testing
