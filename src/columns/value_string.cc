#include "columns/value_string.h"

#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "columns/categories.h"
#include "json/float_text.h"

namespace metaxy::internal {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using LargeStrings = std::shared_ptr<arrow::LargeStringArray>;

arrow::Result<ArrayPtr> CastTo(const ArrayPtr& values,
                               const std::shared_ptr<arrow::DataType>& type) {
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast, arrow::compute::Cast(values, type));
  return cast.make_array();
}

// `text_of` returns the string of a non-null row, or a status.
template <class TextOf>
arrow::Result<LargeStrings> Build(const arrow::Array& values, const TextOf& text_of) {
  arrow::LargeStringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(values.length()));
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto text, text_of(row));
      ARROW_RETURN_NOT_OK(builder.Append(text));
    }
  }
  LargeStrings texts;
  ARROW_RETURN_NOT_OK(builder.Finish(&texts));
  return texts;
}

using Text = arrow::Result<std::string>;

Text Shown(std::optional<std::string> text, int64_t ticks, std::string_view what) {
  if (text) return std::move(*text);
  return arrow::Status::Invalid(ticks, " ", what);
}

template <class ArrayType, class TextOf>
arrow::Result<LargeStrings> Numbers(const arrow::Array& array, const TextOf& text_of) {
  const auto& values = static_cast<const ArrayType&>(array);
  return Build(array, [&](int64_t row) -> Text { return text_of(values.Value(row)); });
}

template <class ArrayType>
arrow::Result<LargeStrings> Floats(const arrow::Array& array, StringForm form) {
  return Numbers<ArrayType>(array, [form](auto value) {
    return form == StringForm::kVersion ? RustFloatText(value) : StoredFloatText(value);
  });
}

arrow::Result<LargeStrings> Halves(const arrow::Array& array, StringForm form) {
  return Numbers<arrow::HalfFloatArray>(array, [form](uint16_t bits) {
    const float value = arrow::util::Float16::FromBits(bits).ToFloat();
    return form == StringForm::kVersion ? RustFloatText(value) : StoredHalfText(value);
  });
}

std::string WithPoint(std::string digits, int32_t scale) {
  if (scale == 0) return digits;
  const std::string sign = digits[0] == '-' ? "-" : "";
  digits.erase(0, sign.size());
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, 1, '.');
  return sign + digits;
}

template <class ArrayType, class Decimal>
arrow::Result<LargeStrings> Decimals(const arrow::Array& array) {
  const auto& values = static_cast<const ArrayType&>(array);
  const int32_t scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  if (scale < 0) return arrow::Status::NotImplemented("its scale is negative");
  return Build(array, [&](int64_t row) -> Text {
    return WithPoint(Decimal(values.GetValue(row)).ToIntegerString(), scale);
  });
}

arrow::Result<LargeStrings> Binaries(const ArrayPtr& array) {
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr cast, CastTo(array, arrow::large_binary()));
  const auto values = std::static_pointer_cast<arrow::LargeBinaryArray>(cast);
  arrow::util::InitializeUTF8();
  return Build(*values, [&](int64_t row) -> arrow::Result<std::string_view> {
    const std::string_view bytes = values->GetView(row);
    if (arrow::util::ValidateUTF8(bytes)) return bytes;
    const auto start = bytes.substr(0, 16);
    return arrow::Status::Invalid(
        fmt::format("the bytes {:02x} are not valid UTF-8",
                    fmt::join(reinterpret_cast<const uint8_t*>(start.data()),
                              reinterpret_cast<const uint8_t*>(start.data()) + start.size(), " ")));
  });
}

template <class ArrayType>
arrow::Result<LargeStrings> Times(const arrow::Array& array, StringForm form) {
  const auto unit = static_cast<const arrow::TimeType&>(*array.type()).unit();
  return Numbers<ArrayType>(array, [&](int64_t ticks) {
    return Shown(TimeString(ticks, unit, form), ticks, "is not a time within one day");
  });
}

constexpr std::string_view kFarDay = "is outside the years -262143 to 262142";

arrow::Result<LargeStrings> Dates(const arrow::Array& array) {
  return Numbers<arrow::Date32Array>(array, [](int32_t days) {
    return Shown(IsShownDay(days) ? std::optional(DateString(days)) : std::nullopt, days, kFarDay);
  });
}

arrow::Result<LargeStrings> Timestamps(const ArrayPtr& array, StringForm form) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array->type());
  std::optional<TimeZone> zone;
  if (!type.timezone().empty()) {
    zone = TimeZone::Find(type.timezone());
    if (!zone) {
      return arrow::Status::NotImplemented(
          "the time zone '", type.timezone(),
          "' is not known; use a name of the IANA database or whole hours such as +02:00");
    }
  }
  return Numbers<arrow::TimestampArray>(*array, [&](int64_t ticks) {
    return Shown(TimestampString(ticks, type.unit(), zone ? &*zone : nullptr, form), ticks,
                 kFarDay);
  });
}

