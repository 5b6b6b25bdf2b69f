// `metaxy cache`, and what `metaxy doctor` says of the cache.
#include <gtest/gtest.h>

#include <fstream>

#include "video_project.h"

namespace metaxy::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class CacheCommandsTest : public VideoProjectTest {
 protected:
  CacheCommandsTest() {
    WriteTranscripts();
    program_.SetVariable("XDG_CACHE_HOME", caches_.path().string());
  }

  fs::path directory() const { return caches_.path() / "metaxy" / "delta"; }
  void Resolve() const { Do({"metadata", "resolve", "transcript"}); }
  Json List() const {
    const Finished list = program_.Run({"cache", "list", "--format", "json"});
    EXPECT_EQ(list.code, 0);
    return *Json::Parse(list.out);
  }
  std::string Doctor() const {
    const Finished doctor = program_.Run({"doctor"});
    EXPECT_EQ(doctor.code, 0);
    return doctor.out.substr(doctor.out.find("\nCache\n"));
  }
  // Checkpoints and key runs.
  std::vector<fs::path> Files(bool runs) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory())) {
      if (entry.is_regular_file() && (entry.path().extension() == ".keys") == runs)
        files.push_back(entry.path());
    }
    return files;
  }
  static void Damage(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.put('\x55');
  }

  TempDir caches_;
};

TEST_F(CacheCommandsTest, ListsAndClears) {
  EXPECT_THAT(program_.Run({"cache", "list"}).out,
              HasSubstr(": 0 answers, 0 B of at most 8.0 GiB"));
  EXPECT_EQ(program_.Run({"cache", "clear"}).err,
            "removed 0 answers (0 files, 0 B); the next resolves are full\n");
  Resolve();
  const Json json = List();
  ASSERT_EQ(json.Find("answers")->as_array().size(), 1U);
  const Json& answer = json.Find("answers")->as_array().front();
  EXPECT_EQ(answer.Find("question")->as_string(), "resolve");
  EXPECT_EQ(answer.Find("subject")->as_string(), "transcript");
  EXPECT_EQ(answer.Find("rows")->as_integer().digits, "6");
  EXPECT_EQ(answer.Find("files")->as_integer().digits, "3");
  EXPECT_TRUE(answer.Find("has_keys")->as_bool());
  EXPECT_EQ(json.Find("bytes")->as_integer().digits, answer.Find("bytes")->as_integer().digits);
  EXPECT_EQ(json.Find("directory")->as_string(), directory().string());
  const Finished plain = program_.Run({"cache", "list"});
  EXPECT_THAT(plain.out, HasSubstr("transcript"));
  EXPECT_THAT(plain.out, HasSubstr(": 1 answer, "));
  EXPECT_EQ(program_.Run({"cache", "list", "--store", "dev"}).out, plain.out);
  EXPECT_THAT(program_.Run({"cache", "list", "--store", "none"}), FailedWith(2, "none"));
  const Finished dry = program_.Run({"cache", "clear", "--dry-run", "--format", "json"});
  const Json counted = *Json::Parse(dry.out);
  EXPECT_TRUE(counted.Find("dry_run")->as_bool());
  EXPECT_EQ(counted.Find("answers")->as_integer().digits, "1");
  EXPECT_EQ(counted.Find("files")->as_integer().digits, "3");
  EXPECT_EQ(List().Find("answers")->as_array().size(), 1U);
  EXPECT_THAT(program_.Run({"cache", "clear", "--store", "dev"}).err,
              HasSubstr("removed 1 answer (3 files, "));
  EXPECT_EQ(List().Find("answers")->as_array().size(), 0U);
  EXPECT_EQ(Files(false).size() + Files(true).size(), 0U);
  // As if there had never been any.
  Resolve();
  EXPECT_EQ(List().Find("answers")->as_array().size(), 1U);
}

