#include "config/value_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

constexpr size_t kMaxMessages = 5;

std::string Lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::optional<bool> BoolOf(const Json& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer() || value.is_double()) {
    double number = value.is_double()                  ? value.as_double()
                    : value.as_integer().digits == "1" ? 1.0
                    : value.as_integer().digits == "0" ? 0.0
                                                       : 2.0;
    if (number == 0.0) return false;
    if (number == 1.0) return true;
    return std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  constexpr std::array<std::string_view, 6> kTrue = {"1", "on", "t", "true", "y", "yes"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "off", "f", "false", "n", "no"};
  std::string text = Lower(value.as_string());
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

// Digits as a string may contain them: surrounding spaces, a sign, underscores between digits, ".0"
// at the end.
std::optional<std::string> IntegerText(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  std::string result;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    if (text.front() == '-') result = "-";
    text.remove_prefix(1);
  }
  if (size_t dot = text.find('.'); dot != std::string_view::npos) {
    if (dot + 1 == text.size() || text.find_first_not_of('0', dot + 1) != std::string_view::npos)
      return std::nullopt;
    text = text.substr(0, dot);
  }
  if (text.empty()) return std::nullopt;
  bool after_digit = false;
  for (char c : text) {
    bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '_' && after_digit)) return std::nullopt;
    if (digit) result += c;
    after_digit = digit;
  }
  return after_digit ? std::make_optional(result) : std::nullopt;
}

enum class Range { kFits, kNotAnInteger, kTooSmall, kTooLarge };

Range ParseInt(const Json& value, int minimum, int* out) {
  std::string digits;
  if (value.is_bool()) {
    digits = value.as_bool() ? "1" : "0";
  } else if (value.is_integer()) {
    digits = value.as_integer().digits;
  } else if (value.is_double()) {
    double number = value.as_double();
    if (!std::isfinite(number) || std::trunc(number) != number) return Range::kNotAnInteger;
    digits = fmt::format("{:.0f}", number);
  } else if (value.is_string()) {
    auto text = IntegerText(value.as_string());
    if (!text) return Range::kNotAnInteger;
    digits = *text;
  } else {
    return Range::kNotAnInteger;
  }
  int number = 0;
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code == std::errc::result_out_of_range)
    return digits[0] == '-' ? Range::kTooSmall : Range::kTooLarge;
  if (code != std::errc() || end != digits.data() + digits.size()) return Range::kNotAnInteger;
  if (number < minimum) return Range::kTooSmall;
  *out = number;
  return Range::kFits;
}

}  // namespace

arrow::Status ConfigError(const Origin& origin, std::string_view message) {
  std::string place = origin.ToString();
  return MakeError(ErrorCode::kInvalidConfig,
                   place.empty() ? std::string(message) : fmt::format("{}: {}", place, message));
}

arrow::Status WrongType(const SourceValue& value, std::string_view name,
                        std::string_view expected) {
  return ConfigError(value.origin(),
                     fmt::format("{} must be {}, not {}", name, expected, value.KindName()));
}

arrow::Status ReadText(const SourceValue& value, std::string_view name, std::string* out) {
  if (!value.is_string()) return WrongType(value, name, "a string");
  *out = value.scalar().as_string();
  return arrow::Status::OK();
}

arrow::Status ReadOptionalText(const SourceValue& value, std::string_view name,
                               std::optional<std::string>* out) {
  if (value.is_null()) {
    out->reset();
    return arrow::Status::OK();
  }
  std::string text;
  ARROW_RETURN_NOT_OK(ReadText(value, name, &text));
  *out = std::move(text);
  return arrow::Status::OK();
}

arrow::Status ReadBool(const SourceValue& value, std::string_view name, bool* out) {
  std::optional<bool> found = value.is_scalar() ? BoolOf(value.scalar()) : std::nullopt;
  if (found) {
    *out = *found;
    return arrow::Status::OK();
  }
  if (!value.is_scalar() || value.is_null()) return WrongType(value, name, "true or false");
  std::string shown = value.is_string() ? value.scalar().as_string() : value.scalar().DumpPython();
  return ConfigError(value.origin(),
                     fmt::format("{} must be true or false, not {}", name, Quote(shown)));
}

arrow::Status ReadInt(const SourceValue& value, std::string_view name, int minimum, int* out) {
  if (!value.is_scalar() || value.is_null()) return WrongType(value, name, "an integer");
  std::string shown =
      value.is_string() ? Quote(value.scalar().as_string()) : value.scalar().DumpPython();
  switch (ParseInt(value.scalar(), minimum, out)) {
    case Range::kFits:
      return arrow::Status::OK();
    case Range::kTooSmall:
      return ConfigError(value.origin(),
                         fmt::format("{} must be at least {}, not {}", name, minimum, shown));
    case Range::kTooLarge:
      return ConfigError(value.origin(), fmt::format("{} must be at most {}, not {}", name,
                                                     std::numeric_limits<int>::max(), shown));
    default:
      return ConfigError(value.origin(), fmt::format("{} must be an integer, not {}", name, shown));
  }
}

arrow::Status ReadStrings(const SourceValue& value, std::string_view name,
                          std::vector<std::string>* out) {
  if (!value.is_array()) return WrongType(value, name, "a list of strings");
  std::vector<std::string> texts;
  for (const SourceValue& item : value.items()) {
    std::string text;
    ARROW_RETURN_NOT_OK(ReadText(item, fmt::format("{}[{}]", name, texts.size()), &text));
    texts.push_back(std::move(text));
  }
  *out = std::move(texts);
  return arrow::Status::OK();
}

arrow::Status CheckKeys(const SourceValue& table, std::string_view name,
                        const std::vector<std::string>& known) {
  ErrorList errors;
  for (const auto& [key, value] : table.members()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string where = name.empty() ? std::string() : fmt::format(" in [{}]", name);
    errors.Add(ConfigError(value.origin(), fmt::format("unknown key {}{}{}", Quote(key), where,
                                                       DidYouMean(key, known))));
  }
  return errors.Finish();
}

void ErrorList::Add(const arrow::Status& status) {
  if (!status.ok()) messages_.push_back(status.message());
}

arrow::Status ErrorList::Finish() const {
  if (messages_.empty()) return arrow::Status::OK();
  std::string text;
  for (size_t i = 0; i < messages_.size() && i < kMaxMessages; ++i)
    text += (i > 0 ? "; " : "") + messages_[i];
  if (messages_.size() > kMaxMessages)
    text += fmt::format("; and {} more", messages_.size() - kMaxMessages);
  return MakeError(ErrorCode::kInvalidConfig, std::move(text));
}

}  // namespace metaxy::internal
