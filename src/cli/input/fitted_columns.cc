#include "cli/input/fitted_columns.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Type = std::shared_ptr<arrow::DataType>;
using Values = std::shared_ptr<arrow::Array>;

bool IsBytes(const arrow::DataType& type) {
  return arrow::is_binary_like(type.id()) || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

// Whether a text such as "0.1" is the decimal form of this number, and not a rounded one.
bool IsWrittenAs(float number, double text) {
  if (static_cast<double>(number) == text || (std::isnan(number) && std::isnan(text))) return true;
  if (!std::isfinite(number)) return false;
  std::array<char, 32> shortest;
  const auto end = std::to_chars(shortest.data(), shortest.data() + shortest.size(), number);
  double back = 0;
  std::from_chars(shortest.data(), end.ptr, back);
  return back == text;
}

Values FitFloats(const arrow::DoubleArray& values) {
  arrow::FloatBuilder builder;
  if (!builder.Reserve(values.length()).ok()) return nullptr;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const auto number = static_cast<float>(values.Value(row));
    if (!IsWrittenAs(number, values.Value(row))) return nullptr;
    builder.UnsafeAppend(number);
  }
  return builder.Finish().ValueOr(nullptr);
}

Values FitHalfFloats(const arrow::DoubleArray& values) {
  arrow::HalfFloatBuilder builder;
  if (!builder.Reserve(values.length()).ok()) return nullptr;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const auto half = arrow::util::Float16::FromDouble(values.Value(row));
    if (!IsWrittenAs(half.ToFloat(), values.Value(row))) return nullptr;
    builder.UnsafeAppend(half.bits());
  }
  return builder.Finish().ValueOr(nullptr);
}

int64_t PerSecond(arrow::TimeUnit::type unit) {
  constexpr std::array<int64_t, 4> kPerSecond = {1, 1000, 1000000, 1000000000};
  return kPerSecond[static_cast<size_t>(unit)];
}

// "PT90.5S", "-PT1S", "P0D" in units of a second.
std::optional<int64_t> ParseDuration(std::string_view text, int64_t per_second) {
  if (text == "P0D") return 0;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.starts_with("PT") || !text.ends_with('S')) return std::nullopt;
  text = text.substr(2, text.size() - 3);
  const size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (digits.empty() || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
  for (int64_t unit = per_second; unit > 1; unit /= 10) {
    digits += fraction.empty() ? '0' : fraction.front();
    if (!fraction.empty()) fraction.remove_prefix(1);
  }
  if (fraction.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  if (negative) digits.insert(digits.begin(), '-');
  int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

Values FitDurations(const arrow::LargeStringArray& values, const Type& type) {
  const int64_t per_second = PerSecond(static_cast<const arrow::DurationType&>(*type).unit());
  arrow::DurationBuilder builder(type, arrow::default_memory_pool());
  if (!builder.Reserve(values.length()).ok()) return nullptr;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const auto duration = ParseDuration(values.GetView(row), per_second);
    if (!duration) return nullptr;
    builder.UnsafeAppend(*duration);
  }
  return builder.Finish().ValueOr(nullptr);
}

template <class TimeType>
Values FitTimes(const arrow::LargeStringArray& values, const Type& type) {
  typename arrow::TypeTraits<TimeType>::BuilderType builder(type, arrow::default_memory_pool());
  if (!builder.Reserve(values.length()).ok()) return nullptr;
  for (int64_t row = 0; row < values.length(); ++row) {
    const std::string_view text = values.GetView(row);
    typename TimeType::c_type time = 0;
    if (values.IsNull(row)) {
      builder.UnsafeAppendNull();
    } else if (arrow::internal::ParseValue(static_cast<const TimeType&>(*type), text.data(),
                                           text.size(), &time)) {
      builder.UnsafeAppend(time);
    } else {
      return nullptr;
    }
  }
  return builder.Finish().ValueOr(nullptr);
}

// "1.5" where the column has a scale of two digits.
std::optional<arrow::Decimal128> ParseDecimal(std::string_view text,
                                              const arrow::DecimalType& type) {
  arrow::Decimal128 value;
  int32_t precision = 0;
  int32_t scale = 0;
  if (!arrow::Decimal128::FromString(text, &value, &precision, &scale).ok()) return std::nullopt;
  const auto rescaled = scale == type.scale() ? arrow::Result<arrow::Decimal128>(value)
                                              : value.Rescale(scale, type.scale());
  if (!rescaled.ok() || !rescaled->FitsInPrecision(type.precision())) return std::nullopt;
  return *rescaled;
}

Values FitDecimals(const arrow::LargeStringArray& values, const Type& type) {
  arrow::Decimal128Builder builder(type, arrow::default_memory_pool());
  if (!builder.Reserve(values.length()).ok()) return nullptr;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const auto decimal =
        ParseDecimal(values.GetView(row), static_cast<const arrow::DecimalType&>(*type));
    if (!decimal) return nullptr;
    builder.UnsafeAppend(*decimal);
  }
  return builder.Finish().ValueOr(nullptr);
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> ParseHex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = DigitOf(text[i]);
    const int low = DigitOf(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

arrow::Result<Values> FitBytes(const arrow::LargeStringArray& values) {
  arrow::LargeBinaryBuilder builder;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    const auto bytes = ParseHex(values.GetView(row));
    if (!bytes) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("{} is not binary data, which the table's column holds; write "
                                   "it as hexadecimal digits, such as 00FF",
                                   Quote(values.GetView(row))));
    }
    ARROW_RETURN_NOT_OK(builder.Append(*bytes));
  }
  return builder.Finish();
}

