#include "metaxy/keys.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace internal {

namespace {

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool IsKeyCharacter(char c) { return IsLower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// The rule that a part violates, or empty.
std::string_view BrokenRule(std::string_view part, bool is_first) {
  if (part.empty()) return "no part may be empty";
  if (part.find('/') != std::string_view::npos)
    return "a part may not contain '/', which separates parts";
  if (part.find("__") != std::string_view::npos) {
    return "a part may not contain '__', which separates parts in table names";
  }
  if (is_first && !IsLower(part[0]) && part[0] != '_') {
    return "the first part must start with a lower case letter or '_'";
  }
  if (part[0] == '-') return "a part may not start with '-'";
  if (!std::all_of(part.begin(), part.end(), IsKeyCharacter)) {
    return "a part may contain only lower case letters, digits, '_' and '-'";
  }
  return {};
}

}  // namespace

Key::Key(std::string_view text) {
  for (size_t start = 0;;) {
    size_t slash = text.find('/', start);
    parts_.emplace_back(text.substr(start, slash - start));
    if (slash == std::string_view::npos) return;
    start = slash + 1;
  }
}

std::string Key::ToString() const { return Join(parts_, "/"); }

std::string Key::ToStructKey() const { return Join(parts_, "_"); }

std::string Key::ToColumnSuffix() const { return "__" + ToStructKey(); }

arrow::Status Key::Validate(std::string_view kind) const {
  if (parts_.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     std::string(kind) + " is empty; give it at least one part");
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    std::string_view rule = BrokenRule(parts_[i], i == 0);
    if (rule.empty()) continue;
    return MakeError(ErrorCode::kInvalidInput, std::string(kind) + " " + Quote(ToString()) +
                                                   ", part " + Quote(parts_[i]) + ": " +
                                                   std::string(rule));
  }
  return arrow::Status::OK();
}

}  // namespace internal

arrow::Result<FeatureKey> FeatureKey::Make(std::string_view text) {
  FeatureKey key(text);
  ARROW_RETURN_NOT_OK(key.Validate());
  return key;
}

std::string FeatureKey::table_name() const {
  std::string name = internal::Join(parts_, "__");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool FeatureKey::is_system() const { return !parts_.empty() && parts_[0] == "metaxy-system"; }

std::strong_ordering FeatureKey::operator<=>(const FeatureKey& other) const {
  return parts_ <=> other.parts_;
}

arrow::Result<FieldKey> FieldKey::Make(std::string_view text) {
  FieldKey key(text);
  ARROW_RETURN_NOT_OK(key.Validate());
  return key;
}

std::strong_ordering FieldKey::operator<=>(const FieldKey& other) const {
  return parts_ <=> other.parts_;
}

}  // namespace metaxy