arrow::Result<LargeStrings> Durations(const arrow::Array& array, StringForm form) {
  if (form == StringForm::kVersion)
    return arrow::Status::NotImplemented("Polars does not cast durations");
  const auto unit = static_cast<const arrow::DurationType&>(*array.type()).unit();
  return Numbers<arrow::DurationArray>(
      array, [unit](int64_t ticks) { return DurationString(ticks, unit); });
}

arrow::Result<LargeStrings> DaysAndTimes(const ArrayPtr& values, StringForm form) {
  switch (values->type_id()) {
    case arrow::Type::DATE32:
      return Dates(*values);
    case arrow::Type::DATE64: {
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr timestamps,
                            CastTo(values, arrow::timestamp(arrow::TimeUnit::MILLI)));
      return Timestamps(timestamps, form);
    }
    case arrow::Type::TIME32:
      return Times<arrow::Time32Array>(*values, form);
    case arrow::Type::TIME64:
      return Times<arrow::Time64Array>(*values, form);
    case arrow::Type::TIMESTAMP:
      return Timestamps(values, form);
    default:
      return Durations(*values, form);
  }
}

// Polars casts a struct to what it prints. Where that is abbreviated (lists, floats), two values
// would have the same string, so there is no string form here.
arrow::Result<LargeStrings> Structs(const arrow::StructArray& structs) {
  std::vector<LargeStrings> members;
  std::vector<bool> quoted;
  for (int i = 0; i < structs.num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr member, structs.GetFlattenedField(i));
    ARROW_ASSIGN_OR_RAISE(member, DecodeDictionary(member));
    const arrow::DataType& type = *member->type();
    if (!IsString(type) && !arrow::is_integer(type.id()) && type.id() != arrow::Type::BOOL &&
        type.id() != arrow::Type::DATE32 && type.id() != arrow::Type::STRUCT) {
      return arrow::Status::NotImplemented("the Python package abbreviates members of type ",
                                           type.ToString());
    }
    ARROW_ASSIGN_OR_RAISE(LargeStrings texts, ValueStrings(member, StringForm::kVersion));
    members.push_back(std::move(texts));
    quoted.push_back(IsString(type));
  }
  if (members.empty()) return arrow::Status::NotImplemented("it has no members");
  return Build(structs, [&](int64_t row) -> Text {
    std::string text;
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i]->IsNull(row)) {
        return arrow::Status::Invalid(
            "member '", structs.struct_type()->field(static_cast<int>(i))->name(), "' is null");
      }
      text += text.empty() ? '{' : ',';
      const std::string_view quote = quoted[i] ? "\"" : "";
      text.append(quote).append(members[i]->GetView(row)).append(quote);
    }
    return text + '}';
  });
}

}  // namespace

bool IsString(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == arrow::Type::STRING_VIEW;
}

arrow::Result<LargeStrings> ValueStrings(const ArrayPtr& values, StringForm form) {
  using arrow::Type;
  const arrow::DataType& type = *values->type();
  switch (type.id()) {
    case Type::NA:
    case Type::BOOL:
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      break;
    case Type::HALF_FLOAT:
      return Halves(*values, form);
    case Type::FLOAT:
      return Floats<arrow::FloatArray>(*values, form);
    case Type::DOUBLE:
      return Floats<arrow::DoubleArray>(*values, form);
    case Type::DECIMAL32:
      return Decimals<arrow::Decimal32Array, arrow::Decimal32>(*values);
    case Type::DECIMAL64:
      return Decimals<arrow::Decimal64Array, arrow::Decimal64>(*values);
    case Type::DECIMAL128:
      return Decimals<arrow::Decimal128Array, arrow::Decimal128>(*values);
    case Type::DECIMAL256:
      return arrow::Status::NotImplemented("Polars has decimals of 128 bits at most");
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return Binaries(values);
    case Type::DATE32:
    case Type::DATE64:
    case Type::TIME32:
    case Type::TIME64:
    case Type::TIMESTAMP:
    case Type::DURATION:
      return DaysAndTimes(values, form);
    case Type::DICTIONARY: {
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, DecodeDictionary(values));
      return ValueStrings(plain, form);
    }
    case Type::STRUCT:
      if (form == StringForm::kVersion)
        return Structs(static_cast<const arrow::StructArray&>(*values));
      return arrow::Status::NotImplemented("nested values have none");
    default:
      if (arrow::is_integer(type.id())) break;
      return arrow::Status::NotImplemented(arrow::is_nested(type.id()) ? "nested values have none"
                                                                       : "Polars has no such type");
  }
  // Arrow's own string form of these is the same.
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr texts, CastTo(values, arrow::large_utf8()));
  return std::static_pointer_cast<arrow::LargeStringArray>(texts);
}

}  // namespace metaxy::internal
