// Patterns for paths
#include "files/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/file_filter.h"

namespace metaxy::internal {
namespace {

struct Case {
  const char* pattern;
  const char* path;
  bool is_folder;
  bool matches;
};

constexpr bool kFile = false;
constexpr bool kFolder = true;

constexpr Case kCases[] = {
    // Without a slash: the last name, in any folder.
    {"*.jpg", "a.jpg", kFile, true},
    {"*.jpg", "x/y/a.jpg", kFile, true},
    {"*.jpg", "a.jpg.txt", kFile, false},
    {"*.JPG", "a.jpg", kFile, true},
    {"*.jpg", "A.JPG", kFile, true},
    {"a?c", "abc", kFile, true},
    {"a?c",
     "a\xc3\xa4"
     "c",
     kFile, true},  // a character of two bytes
    {"a?c", "a/c", kFile, false},
    {"a?c",
     "a\xff"
     "c",
     kFile, true},  // a byte that is no character
    {"*", "x/y", kFile, true},
    {"", "", kFile, true},
    // With one: the path from the folder on.
    {"raw/*.jpg", "raw/a.jpg", kFile, true},
    {"raw/*.jpg", "x/raw/a.jpg", kFile, false},
    {"raw/*.jpg", "raw/x/a.jpg", kFile, false},
    {"/a.jpg", "a.jpg", kFile, true},
    {"/a.jpg", "x/a.jpg", kFile, false},
    // Folders.
    {"tmp/", "tmp", kFolder, true},
    {"tmp/", "x/tmp", kFolder, true},
    {"tmp/", "tmp", kFile, false},
    {"/tmp/", "x/tmp", kFolder, false},
    // Two stars.
    {"**/a", "a", kFile, true},
    {"**/a", "x/y/a", kFile, true},
    {"**/a", "x/ya", kFile, false},
    {"raw/**", "raw/a", kFile, true},
    {"raw/**", "raw/x/y", kFile, true},
    {"raw/**", "raw", kFolder, false},
    {"a/**/b", "a/b", kFile, true},
    {"a/**/b", "a/x/y/b", kFile, true},
    {"a/**/b", "a/xb", kFile, false},
    {"a/**/b", "ab", kFile, false},
    {"a**b", "axyb", kFile, true},
    {"x/a**b", "x/a/b", kFile, false},
    {"**", "x/y/z", kFile, true},
    // Sets.
    {"[ab].txt", "b.txt", kFile, true},
    {"[ab].txt", "B.txt", kFile, true},
    {"[a-c]", "c", kFile, true},
    {"[a-c]", "d", kFile, false},
    {"[!a-c]", "d", kFile, true},
    {"[!a-c]", "A", kFile, false},
    {"[^a]", "a", kFile, false},
    {"[]]", "]", kFile, true},
    {"x/[!a]y", "x//y", kFile, false},
    {"[a-]", "-", kFile, true},
    {"[a", "[a", kFile, true},
    {"[\\]]", "]", kFile, true},
    // Literal characters.
    {"\\*", "*", kFile, true},
    {"\\*", "a", kFile, false},
    {"\\", "\\", kFile, true},
    {"a.b", "axb", kFile, false},
};

TEST(PathPattern, MatchesAsGitDoes) {
  for (const Case& known : kCases) {
    EXPECT_EQ(PathPattern(known.pattern).Matches(known.path, known.is_folder), known.matches)
        << known.pattern << " and " << known.path;
  }
}

TEST(PathPattern, TakesNoLongerForManyStars) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(PathPattern(pattern + "b").Matches(std::string(250, 'a'), kFile));
  EXPECT_TRUE(PathPattern(pattern).Matches(std::string(250, 'a'), kFile));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "**/";
  EXPECT_TRUE(PathPattern(deep + "a").Matches("x/a", kFile));
}

TEST(IgnoreFile, HasAPatternInEachLine) {
  const auto patterns = ParseIgnoreFile("# comment\n\n*.tmp  \r\n!keep.tmp\n/\n\\#x");
  ASSERT_EQ(patterns.size(), 3U);
  EXPECT_TRUE(patterns[0].Matches("a.tmp", kFile));
  EXPECT_TRUE(patterns[1].negated());
  EXPECT_TRUE(patterns[1].Matches("keep.tmp", kFile));
  EXPECT_TRUE(patterns[2].Matches("#x", kFile));
}

TEST(FileFilter, TheNearestIgnoreFileAndItsLastLineCount) {
  const auto root = std::make_shared<IgnoreFiles>(
      IgnoreFiles{nullptr, "", ParseIgnoreFile("*.tmp\n!b.tmp\nsub/x\n")});
  const IgnoreFiles below{root, "sub/", ParseIgnoreFile("!a.tmp\n/y\n")};
  const FileFilter filter({}, {}, /*hidden=*/false);
  const auto excluded = [&](const char* path, const IgnoreFiles* files) {
    return filter.IsExcluded(path, kFile, files);
  };
  EXPECT_TRUE(excluded("a.tmp", root.get()));
  EXPECT_FALSE(excluded("b.tmp", root.get()));
  EXPECT_FALSE(excluded("sub/a.tmp", &below));
  EXPECT_TRUE(excluded("sub/c.tmp", &below));
  EXPECT_TRUE(excluded("sub/x", &below));
  EXPECT_TRUE(excluded("sub/y", &below));
  EXPECT_FALSE(excluded("sub/z/y", &below));
  EXPECT_FALSE(excluded("a.txt", nullptr));
}

TEST(FileFilter, HiddenNamesAreLeftOutUnlessTheyAreAskedFor) {
  EXPECT_TRUE(FileFilter({}, {}, false).IsExcluded("x/.git", kFolder, nullptr));
  EXPECT_FALSE(FileFilter({}, {}, true).IsExcluded("x/.git", kFolder, nullptr));
  EXPECT_FALSE(FileFilter({}, {}, false).IsExcluded(".x/a", kFile, nullptr));
}

TEST(FileFilter, IncludesFilesAndWhatIsBelowFolders) {
  const FileFilter filter({"*.jpg", "raw/"}, {"*.old.jpg"}, false);
  EXPECT_TRUE(filter.IsIncluded("a/b.jpg"));
  EXPECT_TRUE(filter.IsIncluded("raw/x/b.txt"));
  EXPECT_TRUE(filter.IsIncluded("y/raw/b.txt"));
  EXPECT_FALSE(filter.IsIncluded("raw"));
  EXPECT_FALSE(filter.IsIncluded("b.txt"));
  EXPECT_TRUE(filter.IsExcluded("a.old.jpg", kFile, nullptr));
  EXPECT_TRUE(FileFilter({}, {}, false).IsIncluded("anything"));
}

}  // namespace
}  // namespace metaxy::internal
