#include "cli/output/column_text.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_primitive.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <fmt/core.h>

#include <cmath>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cli/output/column_text_parts.h"
#include "cli/output/scalar_text.h"
#include "cli/output/text_escape.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Made = arrow::Result<std::unique_ptr<ColumnText>>;

// A column of an Arrow array type. `Format` writes one non-null value; kQuoted says whether JSON
// needs quotes around it.
template <class ArrayType, class Format>
class SimpleColumn : public ColumnText {
 public:
  SimpleColumn(const arrow::Array& column, Format format)
      : column_(static_cast<const ArrayType&>(column)), format_(std::move(format)) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    if (column_.IsNull(row)) return out->Append("null");
    if (Format::kQuoted) out->Append('"');
    format_(column_, row, out);
    if (Format::kQuoted) out->Append('"');
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    if (!column_.IsNull(row)) format_(column_, row, out);
  }
  bool is_free_text() const override { return Format::kFreeText; }
  bool IsNull(int64_t row) const override { return column_.IsNull(row); }

 private:
  const ArrayType& column_;
  Format format_;
};

struct Number {
  static constexpr bool kQuoted = false;
  static constexpr bool kFreeText = false;
};
struct Word {
  static constexpr bool kQuoted = true;
  static constexpr bool kFreeText = false;
};

struct NullFormat : Word {
  void operator()(const arrow::NullArray&, int64_t, TextBuffer*) const {}
};

struct BoolFormat : Number {
  void operator()(const arrow::BooleanArray& column, int64_t row, TextBuffer* out) const {
    out->Append(column.Value(row) ? "true" : "false");
  }
};

struct IntegerFormat : Number {
  template <class ArrayType>
  void operator()(const ArrayType& column, int64_t row, TextBuffer* out) const {
    AppendInteger(column.Value(row), out);
  }
};

template <class Decimal>
struct DecimalFormat : Word {
  int32_t scale;
  explicit DecimalFormat(const arrow::DataType& type)
      : scale(static_cast<const arrow::DecimalType&>(type).scale()) {}
  template <class ArrayType>
  void operator()(const ArrayType& column, int64_t row, TextBuffer* out) const {
    AppendDecimal(Decimal(column.GetValue(row)).ToIntegerString(), scale, out);
  }
};

struct Date32Format : Word {
  void operator()(const arrow::Date32Array& column, int64_t row, TextBuffer* out) const {
    AppendDate(column.Value(row), out);
  }
};

struct Date64Format : Word {
  // Milliseconds that are not whole days are invalid, but must not be lost.
  void operator()(const arrow::Date64Array& column, int64_t row, TextBuffer* out) const {
    constexpr int64_t kMillisecondsOfDay = 86400000;
    const int64_t value = column.Value(row);
    if (value % kMillisecondsOfDay == 0) return AppendDate(value / kMillisecondsOfDay, out);
    AppendTimestamp(value, arrow::TimeUnit::MILLI, out);
  }
};

struct TimeFormat : Word {
  arrow::TimeUnit::type unit;
  explicit TimeFormat(const arrow::DataType& type)
      : unit(static_cast<const arrow::TimeType&>(type).unit()) {}
  template <class ArrayType>
  void operator()(const ArrayType& column, int64_t row, TextBuffer* out) const {
    AppendTimeOfDay(column.Value(row), unit, out);
  }
};

struct TimestampFormat : Word {
  arrow::TimeUnit::type unit;
  bool has_zone;
  const ZoneOffset* zone;
  explicit TimestampFormat(const arrow::DataType& type)
      : unit(static_cast<const arrow::TimestampType&>(type).unit()),
        has_zone(!static_cast<const arrow::TimestampType&>(type).timezone().empty()),
        zone(has_zone ? ZoneOffset::Find(static_cast<const arrow::TimestampType&>(type).timezone())
                      : nullptr) {}
  void operator()(const arrow::TimestampArray& column, int64_t row, TextBuffer* out) const {
    if (has_zone) return AppendZonedTimestamp(column.Value(row), unit, zone, out);
    AppendTimestamp(column.Value(row), unit, out);
  }
};

struct DurationFormat : Word {
  arrow::TimeUnit::type unit;
  explicit DurationFormat(const arrow::DataType& type)
      : unit(static_cast<const arrow::DurationType&>(type).unit()) {}
  void operator()(const arrow::DurationArray& column, int64_t row, TextBuffer* out) const {
    AppendDuration(column.Value(row), unit, out);
  }
};

