#include "cli/dotenv.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace metaxy::cli {

namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
  }

  DotenvFile Read() {
    DotenvFile file;
    while (true) {
      SkipWhile([](char c) { return IsBlank(c) || IsLineEnd(c); });
      if (AtEnd()) return file;
      int line = line_;
      std::string name;
      std::optional<std::string> value;
      if (!ReadStatement(&name, &value)) {
        // After an error, the rest of the line is skipped.
        file.bad_lines.push_back(line);
        SkipWhile([](char c) { return !IsLineEnd(c); });
      } else if (!name.empty()) {
        file.variables.emplace_back(std::move(name), std::move(value));
      }
    }
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void Step() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }
  template <class Condition>
  std::string_view SkipWhile(Condition condition) {
    size_t begin = at_;
    while (!AtEnd() && condition(text_[at_])) Step();
    return text_.substr(begin, at_ - begin);
  }

  bool ReadStatement(std::string* name, std::optional<std::string>* value) {
    if (text_.substr(at_, 6) == "export" && at_ + 6 < text_.size() && IsBlank(text_[at_ + 6])) {
      at_ += 6;
      SkipWhile(IsBlank);
    }
    if (!ReadName(name)) return false;
    SkipWhile(IsBlank);
    if (Peek() == '=') {
      Step();
      size_t blanks = SkipWhile(IsBlank).size();
      if (blanks > 0 && Peek() == '#') {
        *value = "";
      } else if (!ReadValue(value)) {
        return false;
      }
    }
    SkipWhile(IsBlank);
    if (Peek() == '#') SkipWhile([](char c) { return !IsLineEnd(c); });
    return AtEnd() || IsLineEnd(Peek());
  }

  bool ReadName(std::string* name) {
    if (Peek() == '#') return true;  // a comment
    if (Peek() == '\'') {
      Step();
      *name = SkipWhile([](char c) { return c != '\'' && !IsLineEnd(c); });
      if (name->empty() || Peek() != '\'') return false;
      Step();
      return true;
    }
    *name = SkipWhile([](char c) { return c != '=' && c != '#' && !IsBlank(c) && !IsLineEnd(c); });
    return !name->empty();
  }

  bool ReadValue(std::optional<std::string>* value) {
    if (Peek() == '\'' || Peek() == '"') return ReadQuoted(value);
    std::string_view line = SkipWhile([](char c) { return !IsLineEnd(c); });
    // A comment must be preceded by a space.
    for (size_t i = 1; i < line.size(); ++i) {
      if (line[i] == '#' && IsBlank(line[i - 1])) {
        line = line.substr(0, i);
        break;
      }
    }
    while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
    *value = std::string(line);
    return true;
  }

  bool ReadQuoted(std::optional<std::string>* value) {
    char quote = Peek();
    size_t begin = at_;
    int line = line_;
    Step();
    std::string text;
    while (!AtEnd() && Peek() != quote) {
      char c = Peek();
      Step();
      if (c == '\\' && !AtEnd()) {
        text += Unescape(quote, Peek());
        Step();
      } else {
        text += c;
      }
    }
    if (AtEnd()) {
      // It is not closed anywhere: the following lines are not part of it.
      at_ = begin;
      line_ = line;
      return false;
    }
    Step();
    *value = std::move(text);
    return true;
  }

  static std::string Unescape(char quote, char c) {
    if (c == '\\' || c == '\'') return std::string(1, c);
    constexpr std::string_view kNames = "\"abfnrtv";
    constexpr std::string_view kMeanings = "\"\a\b\f\n\r\t\v";
    size_t known = kNames.find(c);
    if (quote == '"' && known != std::string_view::npos) return std::string(1, kMeanings[known]);
    return std::string("\\") + c;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

// "${NAME}" and "${NAME:-default}"; the environment takes precedence over earlier lines of the
// file.
std::string Interpolate(std::string_view text, const std::map<std::string, std::string>& file) {
  std::string result;
  while (!text.empty()) {
    size_t begin = text.find("${");
    size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) break;
    std::string_view inside = text.substr(begin + 2, end - begin - 2);
    size_t colon = inside.find(':');
    if (colon != std::string_view::npos && inside.substr(colon, 2) != ":-") {
      result += text.substr(0, begin + 2);
      text.remove_prefix(begin + 2);
      continue;
    }
    std::string name(inside.substr(0, colon));
    std::string value(colon == std::string_view::npos ? std::string_view()
                                                      : inside.substr(colon + 2));
    auto in_file = file.find(name);
    if (const char* set = std::getenv(name.c_str())) {
      value = set;
    } else if (in_file != file.end()) {
      value = in_file->second;
    }
    result += text.substr(0, begin);
    result += value;
    text.remove_prefix(end + 1);
  }
  return result + std::string(text);
}

}  // namespace

DotenvFile ParseDotenv(std::string_view text) { return Reader(text).Read(); }

void LoadDotenv(const std::filesystem::path& path,
                const std::function<void(const std::string&)>& warn) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return;
  std::ostringstream text;
  text << file.rdbuf();
  DotenvFile parsed = ParseDotenv(text.str());
  for (int line : parsed.bad_lines) {
    warn(path.string() + ":" + std::to_string(line) + ": not of the form NAME=value; ignored");
  }
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : parsed.variables) {
    if (value) values[name] = Interpolate(*value, values);
  }
  for (const auto& [name, value] : values) setenv(name.c_str(), value.c_str(), 0);
}

}  // namespace metaxy::cli
