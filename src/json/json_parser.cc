// Json::Parse. nlohmann-json does the parsing; its SAX events are used, because its values preserve
// neither large integers nor the order of members.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metaxy/errors.h"
#include "metaxy/json.h"

namespace metaxy {

namespace {

// "line 2, column 5" of a byte offset; columns count characters.
std::string PlaceOf(std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, std::min(offset, text.size()));
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t newline = before.rfind('\n');
  if (newline != std::string_view::npos) before.remove_prefix(newline + 1);
  auto column = 1 + std::count_if(before.begin(), before.end(), [](char c) {
                  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// Where nesting first exceeds the limit, in a document that is well-formed up to there.
size_t TooDeepAt(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return text.size();
}

// For a duplicate key the last value counts, at the position of the first.
void DropRepeatedKeys(Json::Object* object) {
  std::unordered_map<std::string_view, size_t> first;
  std::vector<bool> drop(object->size(), false);
  bool any = false;
  for (size_t i = 0; i < object->size(); ++i) {
    auto [it, is_new] = first.emplace((*object)[i].first, i);
    if (is_new) continue;
    (*object)[it->second].second = std::move((*object)[i].second);
    drop[i] = any = true;
  }
  if (!any) return;
  Json::Object kept;
  for (size_t i = 0; i < object->size(); ++i) {
    if (!drop[i]) kept.push_back(std::move((*object)[i]));
  }
  *object = std::move(kept);
}

// The reason without nlohmann's own number and position.
std::string Reason(std::string_view what) {
  size_t start = what.find("syntax error");
  if (start == std::string_view::npos) {
    start = what.find("] ");
    start = start == std::string_view::npos ? 0 : start + 2;
  }
  return std::string(what.substr(start));
}

// With long doubles, integers of up to 4932 digits do not overflow; Python stops at 4300. Doubles
// are read from the text.
using Events =
    nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t, long double>;

// The number in `source`, whose decimal point may be that of the locale.
double ReadDouble(std::string source, long double approximation) {
  for (char& c : source) {
    bool is_known = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E';
    if (!is_known) c = '.';
  }
  double value = 0;
  auto result = std::from_chars(source.data(), source.data() + source.size(), value);
  if (result.ec == std::errc()) return value;
  // Too large or too small: infinite or zero, as in Python.
  if (std::fabs(approximation) < 1) return 0;
  return std::copysign(std::numeric_limits<double>::infinity(), approximation < 0 ? -1.0 : 1.0);
}

class Builder : public nlohmann::json_sax<Events> {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  Json TakeValue() { return std::move(root_); }
  const std::string& error() const { return error_; }

  bool null() override { return Add(Json()); }
  bool boolean(bool value) override { return Add(Json(value)); }
  bool number_integer(number_integer_t value) override { return Add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Add(Json(value)); }
  bool number_float(number_float_t value, const string_t& source) override {
    // Integers that do not fit into a machine integer also end up here.
    bool is_integer = source.find_first_not_of("-0123456789") == std::string::npos;
    return Add(is_integer ? Json(Json::Integer{source}) : Json(ReadDouble(source, value)));
  }
  bool string(string_t& value) override { return Add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Json(Json::Object{})); }
  bool start_array(std::size_t) override { return Open(Json(Json::Array{})); }
  bool key(string_t& value) override {
    stack_.back().key = std::move(value);
    return true;
  }
  bool end_object() override {
    DropRepeatedKeys(&stack_.back().value.as_object());
    return Close();
  }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    error_ = PlaceOf(text_, position == 0 ? 0 : position - 1) + ": " + Reason(error.what());
    return false;
  }

 private:
  struct Level {
    Json value;
    std::string key;
  };

  bool Add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (Json& parent = stack_.back().value; parent.is_array()) {
      parent.as_array().push_back(std::move(value));
    } else {
      parent.as_object().emplace_back(std::move(stack_.back().key), std::move(value));
    }
    return true;
  }
  bool Open(Json value) {
    if (stack_.size() >= static_cast<size_t>(kMaxJsonDepth)) {
      error_ = PlaceOf(text_, TooDeepAt(text_)) + ": nested deeper than " +
               std::to_string(kMaxJsonDepth) + " levels";
      return false;
    }
    stack_.push_back({std::move(value), {}});
    return true;
  }
  bool Close() {
    Json value = std::move(stack_.back().value);
    stack_.pop_back();
    return Add(std::move(value));
  }

  std::string_view text_;
  std::vector<Level> stack_;
  Json root_;
  std::string error_;
};

}  // namespace

arrow::Result<Json> Json::Parse(std::string_view text) {
  Builder builder(text);
  try {
    if (Events::sax_parse(text.begin(), text.end(), &builder)) return builder.TakeValue();
  } catch (const Events::exception& error) {
    return MakeError(ErrorCode::kInvalidInput, "not valid JSON: " + Reason(error.what()));
  }
  return MakeError(ErrorCode::kInvalidInput, "not valid JSON at " + builder.error());
}

}  // namespace metaxy
