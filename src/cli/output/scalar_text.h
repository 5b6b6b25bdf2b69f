// Text of numbers, times and durations, as Polars writes them to JSON.
#pragma once

#include <arrow/type.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "cli/output/text_buffer.h"
#include "cli/output/zone_offset.h"

namespace metaxy::cli {

template <class Integer>
void AppendInteger(Integer value, TextBuffer* out) {
  constexpr size_t kDigits = 20;
  char* begin = out->Reserve(kDigits);
  out->Advance(std::to_chars(begin, begin + kDigits, value).ptr);
}

/// \brief The shortest string that reads back as the same value: "0.1", "1e-7", "1e+16", "NaN",
/// "-inf".
void AppendFloat(double value, TextBuffer* out);
void AppendFloat(float value, TextBuffer* out);

/// \brief "12.50", from all digits and the scale. A negative scale means zeros before the point.
void AppendDecimal(std::string_view digits, int32_t scale, TextBuffer* out);

/// \brief "2024-01-31", for a day counted from 1970. Years of more than four digits have a sign.
void AppendDate(int64_t days, TextBuffer* out);

/// \brief "01:02:03", with 3, 6 or 9 digits of a second if needed.
void AppendTimeOfDay(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out);

/// \brief "2024-01-31 01:02:03.250", without a zone.
void AppendTimestamp(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out);

/// \brief "2024-01-31T01:02:03.250+01:00", the local time of a zone. Without one, which means an
/// unknown zone, UTC: "2024-01-31T00:02:03.250Z".
void AppendZonedTimestamp(int64_t value, arrow::TimeUnit::type unit, const ZoneOffset* zone,
                          TextBuffer* out);

/// \brief "PT90.5S", in ISO 8601; "P0D" for none.
void AppendDuration(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out);

/// \brief "P14M3DT0.5S", each part with its own sign; "P0D" for none.
void AppendInterval(int64_t months, int64_t days, int64_t nanoseconds, TextBuffer* out);

/// \brief "00FF"
void AppendHex(std::string_view bytes, TextBuffer* out);

}  // namespace metaxy::cli
