#include "models/value_reader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/keys.h"

namespace metaxy {

namespace {

constexpr std::array<std::string_view, 6> kTrueTexts = {"true", "t", "yes", "y", "on", "1"};
constexpr std::array<std::string_view, 6> kFalseTexts = {"false", "f", "no", "n", "off", "0"};

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

template <class Range>
bool Contains(const Range& range, std::string_view value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

// What pydantic accepts as a boolean, as one of the strings above.
std::string BoolText(const Json& json) {
  if (json.is_bool()) return json.as_bool() ? "true" : "false";
  if (json.is_integer()) return json.as_integer().digits;
  if (json.is_double() && (json.as_double() == 0 || json.as_double() == 1))
    return json.as_double() == 0 ? "0" : "1";
  if (json.is_string()) return Lower(json.as_string());
  return {};
}

}  // namespace

std::string_view KindOf(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_bool()) return "a boolean";
  if (json.is_integer()) return "an integer";
  if (json.is_double()) return "a number";
  if (json.is_string()) return "a string";
  return json.is_array() ? "a list" : "an object";
}

ObjectReader::ObjectReader(const Json& json, ValuePath path, Problems* problems)
    : json_(json), path_(std::move(path)), problems_(problems) {
  if (!json.is_object())
    problems->Add(path_, "must be an object, not " + std::string(KindOf(json)));
}

const Json* ObjectReader::Take(std::string name) {
  const Json* member = json_.Find(name);
  known_.push_back(std::move(name));
  return member;
}

const Json* ObjectReader::Require(std::string name) {
  const Json* member = Take(name);
  if (member == nullptr && json_.is_object()) problems_->Add(path_ / std::move(name), "is missing");
  return member;
}

void ObjectReader::Finish() {
  if (!json_.is_object()) return;
  for (const auto& member : json_.as_object()) {
    const std::string& name = member.first;
    if (Contains(known_, name)) continue;
    problems_->Add(path_ / name, "there is no such member" + DidYouMean(name, known_));
  }
}

std::optional<std::string> ReadText(const Json& json, const ValuePath& path, Problems* problems) {
  if (json.is_string()) return json.as_string();
  std::string message = "must be a string, not " + std::string(KindOf(json));
  if (json.is_integer() || json.is_double()) message += "; write \"" + json.DumpPython() + "\"";
  problems->Add(path, std::move(message));
  return std::nullopt;
}

std::optional<std::vector<std::string>> ReadStrings(const Json& json, const ValuePath& path,
                                                    Problems* problems) {
  if (!json.is_array()) {
    problems->Add(path, "must be a list of strings, not " + std::string(KindOf(json)));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < json.as_array().size(); ++i) {
    if (auto text = ReadText(json.as_array()[i], path / i, problems))
      texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<bool> ReadBool(const Json& json, const ValuePath& path, Problems* problems) {
  std::string text = BoolText(json);
  if (Contains(kTrueTexts, text)) return true;
  if (Contains(kFalseTexts, text)) return false;
  std::string found = json.is_string() ? Quote(json.as_string()) : std::string(KindOf(json));
  problems->Add(path, "must be true or false, not " + found);
  return std::nullopt;
}

std::optional<std::vector<std::string>> ReadKeyParts(const Json& json, const ValuePath& path,
                                                     Problems* problems) {
  if (json.is_string()) return FeatureKey(json.as_string()).parts();
  if (json.is_array()) return ReadStrings(json, path, problems);
  // Older versions of the reference wrote keys as objects.
  const Json* parts = json.Find("root");
  if (parts == nullptr) parts = json.Find("parts");
  if (parts != nullptr && parts->is_array()) {
    bool nested = !parts->as_array().empty() && parts->as_array()[0].is_object();
    if (!nested) return ReadStrings(*parts, path, problems);
    if (const Json* inner = parts->as_array()[0].Find("parts"))
      return ReadStrings(*inner, path, problems);
  }
  problems->Add(path, "must be a key: a string such as \"a/b\" or a list of its parts, not " +
                          std::string(KindOf(json)));
  return std::nullopt;
}

}  // namespace metaxy
