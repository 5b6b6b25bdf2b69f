#include "models/problems.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

// True if one path is a prefix of the other.
bool Overlap(const ValuePath& a, const ValuePath& b) {
  size_t shared = std::min(a.size(), b.size());
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shared), b.begin());
}

// Member names come from users: what does not look like a name is quoted.
bool IsPlain(const std::string& name) {
  constexpr size_t kMaxLength = 80;
  return !name.empty() && name.size() <= kMaxLength &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '/';
         });
}

}  // namespace

std::string PathText(const ValuePath& path) {
  std::string text;
  for (const auto& step : path) {
    if (const size_t* index = std::get_if<size_t>(&step)) {
      text += "[" + std::to_string(*index) + "]";
    } else {
      if (!text.empty()) text += ".";
      const auto& name = std::get<std::string>(step);
      text += IsPlain(name) ? name : Quote(name);
    }
  }
  return text;
}

ValuePath operator/(ValuePath path, std::string name) {
  path.emplace_back(std::move(name));
  return path;
}

ValuePath operator/(ValuePath path, size_t index) {
  path.emplace_back(index);
  return path;
}

void Problems::Add(ValuePath path, std::string message) {
  list_.push_back({std::move(path), std::move(message)});
}

void Problems::AddUnlessKnown(std::vector<Problem> problems) {
  size_t known = list_.size();
  for (Problem& problem : problems) {
    auto overlaps = [&](const Problem& other) { return Overlap(problem.path, other.path); };
    if (std::none_of(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(known), overlaps)) {
      list_.push_back(std::move(problem));
    }
  }
}

arrow::Status Problems::ToStatus(std::string_view subject) const {
  if (list_.empty()) return arrow::Status::OK();
  std::string text = std::string(subject) + " is not valid: ";
  for (size_t i = 0; i < list_.size(); ++i) {
    if (i > 0) text += "; ";
    std::string place = PathText(list_[i].path);
    if (!place.empty()) text += place + ": ";
    text += list_[i].message;
  }
  return MakeError(ErrorCode::kInvalidDefinition, std::move(text));
}

}  // namespace metaxy