TEST_F(CacheCommandsTest, ListsCounts) {
  Do({"metadata", "status", "video"});
  const Json json = List();
  ASSERT_EQ(json.Find("answers")->as_array().size(), 1U);
  EXPECT_EQ(json.Find("answers")->as_array().front().Find("question")->as_string(), "count");
  EXPECT_EQ(json.Find("answers")->as_array().front().Find("rows")->as_integer().digits, "3");
  EXPECT_THAT(program_.Run({"cache", "list"}).out, HasSubstr("rows of video"));
}

TEST_F(CacheCommandsTest, NeedsNoProject) {
  Resolve();
  const TempDir elsewhere;
  Program program;
  program.SetVariable("XDG_CACHE_HOME", caches_.path().string());
  EXPECT_THAT(program.Run({"cache", "list"}).out, HasSubstr("transcript"));
  EXPECT_THAT(program.Run({"cache", "clear"}).err, HasSubstr("removed 1 answer"));
  // By the specification of XDG, relative ones are to be ignored.
  program.SetVariable("XDG_CACHE_HOME", "relative");
  program.SetVariable("HOME", "relative");
  EXPECT_THAT(program.Run({"cache", "list"}), FailedWith(2, "neither XDG_CACHE_HOME nor HOME"));
}

TEST_F(CacheCommandsTest, DoctorLooksAtIt) {
  EXPECT_THAT(Doctor(), HasSubstr(": 0 answers, 0 B\nno problems found\n"));
  Resolve();
  EXPECT_THAT(Doctor(), HasSubstr(": 1 answer, "));
  EXPECT_THAT(Doctor(), HasSubstr("no problems found"));
  Damage(Files(true).front());
  EXPECT_THAT(Doctor(), HasSubstr("a file with other content than was written"));
  EXPECT_FALSE(List().Find("answers")->as_array().empty());
  Damage(Files(true).back());
  EXPECT_THAT(Doctor(), HasSubstr("2 files with other content"));
  Damage(Files(false).front());
  EXPECT_THAT(Doctor(), HasSubstr("a file with other content"));
  // Those of keys belong to nothing now.
  EXPECT_THAT(Doctor(), HasSubstr("2 files without an answer"));
  const fs::path store = Files(false).front().parent_path();
  std::ofstream(store / "notes.txt") << "mine";
  std::ofstream(directory() / "more.txt") << "mine, too";
  EXPECT_THAT(Doctor(), HasSubstr("2 files of others (13 B)"));
  fs::permissions(directory(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(Doctor(), HasSubstr("others than its owner may look into it; `chmod 700 "));
  const Finished json = program_.Run({"doctor", "--format", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("healthy": true)"));
  EXPECT_THAT(json.out, HasSubstr("\"check\": \"cache\",\n      \"verdict\": \"hint\""));
  // What is somebody else's stays.
  Do({"cache", "clear"});
  EXPECT_TRUE(fs::exists(store / "notes.txt"));
  EXPECT_EQ(Files(false).size(), 2U);
  EXPECT_EQ(Files(true).size(), 0U);
  EXPECT_THAT(Doctor(), Not(HasSubstr("other content")));
}

TEST_F(CacheCommandsTest, FilesOfOtherReleasesAreNamed) {
  Resolve();
  const fs::path file = Files(false).front();
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).write("mxdelta1", 8);
  EXPECT_THAT(Doctor(), HasSubstr("a file of another release"));
  EXPECT_THAT(program_.Run({"cache", "list"}).out, HasSubstr("other release: " + file.string()));
  Do({"cache", "clear"});
  EXPECT_EQ(Files(false).size(), 0U);
}

TEST_F(CacheCommandsTest, OneThatCannotBeReadIsSaid) {
  std::ofstream(caches_.path() / "metaxy") << "a file";
  EXPECT_THAT(program_.Run({"cache", "list"}), FailedWith(3, "cannot read "));
  EXPECT_THAT(Doctor(), HasSubstr("cannot read "));
}

}  // namespace
}  // namespace metaxy::testing
