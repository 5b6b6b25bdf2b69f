#include "files/glob.h"

#include <algorithm>

namespace metaxy::internal {
namespace {

// Characters beyond Unicode stand for bytes that are not UTF-8.
constexpr char32_t kInvalid = 0x110000;

// The number of bytes of the character that begins with this one; 0 if none does.
size_t LengthOf(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

std::u32string Characters(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const size_t length = LengthOf(first);
    char32_t character = length <= 1 ? first : first & (0x7fu >> length);
    size_t taken = 1;
    while (taken < length && at + taken < text.size() &&
           (static_cast<unsigned char>(text[at + taken]) & 0xc0) == 0x80) {
      character = character << 6 | (static_cast<unsigned char>(text[at + taken]) & 0x3f);
      ++taken;
    }
    const bool valid = length != 0 && taken == length;
    result += valid ? character : kInvalid + first;
    at += valid ? taken : 1;
  }
  return result;
}

char32_t Lower(char32_t character) {
  return character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character;
}

char32_t Upper(char32_t character) {
  return character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character;
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  const std::u32string text = Characters(pattern);
  for (size_t at = 0; at < text.size();) {
    const char32_t character = text[at];
    if (character == '*') {
      at = AddStars(text, at);
    } else if (character == '?') {
      tokens_.push_back({Kind::kAny});
      ++at;
    } else if (character == '[') {
      at = AddSet(text, at);
    } else {
      if (character == '\\' && at + 1 < text.size()) ++at;
      tokens_.push_back({Kind::kCharacter, Lower(text[at])});
      ++at;
    }
  }
}

// Two stars cross folders only where they are a whole name.
size_t Glob::AddStars(const std::u32string& text, size_t at) {
  size_t end = at;
  while (end < text.size() && text[end] == '*') ++end;
  const bool whole =
      end - at == 2 && (at == 0 || text[at - 1] == '/') && (end == text.size() || text[end] == '/');
  if (!whole) {
    tokens_.push_back({Kind::kName});
    return end;
  }
  if (end == text.size()) {
    tokens_.push_back({Kind::kAll});
    return end;
  }
  tokens_.push_back({Kind::kFolders});
  tokens_.push_back({Kind::kInside});
  return end + 1;
}

// A set that is not closed is a bracket.
size_t Glob::AddSet(const std::u32string& text, size_t at) {
  Token token{Kind::kSet};
  size_t next = at + 1;
  if (next < text.size() && (text[next] == '!' || text[next] == '^')) {
    token.negated = true;
    ++next;
  }
  const size_t first = next;
  while (next < text.size() && (text[next] != ']' || next == first)) {
    if (text[next] == '\\' && next + 1 < text.size()) ++next;
    const char32_t low = text[next];
    char32_t high = low;
    if (next + 2 < text.size() && text[next + 1] == '-' && text[next + 2] != ']') {
      high = text[next + 2];
      next += 2;
    }
    token.ranges.push_back({low, high});
    ++next;
  }
  if (next >= text.size()) {
    tokens_.push_back({Kind::kCharacter, U'['});
    return at + 1;
  }
  tokens_.push_back(std::move(token));
  return next + 1;
}

bool Glob::Accepts(const Token& token, char32_t character) {
  switch (token.kind) {
    case Kind::kCharacter:
      return token.character == Lower(character);
    case Kind::kSet: {
      if (character == '/') return false;
      const auto contains = [&](char32_t wanted) {
        return std::any_of(token.ranges.begin(), token.ranges.end(), [&](const Range& range) {
          return range.first <= wanted && wanted <= range.last;
        });
      };
      return (contains(Lower(character)) || contains(Upper(character))) != token.negated;
    }
    case Kind::kAll:
      return true;
    default:
      return character != '/';
  }
}

// Adds a state, and those that are reached from it without a character.
void Glob::Enter(size_t state, std::vector<bool>* states) const {
  // Once each: what follows a state that was entered before was entered with it.
  while (!(*states)[state]) {
    (*states)[state] = true;
    if (state == tokens_.size()) return;
    const Kind kind = tokens_[state].kind;
    if (kind == Kind::kName || kind == Kind::kAll) {
      state += 1;
    } else if (kind == Kind::kFolders) {
      state += 2;
    } else {
      return;
    }
  }
}

bool Glob::Matches(std::string_view path) const {
  std::vector<bool> states(tokens_.size() + 1);
  std::vector<bool> next;
  Enter(0, &states);
  for (const char32_t character : Characters(path)) {
    next.assign(states.size(), false);
    for (size_t state = 0; state < tokens_.size(); ++state) {
      if (!states[state]) continue;
      const Token& token = tokens_[state];
      if (token.kind == Kind::kInside && character == '/') {
        Enter(state - 1, &next);
      } else if (Accepts(token, character)) {
        const bool repeats =
            token.kind == Kind::kName || token.kind == Kind::kAll || token.kind == Kind::kInside;
        Enter(repeats ? state : state + 1, &next);
      }
    }
    states.swap(next);
  }
  return states.back();
}

namespace {

// A pattern without the marks at its beginning and end.
std::string_view Bare(std::string_view text) {
  if (text.starts_with('!')) text.remove_prefix(1);
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.starts_with('/')) text.remove_prefix(1);
  return text;
}

}  // namespace

PathPattern::PathPattern(std::string_view text)
    : negated_(text.starts_with('!')),
      folders_only_(text.ends_with('/')),
      name_only_(Bare(text).find('/') == std::string_view::npos &&
                 !(text.starts_with('/') || text.starts_with("!/"))),
      glob_(Bare(text)) {}

bool PathPattern::Matches(std::string_view path, bool is_folder) const {
  if (folders_only_ && !is_folder) return false;
  if (name_only_) path.remove_prefix(path.rfind('/') + 1);
  return glob_.Matches(path);
}

std::vector<PathPattern> ParseIgnoreFile(std::string_view text) {
  std::vector<PathPattern> patterns;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || Bare(line).empty()) continue;
    patterns.emplace_back(line);
  }
  return patterns;
}

}  // namespace metaxy::internal
