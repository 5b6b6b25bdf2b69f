#include "cli/output/scalar_text.h"

#include <cmath>

#include "cli/output/civil_time.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kDay = 86400;

// Which exponents are written without `e`; Polars has different limits for each width.
template <class Float>
constexpr int kSmallest = sizeof(Float) == sizeof(double) ? -5 : -6;
template <class Float>
constexpr int kLargest = sizeof(Float) == sizeof(double) ? 15 : 12;

template <class Float>
void AppendShortest(Float value, TextBuffer* out) {
  if (std::isnan(value)) return out->Append("NaN");
  if (std::signbit(value)) out->Append('-');
  if (std::isinf(value)) return out->Append("inf");
  // to_chars returns the shortest digits, as d.ddde-xx; the position of the point is decided here.
  std::array<char, 32> buffer;
  const char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value),
                                  std::chars_format::scientific)
                        .ptr;
  const char* e = end - 1;
  while (*e != 'e') --e;
  std::array<char, 24> digits;
  size_t count = 0;
  for (const char* c = buffer.data(); c != e; ++c) {
    if (*c != '.') digits[count++] = *c;
  }
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  const std::string_view all(digits.data(), count);
  if (exponent < kSmallest<Float> || exponent > kLargest<Float>) {
    out->Append(all[0]);
    if (count > 1) {
      out->Append('.');
      out->Append(all.substr(1));
    }
    out->Append(exponent < 0 ? "e" : "e+");
    return AppendInteger(exponent, out);
  }
  if (exponent < 0) {
    out->Append(std::string_view("0.000000").substr(0, static_cast<size_t>(1 - exponent)));
    return out->Append(all);
  }
  const size_t whole = static_cast<size_t>(exponent) + 1;
  out->Append(all.substr(0, whole));
  for (size_t i = count; i < whole; ++i) out->Append('0');
  out->Append('.');
  out->Append(count > whole ? all.substr(whole) : "0");
}

int64_t PerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1000;
    case arrow::TimeUnit::MICRO:
      return 1000000;
    default:
      return 1000000000;
  }
}

// `digits` decimal digits of a number, with leading zeros.
char* WritePadded(uint64_t number, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return out + digits;
}

// ".250": 3, 6 or 9 digits, or empty.
char* WriteFraction(int64_t fraction, int64_t per_second, char* out) {
  if (fraction == 0) return out;
  auto nanoseconds = static_cast<uint64_t>(fraction * (1000000000 / per_second));
  int digits = 9;
  for (; nanoseconds % 1000 == 0; nanoseconds /= 1000) digits -= 3;
  *out++ = '.';
  return WritePadded(nanoseconds, digits, out);
}

char* WriteDate(int64_t days, char* out) {
  const CivilDate date = DateOfDay(days);
  if (date.year >= 0 && date.year <= 9999) {
    out = WritePadded(static_cast<uint64_t>(date.year), 4, out);
  } else {
    *out++ = date.year < 0 ? '-' : '+';
    const uint64_t year =
        date.year < 0 ? -static_cast<uint64_t>(date.year) : static_cast<uint64_t>(date.year);
    out = year <= 9999 ? WritePadded(year, 4, out) : std::to_chars(out, out + 20, year).ptr;
  }
  *out++ = '-';
  out = WritePadded(static_cast<uint64_t>(date.month), 2, out);
  *out++ = '-';
  return WritePadded(static_cast<uint64_t>(date.day), 2, out);
}

// Of a second of a day; larger values continue past midnight.
char* WriteClock(int64_t seconds, char* out) {
  const auto second = static_cast<uint64_t>(seconds);
  const uint64_t hour = second / 3600;
  out = hour < 100 ? WritePadded(hour, 2, out) : std::to_chars(out, out + 20, hour).ptr;
  *out++ = ':';
  out = WritePadded(second / 60 % 60, 2, out);
  *out++ = ':';
  return WritePadded(second % 60, 2, out);
}

// The maximum length of a date and a time.
constexpr size_t kRoom = 80;

char* WriteTimestamp(int64_t seconds, int64_t fraction, int64_t per_second, char separator,
                     char* out) {
  out = WriteDate(FloorDivide(seconds, kDay), out);
  *out++ = separator;
  out = WriteClock(FloorRemainder(seconds, kDay), out);
  return WriteFraction(fraction, per_second, out);
}