// The same array with other children, none of which may fail to fit.
arrow::Result<Values> FitChildren(const Values& values, const Type& type) {
  auto fitted = values->data()->Copy();
  fitted->type = type;
  for (size_t i = 0; i < fitted->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const Values child, Fit(arrow::MakeArray(fitted->child_data[i]),
                                                  type->field(static_cast<int>(i))->type()));
    if (child == nullptr) return nullptr;
    fitted->child_data[i] = child->data();
  }
  return arrow::MakeArray(fitted);
}

class FittedReader : public arrow::RecordBatchReader {
 public:
  FittedReader(std::shared_ptr<arrow::RecordBatchReader> rows,
               std::shared_ptr<arrow::Schema> schema)
      : rows_(std::move(rows)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> next;
    batch->reset();
    ARROW_RETURN_NOT_OK(rows_->ReadNext(&next));
    if (next == nullptr) return arrow::Status::OK();
    arrow::ArrayVector columns;
    for (int i = 0; i < next->num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(Values column, Fit(next->column(i), schema_->field(i)->type()));
      if (column == nullptr)
        return MakeError(ErrorCode::kInvalidInput, "the file was changed while it was read");
      columns.push_back(std::move(column));
    }
    *batch = arrow::RecordBatch::Make(schema_, next->num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

bool IsList(const arrow::DataType& type) {
  return arrow::is_list_like(type.id()) && type.id() != arrow::Type::MAP;
}

}  // namespace

Type FittedType(const Type& read, const Type& stored) {
  switch (read->id()) {
    case arrow::Type::DOUBLE:
      return stored->id() == arrow::Type::FLOAT || stored->id() == arrow::Type::HALF_FLOAT ? stored
                                                                                           : read;
    case arrow::Type::LARGE_STRING:
      if (IsBytes(*stored)) return arrow::large_binary();
      return arrow::is_time(stored->id()) || stored->id() == arrow::Type::DURATION ||
                     stored->id() == arrow::Type::DECIMAL128
                 ? stored
                 : read;
    case arrow::Type::LARGE_LIST: {
      if (!IsList(*stored)) return read;
      const auto& element = read->field(0);
      return arrow::large_list(
          element->WithType(FittedType(element->type(), stored->field(0)->type())));
    }
    case arrow::Type::STRUCT: {
      if (stored->id() != arrow::Type::STRUCT) return read;
      arrow::FieldVector members = read->fields();
      for (auto& member : members) {
        const auto other =
            static_cast<const arrow::StructType&>(*stored).GetFieldByName(member->name());
        if (other != nullptr) member = member->WithType(FittedType(member->type(), other->type()));
      }
      return arrow::struct_(members);
    }
    default:
      return read;
  }
}

arrow::Result<Values> Fit(const Values& values, const Type& type) {
  if (values->type()->Equals(*type)) return values;
  switch (type->id()) {
    case arrow::Type::FLOAT:
      return FitFloats(static_cast<const arrow::DoubleArray&>(*values));
    case arrow::Type::HALF_FLOAT:
      return FitHalfFloats(static_cast<const arrow::DoubleArray&>(*values));
    case arrow::Type::DURATION:
      return FitDurations(static_cast<const arrow::LargeStringArray&>(*values), type);
    case arrow::Type::DECIMAL128:
      return FitDecimals(static_cast<const arrow::LargeStringArray&>(*values), type);
    case arrow::Type::LARGE_BINARY:
      return FitBytes(static_cast<const arrow::LargeStringArray&>(*values));
    case arrow::Type::TIME32:
      return FitTimes<arrow::Time32Type>(static_cast<const arrow::LargeStringArray&>(*values),
                                         type);
    case arrow::Type::TIME64:
      return FitTimes<arrow::Time64Type>(static_cast<const arrow::LargeStringArray&>(*values),
                                         type);
    default:
      return FitChildren(values, type);
  }
}

std::shared_ptr<arrow::RecordBatchReader> WithFittedColumns(
    std::shared_ptr<arrow::RecordBatchReader> rows, std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<FittedReader>(std::move(rows), std::move(schema));
}

}  // namespace metaxy::cli
