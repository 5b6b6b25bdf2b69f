// Input of commands: pipes, versions from columns, the program's own files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "demo_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;

class InputCommandsTest : public ::testing::Test {
 protected:
  InputCommandsTest() {
    program_.Write("metaxy.toml", kDemoConfig);
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video'\nid_columns = ['id']\n"
                   "fields = ['audio', 'frames/left']\n");
    program_.Write("videos.csv", "id,a,f\n007,a1,f1\n008,a2,f2\n");
  }

  Finished Write(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"metadata", "write", "video", "--from", file};
    words.insert(words.end(), more.begin(), more.end());
    return program_.Run(words);
  }

  Finished Resolve(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"metadata", "resolve", "video", "--samples", file};
    words.insert(words.end(), more.begin(), more.end());
    return program_.Run(words);
  }

  Program program_;
};

const std::vector<std::string> kVersions = {"--provenance", "audio=a,frames/left=f"};

TEST_F(InputCommandsTest, MakesVersionsFromColumns) {
  ASSERT_EQ(Write("videos.csv", kVersions).code, 0);
  EXPECT_THAT(program_
                  .Run({"metadata", "read", "video", "--columns",
                        "id,a,f,metaxy_provenance_by_field", "--format", "json"})
                  .out,
              HasSubstr(R"({"audio": "a1", "frames_left": "f1"})"));
  EXPECT_THAT(Resolve("videos.csv", kVersions), Printed("video: 0 new, 0 stale, 0 orphaned\n"));
  // Options accumulate, and columns of other formats work as well.
  program_.Write(
      "videos.jsonl",
      "{\"id\":\"007\",\"x\":\"a1\",\"y\":\"f9\"}\n{\"id\":\"009\",\"x\":\"1\",\"y\":\"2\"}");
  EXPECT_THAT(Resolve("videos.jsonl", {"--provenance", "frames/left=y", "--provenance", "audio=x"}),
              Printed("video: 1 new, 1 stale, 1 orphaned\n"));
}

TEST_F(InputCommandsTest, RefusesVersionsByName) {
  program_.Write("both.jsonl",
                 R"({"id":"a","a":"1","f":"2","metaxy_provenance_by_field":{"audio":"1"}})");
  struct Case {
    std::string file;
    std::string option;
    std::string words;
  };
  const std::vector<Case> cases = {
      {"videos.csv", "audio=a", "field 'frames/left' of video is missing"},
      {"videos.csv", "audio=a,sound=f",
       "video has no field 'sound'; its fields are audio, frames/left"},
      {"videos.csv", "audio=a,frames/left=g", "the rows have no column 'g'; they have: id, a, f"},
      {"videos.csv", "audio=a,audio=f", "field 'audio' is given twice"},
      {"videos.csv", "audio", "'audio' is not FIELD=COLUMN"},
      {"videos.csv", "=a", "'=a' is not FIELD=COLUMN"},
      {"both.jsonl", "audio=a,frames/left=f",
       "the rows already have a column 'metaxy_provenance_by_field'"},
  };
  for (const Case& example : cases) {
    SCOPED_TRACE(example.option);
    const std::vector<std::string> option = {"--provenance", example.option};
    EXPECT_THAT(Write(example.file, option), FailedWith(2, example.words));
    EXPECT_THAT(Resolve(example.file, option), FailedWith(2, example.words));
  }
  EXPECT_THAT(program_.Run({"metadata", "resolve", "video", "--provenance", "audio=a"}),
              FailedWith(2, "--samples"));
  EXPECT_FALSE(std::filesystem::exists(program_.path("data")));
}

TEST_F(InputCommandsTest, ReadsFromPipes) {
  const std::string pipe = program_.path("pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread feeder([&] { std::ofstream(pipe) << "id,a,f\n1,x,y\n"; });
  const Finished written = Write("pipe", kVersions);
  feeder.join();
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_THAT(written.err, HasSubstr("video: wrote 1 row to"));
}

TEST_F(InputCommandsTest, WritesNothingWhereThereIsNothing) {
  program_.Write("none.jsonl", "");
  program_.Write("header.csv", "id,metaxy_provenance_by_field\n");
  // Standard input of tests is empty.
  for (const char* file : {"none.jsonl", "header.csv", "-", "/dev/null"}) {
    SCOPED_TRACE(file);
    const Finished written = Write(file);
    EXPECT_EQ(written.code, 0) << written.err;
    EXPECT_THAT(written.err, HasSubstr("video: wrote 0 rows to"));
    EXPECT_THAT(Write(file, {"--dry-run"}).err, HasSubstr("video: would write 0 rows to"));
    EXPECT_THAT(Resolve(file), Printed("video: 0 new, 0 stale, 0 orphaned\n"));
  }
  ASSERT_EQ(Write("videos.csv", kVersions).code, 0);
  EXPECT_THAT(Resolve("none.jsonl"), Printed("video: 0 new, 0 stale, 2 orphaned\n"));
}

TEST_F(InputCommandsTest, RefusesBeforeTheStoreIsTouched) {
  program_.Write("mixed.jsonl", "{\"id\":\"a\"}\n{\"id\":1}\n");
  EXPECT_THAT(Write("mixed.jsonl"),
              FailedWith(2, "cannot read mixed.jsonl: line 2: column 'id': a number here"));
  EXPECT_THAT(Write("missing.csv"),
              FailedWith(2, "cannot read missing.csv: there is no such file"));
  EXPECT_THAT(Write("."), FailedWith(2, "cannot read .: it is a directory"));
  EXPECT_FALSE(std::filesystem::exists(program_.path("data")));
}

// What the program writes as text can be written back, and changes nothing.
TEST_F(InputCommandsTest, TakesItsOwnFilesBack) {
  program_.Write("rows.jsonl",
                 R"({"id":"007","n":5,"r":1.5,"l":[1,2],"s":{"p":"x"},"t":"2024-01-01","b":true,)"
                 R"("metaxy_provenance_by_field":{"audio":"1","frames_left":"2"},)"
                 R"("metaxy_created_at":"2024-05-01T10:00:00.25Z"})"
                 "\n"
                 R"({"id":"008","metaxy_provenance_by_field":{"audio":"3","frames_left":"4"},)"
                 R"("metaxy_data_version_by_field":{"audio":"5","frames_left":"6"}})"
                 "\n");
  ASSERT_EQ(Write("rows.jsonl").code, 0);
  const std::string columns =
      "id,n,r,l,s,t,b,metaxy_provenance_by_field,metaxy_provenance,metaxy_data_version_by_field,"
      "metaxy_data_version,metaxy_created_at,metaxy_deleted_at";
  const std::vector<std::string> show = {"metadata",  "read",  "video",    "--sort", "id",
                                         "--columns", columns, "--format", "json"};
  const std::string before = program_.Run(show).out;
  EXPECT_THAT(before, HasSubstr("2024-05-01"));
  for (const char* file : {"own.csv", "own.jsonl", "own.parquet", "own.arrow"}) {
    SCOPED_TRACE(file);
    ASSERT_EQ(program_.Run({"metadata", "read", "video", "--to", file}).code, 0);
    const Finished written = Write(file);
    ASSERT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(program_.Run(show).out, before);
  }
}

}  // namespace
}  // namespace metaxy::testing