// "1.5", without trailing zeros.
void AppendSeconds(uint64_t value, uint64_t per_second, TextBuffer* out) {
  AppendInteger(value / per_second, out);
  uint64_t fraction = value % per_second;
  if (fraction == 0) return;
  int digits = 0;
  for (uint64_t unit = per_second; unit > 1; unit /= 10) ++digits;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  char* text = out->Reserve(kRoom);
  *text++ = '.';
  out->Advance(WritePadded(fraction, digits, text));
}

uint64_t Magnitude(int64_t value) {
  return value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

}  // namespace

void AppendFloat(double value, TextBuffer* out) { AppendShortest(value, out); }

void AppendFloat(float value, TextBuffer* out) { AppendShortest(value, out); }

void AppendDecimal(std::string_view digits, int32_t scale, TextBuffer* out) {
  if (!digits.empty() && digits[0] == '-') {
    out->Append('-');
    digits.remove_prefix(1);
  }
  if (scale <= 0) {
    out->Append(digits);
    for (int32_t i = scale; i < 0 && digits != "0"; ++i) out->Append('0');
    return;
  }
  const auto behind = static_cast<size_t>(scale);
  if (digits.size() > behind) {
    out->Append(digits.substr(0, digits.size() - behind));
    digits.remove_prefix(digits.size() - behind);
  } else {
    out->Append('0');
  }
  out->Append('.');
  for (size_t i = digits.size(); i < behind; ++i) out->Append('0');
  out->Append(digits);
}

void AppendDate(int64_t days, TextBuffer* out) {
  out->Advance(WriteDate(days, out->Reserve(kRoom)));
}

void AppendTimeOfDay(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out) {
  const int64_t per_second = PerSecond(unit);
  // A file may contain times before midnight or past the next one.
  if (value < 0) out->Append('-');
  const uint64_t magnitude = Magnitude(value);
  const uint64_t seconds = magnitude / static_cast<uint64_t>(per_second);
  char* text = WriteClock(static_cast<int64_t>(seconds), out->Reserve(kRoom));
  out->Advance(WriteFraction(static_cast<int64_t>(magnitude % static_cast<uint64_t>(per_second)),
                             per_second, text));
}

void AppendTimestamp(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out) {
  const int64_t per_second = PerSecond(unit);
  out->Advance(WriteTimestamp(FloorDivide(value, per_second), FloorRemainder(value, per_second),
                              per_second, ' ', out->Reserve(kRoom)));
}

void AppendZonedTimestamp(int64_t value, arrow::TimeUnit::type unit, const ZoneOffset* zone,
                          TextBuffer* out) {
  const int64_t per_second = PerSecond(unit);
  const int64_t utc = FloorDivide(value, per_second);
  int64_t local = utc;
  // ISO 8601 has no seconds in offsets, which some zones had a century ago. Whole minutes with the
  // corresponding local time denote the same instant.
  int64_t minutes = zone == nullptr ? 0 : zone->At(utc) / 60;
  if (__builtin_add_overflow(utc, minutes * 60, &local)) {
    local = utc;
    minutes = 0;
  }
  char* text = WriteTimestamp(local, FloorRemainder(value, per_second), per_second, 'T',
                              out->Reserve(kRoom));
  if (zone == nullptr) {
    *text++ = 'Z';
  } else {
    *text++ = minutes < 0 ? '-' : '+';
    text = WritePadded(Magnitude(minutes) / 60, 2, text);
    *text++ = ':';
    text = WritePadded(Magnitude(minutes) % 60, 2, text);
  }
  out->Advance(text);
}

void AppendDuration(int64_t value, arrow::TimeUnit::type unit, TextBuffer* out) {
  if (value == 0) return out->Append("P0D");
  out->Append(value < 0 ? "-PT" : "PT");
  AppendSeconds(Magnitude(value), static_cast<uint64_t>(PerSecond(unit)), out);
  out->Append('S');
}

void AppendInterval(int64_t months, int64_t days, int64_t nanoseconds, TextBuffer* out) {
  if (months == 0 && days == 0 && nanoseconds == 0) return out->Append("P0D");
  out->Append('P');
  if (months != 0) {
    AppendInteger(months, out);
    out->Append('M');
  }
  if (days != 0) {
    AppendInteger(days, out);
    out->Append('D');
  }
  if (nanoseconds == 0) return;
  out->Append(nanoseconds < 0 ? "T-" : "T");
  AppendSeconds(Magnitude(nanoseconds), 1000000000, out);
  out->Append('S');
}

void AppendHex(std::string_view bytes, TextBuffer* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  char* text = out->Reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *text++ = kDigits[byte >> 4];
    *text++ = kDigits[byte & 15];
  }
  out->Advance(text);
}

}  // namespace metaxy::cli