struct MonthFormat : Word {
  void operator()(const arrow::MonthIntervalArray& column, int64_t row, TextBuffer* out) const {
    AppendInterval(column.Value(row), 0, 0, out);
  }
};

struct DayTimeFormat : Word {
  void operator()(const arrow::DayTimeIntervalArray& column, int64_t row, TextBuffer* out) const {
    constexpr int64_t kNanosecondsOfMillisecond = 1000000;
    const auto value = column.GetValue(row);
    AppendInterval(0, value.days, value.milliseconds * kNanosecondsOfMillisecond, out);
  }
};

struct MonthDayNanoFormat : Word {
  void operator()(const arrow::MonthDayNanoIntervalArray& column, int64_t row,
                  TextBuffer* out) const {
    const auto value = column.GetValue(row);
    AppendInterval(value.months, value.days, value.nanoseconds, out);
  }
};

struct BytesFormat : Word {
  static constexpr bool kFreeText = true;
  template <class ArrayType>
  void operator()(const ArrayType& column, int64_t row, TextBuffer* out) const {
    AppendHex(column.GetView(row), out);
  }
};

template <class ArrayType>
class FloatColumn : public ColumnText {
 public:
  FloatColumn(const arrow::Array& column, NotFinite not_finite)
      : column_(static_cast<const ArrayType&>(column)), not_finite_(not_finite) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    if (column_.IsNull(row)) return out->Append("null");
    const auto value = ValueAt(row);
    if (!std::isfinite(value) && not_finite_ == NotFinite::kNull) return out->Append("null");
    AppendFloat(value, out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    if (!column_.IsNull(row)) AppendFloat(ValueAt(row), out);
  }
  bool is_free_text() const override { return false; }
  bool IsNull(int64_t row) const override { return column_.IsNull(row); }

 private:
  auto ValueAt(int64_t row) const {
    // Halves are written with the digits of a float, as in Polars.
    if constexpr (std::is_same_v<ArrayType, arrow::HalfFloatArray>) {
      return arrow::util::Float16::FromBits(column_.Value(row)).ToFloat();
    } else {
      return column_.Value(row);
    }
  }

  const ArrayType& column_;
  NotFinite not_finite_;
};

template <class ArrayType>
class TextColumn : public ColumnText {
 public:
  explicit TextColumn(const arrow::Array& column)
      : column_(static_cast<const ArrayType&>(column)) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    if (column_.IsNull(row)) return out->Append("null");
    AppendJsonText(column_.GetView(row), out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    if (!column_.IsNull(row)) AppendPlainText(column_.GetView(row), out);
  }
  bool is_free_text() const override { return true; }
  bool is_text() const override { return true; }
  bool IsNull(int64_t row) const override { return column_.IsNull(row); }

 private:
  const ArrayType& column_;
};

template <class ArrayType, class Format>
Made Simple(const arrow::Array& column) {
  if constexpr (std::is_constructible_v<Format, const arrow::DataType&>) {
    return std::make_unique<SimpleColumn<ArrayType, Format>>(column, Format(*column.type()));
  } else {
    return std::make_unique<SimpleColumn<ArrayType, Format>>(column, Format());
  }
}

using Maker = Made (*)(const arrow::Array& column, NotFinite not_finite);

template <class ArrayType, class Format>
Made MakeSimple(const arrow::Array& column, NotFinite) {
  return Simple<ArrayType, Format>(column);
}
template <class ArrayType>
Made MakeFloat(const arrow::Array& column, NotFinite not_finite) {
  return std::make_unique<FloatColumn<ArrayType>>(column, not_finite);
}
template <class ArrayType>
Made MakeText(const arrow::Array& column, NotFinite) {
  return std::make_unique<TextColumn<ArrayType>>(column);
}

