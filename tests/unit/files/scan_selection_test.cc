// ScanFiles: which files are samples, and what becomes of those that cannot be read
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

TEST_F(ScanTest, SelectsByPatternsIgnoreFilesAndNames) {
  for (const char* name : {"a.jpg", "b.JPG", "c.txt", ".hidden.jpg", ".git/x.jpg", "tmp/d.jpg",
                           "raw/e.jpg", "raw/f.jpg", "raw/deep/e.jpg"}) {
    Write(name, "1");
  }
  Write("raw/.metaxyignore", "e.jpg\n!deep/e.jpg\n");
  struct Case {
    ScanFilesOptions options;
    std::vector<std::string> ids;
  };
  const Case cases[] = {
      {{.include = {"*.jpg"}, .exclude = {"tmp/"}, .dry_run = true},
       {"a.jpg", "b.JPG", "raw/deep/e.jpg", "raw/f.jpg"}},
      {{.include = {"/raw/**"}}, {"raw/deep/e.jpg", "raw/f.jpg"}},
      {{.include = {"x.jpg", ".hidden.*"}, .hidden = true}, {".git/x.jpg", ".hidden.jpg"}},
  };
  for (const Case& known : cases) {
    database_->tables.clear();
    ScanFilesOptions options = known.options;
    options.dry_run = false;
    EXPECT_EQ(Scan(options).files, static_cast<int64_t>(known.ids.size()));
    EXPECT_EQ(Ids(), known.ids);
  }
}

TEST_F(ScanTest, SkipsWhatItIsTold) {
  Write("a", "1");
  Write("project/metaxy.toml", "1");
  Write("project/tables/x", "1");
  Write("project/b", "1");
  Scan({.skip = {path("project/metaxy.toml"), path("project/tables"), path("nowhere")}});
  EXPECT_THAT(Ids(), ElementsAre("a", "project/b"));
}

TEST_F(ScanTest, SaysWhatIsWrongWithTheFolder) {
  Write("file.txt", "1");
  fs::create_directory(path("empty"));
  struct Case {
    const char* name;
    const char* words;
  };
  for (const Case& known :
       {Case{"missing", "there is no folder"},
        Case{"file.txt", "is not a folder; name the one that it is in"},
        Case{"file.txt/x", "there is no folder"}, Case{"empty", "there are no files in"}}) {
    EXPECT_THAT(ScanFiles(*store_, "file", path(known.name)),
                FailsWith(ErrorCode::kInvalidInput, known.words));
  }
  EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), {.include = {"*.png"}}),
              FailsWith(ErrorCode::kInvalidInput, "check include and exclude"));
  for (const char* pattern : {"", "!a", "/"}) {
    EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), {.exclude = {pattern}}),
                FailsWith(ErrorCode::kInvalidInput, "a pattern of exclude"));
  }
}

// A disk that is not mounted must not delete everything.
TEST_F(ScanTest, AnEmptyFolderDeletesNothing) {
  Write("a", "1");
  Scan();
  fs::remove(path("a"));
  EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), {.delete_missing = true}),
              FailsWith(ErrorCode::kInvalidInput, "whether a disk is mounted there"));
  EXPECT_THAT(Ids(), ElementsAre("a"));
}

TEST_F(ScanTest, NamesThatAreNotTextAreRefusedAndDoNoHarm) {
  Write("a", "1");
  Write("x\xff.jpg", "1");
  Write("line\nbreak", "1");
  Write("\xc3\xa4", "1");
  const FileScanResult result = Scan();
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].file, "x\\xff.jpg");
  EXPECT_THAT(result.problems[0].text, HasSubstr("not UTF-8"));
  EXPECT_THAT(Ids(), ElementsAre("a", "line\nbreak", "\xc3\xa4"));
}

// A file whose bytes cannot be read by anybody, at offset 0.
TEST_F(ScanTest, AFileThatFailsDoesNotSpoilTheRest) {
  Write("a", "1");
  fs::create_symlink("/proc/self/mem", path("bad"));
  const FileScanResult result = Scan();
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].file, "bad");
  EXPECT_THAT(result.problems[0].text, HasSubstr("Input/output error"));
  EXPECT_EQ(result.files, 2);
  EXPECT_EQ(result.new_samples, 1);
  EXPECT_THAT(Ids(), ElementsAre("a"));
}

TEST_F(ScanTest, WhatCannotBeReadIsReportedAndKeepsItsSample) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything; run the tests as another user";
  Write("a", "1");
  Write("b", "1");
  Write("closed/c", "1");
  Scan();
  SetTime("b", 1);
  chmod(path("b").c_str(), 0);
  chmod(path("closed").c_str(), 0);
  const FileScanResult result = Scan({.delete_missing = true});
  chmod(path("closed").c_str(), 0700);
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].file, "b");
  EXPECT_THAT(result.problems[0].text, HasSubstr("Permission denied"));
  EXPECT_EQ(result.problems[1].file, "closed");
  EXPECT_EQ(result.missing, 0);
  EXPECT_EQ(result.unchanged, 1);
  EXPECT_THAT(Ids(), ElementsAre("a", "b", "closed/c"));
}

TEST_F(ScanTest, LinksAreReadAndLoopsAreNot) {
  Write("a", "1");
  const TempDir other;
  other.Write("b", "1");
  fs::create_symlink(other.path() / "b", path("link"));
  fs::create_symlink("nowhere", path("broken"));
  fs::create_directory_symlink(folder_.path(), path("loop"));
  fs::create_directory_symlink(other.path(), path("folder"));
  const FileScanResult result = Scan();
  EXPECT_EQ(result.links_skipped, 2);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].file, "broken");
  EXPECT_THAT(Ids(), ElementsAre("a", "link"));
  const FileScanResult followed = Scan({.follow_links = true});
  EXPECT_EQ(followed.links_skipped, 1);
  EXPECT_THAT(Ids(), ElementsAre("a", "folder/b", "link"));
}

TEST_F(ScanTest, PipesAreNotFiles) {
  Write("a", "1");
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(Scan().problems, IsEmpty());
  EXPECT_THAT(Ids(), ElementsAre("a"));
}

}  // namespace
}  // namespace metaxy::testing
