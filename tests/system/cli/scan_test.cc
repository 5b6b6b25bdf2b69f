// metaxy scan
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "demo_project.h"
#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFeatures =
    "[[feature]]\nkey = 'photo/file'\nid_columns = ['file']\nfields = ['content']\n"
    "[[feature]]\nkey = 'photo/summary'\nid_columns = ['file']\ndeps = ['photo/file']\n"
    "fields = [{ key = 'text', code_version = '1' }]\n";

class ScanCommandTest : public ::testing::Test {
 protected:
  ScanCommandTest() {
    program_.Write("metaxy.toml", kDemoConfig);
    program_.Write("features.toml", kFeatures);
    Write("a.txt", "1");
    Write("b.txt", "1");
    Write("x/c.jpg", "12");
  }

  /// Modified long ago.
  void Write(const std::string& name, const std::string& text) const {
    program_.Write("photos/" + name, text);
    const timespec times[2] = {{1'600'000'000, 1}, {1'600'000'000, 1}};
    utimensat(AT_FDCWD, program_.path("photos/" + name).c_str(), times, 0);
  }

  Json ScanJson(std::vector<std::string> more) const {
    std::vector<std::string> words = {"scan", "photos", "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    const auto json = Json::Parse(finished.out);
    return json.ok() ? *json : Json();
  }

  Program program_;
};

TEST_F(ScanCommandTest, WritesWhatIsNewAndReadsItOnce) {
  Finished finished = program_.Run({"scan", "photos"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_EQ(finished.out, "photo/file: 3 new, 0 changed, 0 unchanged\n");
  EXPECT_EQ(finished.err, "3 of 3 files read (4 B); wrote 3 rows to dev (data/)\n");
  finished = program_.Run({"scan", "photos"});
  EXPECT_EQ(finished.out, "photo/file: 0 new, 0 changed, 3 unchanged\n");
  EXPECT_THAT(finished.err, HasSubstr("0 of 3 files read; wrote 0 rows"));
  Write("a.txt", "22");
  EXPECT_EQ(program_.Run({"scan", "photos"}).out, "photo/file: 0 new, 1 changed, 2 unchanged\n");
  EXPECT_THAT(program_.Run({"metadata", "resolve", "photo/summary"}),
              Printed("photo/summary: 3 new, 0 stale, 0 orphaned\n"));
}

TEST_F(ScanCommandTest, JsonHasAllCounts) {
  const Json json = ScanJson({"--dry-run"});
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, int64_t>>{{"files", 3},
                                                    {"new", 3},
                                                    {"changed", 0},
                                                    {"unchanged", 0},
                                                    {"refreshed", 0},
                                                    {"missing", 0},
                                                    {"deleted", 0},
                                                    {"elsewhere", 0},
                                                    {"links_skipped", 0},
                                                    {"files_read", 3},
                                                    {"bytes_read", 4},
                                                    {"rows", 0}}) {
    ASSERT_NE(json.Find(name), nullptr) << name;
    EXPECT_EQ(*json.Find(name), Json(value)) << name;
  }
  EXPECT_EQ(*json.Find("feature"), Json("photo/file"));
  EXPECT_EQ(*json.Find("directory"), Json("photos"));
  EXPECT_EQ(*json.Find("dry_run"), Json(true));
  EXPECT_EQ(*json.Find("problems"), Json(Json::Array{}));
  EXPECT_FALSE(std::filesystem::exists(program_.path("data")));
}

TEST_F(ScanCommandTest, SelectsFilesAndVersions) {
  EXPECT_EQ(*ScanJson({"--include", "*.TXT", "--exclude", "b*"}).Find("new"), Json(int64_t{1}));
  const Json by_time = ScanJson({"--version-from", "mtime"});
  EXPECT_EQ(*by_time.Find("files_read"), Json(int64_t{0}));
  EXPECT_EQ(*by_time.Find("changed"), Json(int64_t{1}));
  ScanJson({"--hash", "sha256"});
  EXPECT_THAT(
      program_
          .Run({"metadata", "read", "photo/file", "--filter", "file = 'a.txt'", "--format", "json"})
          .out,
      HasSubstr("sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"));
}

TEST_F(ScanCommandTest, DeletesOnlyOnRequest) {
  program_.Run({"scan", "photos"});
  std::filesystem::remove(program_.path("photos/b.txt"));
  Finished finished = program_.Run({"scan", "photos"});
  EXPECT_EQ(finished.out, "photo/file: 0 new, 0 changed, 2 unchanged, 1 missing\n");
  EXPECT_THAT(finished.err,
              HasSubstr("1 sample has no file any more; --delete-missing deletes it\n"));
  finished = program_.Run({"scan", "photos", "--delete-missing", "--dry-run"});
  EXPECT_THAT(finished.err, HasSubstr("would delete 1 sample\n"));
  EXPECT_EQ(*ScanJson({"--delete-missing"}).Find("deleted"), Json(int64_t{1}));
  EXPECT_EQ(*ScanJson({"--delete-missing"}).Find("missing"), Json(int64_t{0}));
}

TEST_F(ScanCommandTest, FilesThatCannotBeReadGiveAWarningAndExitCode1) {
  std::filesystem::create_symlink("/proc/self/mem", program_.path("photos/bad"));
  const Finished finished = program_.Run({"scan", "photos"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_EQ(finished.out, "photo/file: 3 new, 0 changed, 0 unchanged, 1 not read\n");
  EXPECT_THAT(finished.err, HasSubstr("metaxy: warning: 'bad': Input/output error\n"));
}

// A project in its own folder of files.
TEST_F(ScanCommandTest, TheProjectItselfIsNoSample) {
  program_.Write(".gitignore", "x");
  EXPECT_EQ(program_.Run({"scan", "."}).out, "photo/file: 3 new, 0 changed, 0 unchanged\n");
  EXPECT_EQ(program_.Run({"scan", "."}).out, "photo/file: 0 new, 0 changed, 3 unchanged\n");
}

TEST_F(ScanCommandTest, MistakesAreAnsweredInOneLine) {
  std::filesystem::create_directory(program_.path("empty"));
  EXPECT_THAT(program_.Run({"scan", "nowhere"}),
              FailedWith(2, "there is no folder 'nowhere'; check its name"));
  EXPECT_THAT(program_.Run({"scan", "features.toml"}),
              FailedWith(2, "'features.toml' is not a folder"));
  EXPECT_FALSE(std::filesystem::exists(program_.path("data")));
  EXPECT_THAT(program_.Run({"scan", "empty"}), FailedWith(2, "there are no files in 'empty'"));
  EXPECT_THAT(program_.Run({"scan", "photos", "--include", "*.png"}),
              FailedWith(2, "that the patterns select; check include and exclude"));
  EXPECT_THAT(program_.Run({"scan", "photos", "--feature", "photo/fil"}),
              FailedWith(2, "did you mean 'photo/file'"));
  EXPECT_THAT(program_.Run({"scan", "photos", "--feature", "photo/summary"}),
              FailedWith(2, "'photo/summary' is computed from photo/file"));
  EXPECT_THAT(program_.Run({"scan"}), FailedWith(2, "DIRECTORY"));
}

TEST_F(ScanCommandTest, TheFeatureMustBeClear) {
  program_.Write("features.toml",
                 "[[feature]]\nkey = 'a'\nid_columns = ['x']\n"
                 "[[feature]]\nkey = 'b'\nid_columns = ['x']\n");
  EXPECT_THAT(program_.Run({"scan", "photos"}),
              FailedWith(2,
                         "files could be the samples of 2 features (a, b); name one of them with "
                         "--feature"));
  EXPECT_EQ(program_.Run({"scan", "photos", "--feature", "b"}).out,
            "b: 3 new, 0 changed, 0 unchanged\n");
  program_.Write("features.toml", "[[feature]]\nkey = 'a'\nid_columns = ['x', 'y']\n");
  EXPECT_THAT(program_.Run({"scan", "photos"}),
              FailedWith(2, "as `metaxy init --from DIRECTORY` does"));
}

TEST_F(ScanCommandTest, WithoutAProjectItSaysWhatToDo) {
  const Program elsewhere;
  elsewhere.Write("photos/a", "1");
  EXPECT_THAT(elsewhere.Run({"scan", "photos"}), FailedWith(2, "there is no metaxy.toml"));
}

}  // namespace
}  // namespace metaxy::testing
