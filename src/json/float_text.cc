#include "json/float_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace metaxy {

namespace {

struct Format {
  int min_fixed;              // the smallest decimal exponent written without `e`
  int max_fixed;              // the largest one
  int exponent_digits;        // minimum number of digits
  std::string_view positive;  // prefix of a positive exponent
  std::string_view nan;
};

constexpr Format kPython = {-4, 15, 2, "e+", "nan"};
constexpr Format kRust = {-5, 15, 1, "e+", "NaN"};
constexpr Format kRustFloat = {-6, 12, 1, "e+", "NaN"};
constexpr Format kStoredDouble = {-5, 15, 1, "e", "NaN"};
constexpr Format kStoredFloat = {-6, 12, 1, "e", "NaN"};
constexpr Format kStoredHalf = {-100, 100, 1, "e", "NaN"};

std::string FixedText(const std::string& digits, int exponent) {
  if (exponent < 0) return "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0') + ".0";
  return digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string ExponentText(const std::string& digits, int exponent, const Format& format) {
  std::string text = digits.substr(0, 1);
  if (digits.size() > 1) text += "." + digits.substr(1);
  std::string number = std::to_string(std::abs(exponent));
  text += exponent < 0 ? "e-" : format.positive;
  if (number.size() < static_cast<size_t>(format.exponent_digits)) text += "0";
  return text + number;
}

template <class Float>
std::string FloatText(Float value, const Format& format) {
  if (std::isnan(value)) return std::string(format.nan);
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "inf";

  // to_chars returns the shortest digits, as `d.ddde-xx`; the format decides where the point goes.
  std::array<char, 32> buffer;
  char* begin = buffer.data();
  char* end =
      std::to_chars(begin, begin + buffer.size(), std::fabs(value), std::chars_format::scientific)
          .ptr;
  std::string_view text(begin, static_cast<size_t>(end - begin));
  size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 1) digits += text.substr(2, e - 2);
  // from_chars accepts a minus but no plus.
  std::string_view exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

  if (exponent < format.min_fixed || exponent > format.max_fixed) {
    return sign + ExponentText(digits, exponent, format);
  }
  return sign + FixedText(digits, exponent);
}

}  // namespace

std::string PythonFloatText(double value) { return FloatText(value, kPython); }

std::string RustFloatText(double value) { return FloatText(value, kRust); }

std::string RustFloatText(float value) { return FloatText(value, kRustFloat); }

std::string StoredFloatText(double value) { return FloatText(value, kStoredDouble); }

std::string StoredFloatText(float value) { return FloatText(value, kStoredFloat); }

std::string StoredHalfText(float value) {
  std::string text = FloatText(value, kStoredHalf);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace metaxy