// Null for nested types.
Maker NumberMaker(arrow::Type::type type) {
  switch (type) {
    case arrow::Type::INT8:
      return MakeSimple<arrow::Int8Array, IntegerFormat>;
    case arrow::Type::INT16:
      return MakeSimple<arrow::Int16Array, IntegerFormat>;
    case arrow::Type::INT32:
      return MakeSimple<arrow::Int32Array, IntegerFormat>;
    case arrow::Type::INT64:
      return MakeSimple<arrow::Int64Array, IntegerFormat>;
    case arrow::Type::UINT8:
      return MakeSimple<arrow::UInt8Array, IntegerFormat>;
    case arrow::Type::UINT16:
      return MakeSimple<arrow::UInt16Array, IntegerFormat>;
    case arrow::Type::UINT32:
      return MakeSimple<arrow::UInt32Array, IntegerFormat>;
    case arrow::Type::UINT64:
      return MakeSimple<arrow::UInt64Array, IntegerFormat>;
    case arrow::Type::HALF_FLOAT:
      return MakeFloat<arrow::HalfFloatArray>;
    case arrow::Type::FLOAT:
      return MakeFloat<arrow::FloatArray>;
    case arrow::Type::DOUBLE:
      return MakeFloat<arrow::DoubleArray>;
    case arrow::Type::DECIMAL32:
      return MakeSimple<arrow::Decimal32Array, DecimalFormat<arrow::Decimal32>>;
    case arrow::Type::DECIMAL64:
      return MakeSimple<arrow::Decimal64Array, DecimalFormat<arrow::Decimal64>>;
    case arrow::Type::DECIMAL128:
      return MakeSimple<arrow::Decimal128Array, DecimalFormat<arrow::Decimal128>>;
    case arrow::Type::DECIMAL256:
      return MakeSimple<arrow::Decimal256Array, DecimalFormat<arrow::Decimal256>>;
    default:
      return nullptr;
  }
}

Maker TimeMaker(arrow::Type::type type) {
  switch (type) {
    case arrow::Type::DATE32:
      return MakeSimple<arrow::Date32Array, Date32Format>;
    case arrow::Type::DATE64:
      return MakeSimple<arrow::Date64Array, Date64Format>;
    case arrow::Type::TIME32:
      return MakeSimple<arrow::Time32Array, TimeFormat>;
    case arrow::Type::TIME64:
      return MakeSimple<arrow::Time64Array, TimeFormat>;
    case arrow::Type::TIMESTAMP:
      return MakeSimple<arrow::TimestampArray, TimestampFormat>;
    case arrow::Type::DURATION:
      return MakeSimple<arrow::DurationArray, DurationFormat>;
    case arrow::Type::INTERVAL_MONTHS:
      return MakeSimple<arrow::MonthIntervalArray, MonthFormat>;
    case arrow::Type::INTERVAL_DAY_TIME:
      return MakeSimple<arrow::DayTimeIntervalArray, DayTimeFormat>;
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return MakeSimple<arrow::MonthDayNanoIntervalArray, MonthDayNanoFormat>;
    default:
      return nullptr;
  }
}

Maker OtherMaker(arrow::Type::type type) {
  switch (type) {
    case arrow::Type::NA:
      return MakeSimple<arrow::NullArray, NullFormat>;
    case arrow::Type::BOOL:
      return MakeSimple<arrow::BooleanArray, BoolFormat>;
    case arrow::Type::STRING:
      return MakeText<arrow::StringArray>;
    case arrow::Type::LARGE_STRING:
      return MakeText<arrow::LargeStringArray>;
    case arrow::Type::STRING_VIEW:
      return MakeText<arrow::StringViewArray>;
    case arrow::Type::BINARY:
      return MakeSimple<arrow::BinaryArray, BytesFormat>;
    case arrow::Type::LARGE_BINARY:
      return MakeSimple<arrow::LargeBinaryArray, BytesFormat>;
    case arrow::Type::BINARY_VIEW:
      return MakeSimple<arrow::BinaryViewArray, BytesFormat>;
    case arrow::Type::FIXED_SIZE_BINARY:
      return MakeSimple<arrow::FixedSizeBinaryArray, BytesFormat>;
    default:
      return nullptr;
  }
}

}  // namespace

Made ColumnText::Make(const arrow::Array& column, NotFinite not_finite) {
  for (const auto& maker : {NumberMaker, TimeMaker, OtherMaker}) {
    if (const Maker make = maker(column.type_id())) return make(column, not_finite);
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<ColumnText> nested,
                        MakeNestedColumnText(column, not_finite));
  if (nested != nullptr) return nested;
  return MakeError(
      ErrorCode::kNotSupported,
      fmt::format("values of type {} cannot be written as a string", column.type()->ToString()));
}

}  // namespace metaxy::cli
