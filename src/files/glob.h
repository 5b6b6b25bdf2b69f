// Glob patterns for paths, with the meaning of .gitignore.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// \brief A pattern: `*` and `?` stay within a name, `**/`, `/**` and `/**/` cross folders,
/// `[a-z]` and `[!a-z]` are sets, a backslash takes a character literally. ASCII letters match in
/// any case. Matching takes time in proportion to pattern and path, whatever the pattern is. A
/// value type.
class Glob {
 public:
  explicit Glob(std::string_view pattern);

  /// \brief Whether the whole of `path` matches.
  bool Matches(std::string_view path) const;

 private:
  enum class Kind {
    kCharacter,
    kSet,
    kAny,      // a character of a name
    kName,     // any number of characters of a name
    kFolders,  // at the start of a name: any number of whole folders
    kInside,   // in a name that kFolders has begun to skip
    kAll,      // anything
  };
  struct Range {
    char32_t first;
    char32_t last;
  };
  struct Token {
    Kind kind;
    char32_t character = 0;
    bool negated = false;
    std::vector<Range> ranges = {};
  };

  size_t AddSet(const std::u32string& text, size_t at);
  size_t AddStars(const std::u32string& text, size_t at);
  static bool Accepts(const Token& token, char32_t character);
  void Enter(size_t state, std::vector<bool>* states) const;

  std::vector<Token> tokens_;
};

/// \brief A line of an ignore file, or the value of --include or --exclude.
class PathPattern {
 public:
  /// \brief `text` is neither empty nor a comment.
  explicit PathPattern(std::string_view text);

  bool negated() const { return negated_; }
  /// \brief `path` is relative to the folder of the pattern. A pattern without a slash, except at
  /// its end, matches the last name of a path.
  bool Matches(std::string_view path, bool is_folder) const;

 private:
  bool negated_ = false;
  bool folders_only_ = false;
  bool name_only_ = false;
  Glob glob_;
};

/// \brief The patterns of an ignore file, in its order; without comments and empty lines.
std::vector<PathPattern> ParseIgnoreFile(std::string_view text);

}  // namespace metaxy::internal
