// Failures on the command line: recorded from a file, listed, left out of a resolve, forgotten.
#include <fstream>

#include "metaxy/json.h"
#include "support/matchers.h"
#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class FailuresCommandTest : public VideoProjectTest {
 protected:
  /// What is to be transcribed, one JSON object per line.
  std::vector<std::string> ToDo() const {
    Do({"metadata", "resolve", "transcript", "--to", "todo", "--file-format", "ndjson"});
    std::ifstream file(program_.path("todo/new.ndjson"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  /// Rows of failures.ndjson from rows of the increment.
  void WriteFailures(const std::vector<std::string>& rows, const std::string& kind) const {
    std::string text;
    for (const std::string& row : rows) {
      text += row.substr(0, row.size() - 1) + R"(, "metaxy_failure_kind": ")" + kind +
              R"(", "metaxy_failure_message": "no sound\nat all"})" + "\n";
    }
    program_.Write("failures.ndjson", text);
  }

  void Fail(const std::vector<std::string>& rows, const std::string& kind) const {
    WriteFailures(rows, kind);
    Do({"metadata", "write", "transcript", "--failures", "failures.ndjson"});
  }

  Json RunJson(std::vector<std::string> words) const {
    words.insert(words.end(), {"--format", "json"});
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return Get(Json::Parse(finished.out));
  }
};

TEST_F(FailuresCommandTest, AreListed) {
  EXPECT_EQ(program_.Run({"metadata", "failures"}).out, "no failures\n");
  const std::vector<std::string> todo = ToDo();
  ASSERT_EQ(todo.size(), 3U);
  Fail({todo[0], todo[1]}, "Broken");
  Fail({todo[1]}, "Memory");
  const Finished plain = program_.Run({"metadata", "failures", "transcript"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out,
              MatchesRegex("Feature +Sample +Kind +Attempts +Last failed at \\(UTC\\) +Message\n"
                           "transcript +\\{\"id\": \"a\"\\} +Broken +1 +2[-0-9]+[ T][:0-9]+ +"
                           "no sound at all\n"
                           "transcript +\\{\"id\": \"b\"\\} +Memory +2 +[^\n]+\n\n2 failures\n"));
  EXPECT_THAT(program_.Run({"metadata", "failures", "--limit", "1"}).out,
              AllOf(HasSubstr("1 of 2 failures"), Not(HasSubstr("\"b\""))));
  const Json json = RunJson({"metadata", "failures", "transcript", "--filter", "id = 'b'"});
  EXPECT_EQ(json.Find("count")->as_integer().digits, "1");
  const Json& failure = json.Find("failures")->as_array().at(0);
  EXPECT_EQ(failure.Find("feature")->as_string(), "transcript");
  EXPECT_EQ(failure.Find("ids")->DumpPython(), R"({"id": "b"})");
  EXPECT_EQ(failure.Find("kind")->as_string(), "Memory");
  EXPECT_EQ(failure.Find("message")->as_string(), "no sound\nat all");
  EXPECT_EQ(failure.Find("attempts")->as_integer().digits, "2");
  EXPECT_TRUE(failure.Find("materialization_id")->is_null());
}

TEST_F(FailuresCommandTest, AreLeftOutOfAResolve) {
  const std::vector<std::string> todo = ToDo();
  Fail({todo[0], todo[1]}, "Broken");
  Fail({todo[1]}, "Memory");
  const auto resolve = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words = {"metadata", "resolve", "transcript"};
    words.insert(words.end(), options.begin(), options.end());
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished.out;
  };
  EXPECT_EQ(resolve({}), "transcript: 3 new, 0 stale, 0 orphaned\n");
  EXPECT_EQ(resolve({"--failures", "include"}), "transcript: 3 new, 0 stale, 0 orphaned\n");
  EXPECT_EQ(resolve({"--failures", "skip"}), "transcript: 1 new, 0 stale, 0 orphaned, 2 failed\n");
  EXPECT_EQ(resolve({"--failures", "retry", "--max-attempts", "2"}),
            "transcript: 2 new, 0 stale, 0 orphaned, 1 failed\n");
  EXPECT_EQ(resolve({"--failures", "retry", "--first-wait", "100000"}),
            "transcript: 1 new, 0 stale, 0 orphaned, 2 failed\n");
  EXPECT_EQ(resolve({"--failures", "retry", "--first-wait", "100000", "--max-wait", "0"}),
            "transcript: 3 new, 0 stale, 0 orphaned, 0 failed\n");
  EXPECT_EQ(resolve({"--failures", "retry", "--never-retry", "Memory"}),
            "transcript: 2 new, 0 stale, 0 orphaned, 1 failed\n");
  EXPECT_THAT(resolve({"--failures", "skip", "--format", "json"}),
              AllOf(HasSubstr("\"new\": 1, "), HasSubstr("\"failed\": 2")));
  Do({"metadata", "resolve", "transcript", "--failures", "skip", "--to", "parts"});
  EXPECT_TRUE(std::filesystem::exists(program_.path("parts/failed.parquet")));
  const Finished refused = program_.Run(
      {"metadata", "resolve", "transcript", "--failures", "skip", "--first-wait", "3"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--first-wait says when failed samples are retried"));
}

TEST_F(FailuresCommandTest, AreColumnsOfTheStatus) {
  const auto status = [&] { return program_.Run({"metadata", "status", "--all-features"}).out; };
  EXPECT_THAT(status(), Not(HasSubstr("Failed")));
  Fail({ToDo()[0]}, "Broken");
  EXPECT_THAT(status(),
              MatchesRegex("Feature +Status +Rows +Missing +Stale +Orphaned +Failed +Store\n"
                           "video +root feature +3 +- +- +- +- +dev \\(data/\\)\n"
                           "transcript +not computed yet +0 +3 +0 +0 +1 +-\n"));
  const Json json = RunJson({"metadata", "status", "transcript", "--verbose"});
  const Json* transcript = json.Find("features")->Find("transcript");
  EXPECT_EQ(transcript->Find("missing")->as_integer().digits, "3");
  EXPECT_EQ(transcript->Find("failed")->as_integer().digits, "1");
  EXPECT_THAT(transcript->Find("sample_details")->as_array().back().as_string(),
              StartsWith("failed: {"));
  Do({"graph", "render", "--status", "--format", "svg", "--output", "graph.svg"});
  std::ifstream svg(program_.path("graph.svg"));
  EXPECT_THAT(std::string((std::istreambuf_iterator<char>(svg)), {}), HasSubstr("3 new, 1 failed"));
}

TEST_F(FailuresCommandTest, AreForgotten) {
  const std::vector<std::string> todo = ToDo();
  Fail(todo, "Broken");
  Fail({todo[2]}, "Memory");
  EXPECT_THAT(program_.Run({"metadata", "retry", "transcript", "--dry-run"}).err,
              HasSubstr("would clear 3 failures (4 attempts)"));
  EXPECT_EQ(RunJson({"metadata", "retry", "transcript", "--kind", "Memory"}).DumpPython(),
            R"({"dry_run": false, "failures": 1, "attempts": 2})");
  EXPECT_THAT(program_.Run({"metadata", "retry"}).err, HasSubstr("no feature is given"));
  EXPECT_THAT(program_.Run({"metadata", "retry", "transcribt"}).err, HasSubstr("transcript"));
  EXPECT_THAT(program_.Run({"metadata", "retry", "--all-features"}).err,
              HasSubstr("cleared 2 failures (2 attempts)"));
  EXPECT_EQ(program_.Run({"metadata", "failures"}).out, "no failures\n");
}

TEST_F(FailuresCommandTest, AreWrittenBesideRows) {
  const std::vector<std::string> todo = ToDo();
  program_.Write("rows.ndjson", todo[0] + "\n");
  WriteFailures({todo[1], todo[2]}, "Broken");
  const std::vector<std::string> write = {"metadata",    "write",      "transcript",     "--from",
                                          "rows.ndjson", "--failures", "failures.ndjson"};
  std::vector<std::string> dry = write;
  dry.emplace_back("--dry-run");
  EXPECT_THAT(program_.Run(dry).err, HasSubstr("would write 1 row and 2 failures to"));
  EXPECT_EQ(program_.Run({"metadata", "failures"}).out, "no failures\n");
  EXPECT_EQ(
      RunJson(write).DumpPython(),
      R"({"feature": "transcript", "dry_run": false, "rows": 1, "version": 1, "failures": 2})");
  EXPECT_EQ(program_.Run({"metadata", "resolve", "transcript", "--failures", "skip"}).out,
            "transcript: 0 new, 0 stale, 0 orphaned, 2 failed\n");
  EXPECT_THAT(program_.Run({"metadata", "write", "transcript"}).err,
              HasSubstr("--from is required"));
}

// What is wrong with the failures is found out before a row is written.
TEST_F(FailuresCommandTest, NothingIsHalfWritten) {
  program_.Write("rows.ndjson", ToDo()[0] + "\n");
  program_.Write("failures.ndjson", "{\"id\": 7, \"metaxy_provenance\": \"p\"}\n");
  const Finished finished = program_.Run({"metadata", "write", "transcript", "--from",
                                          "rows.ndjson", "--failures", "failures.ndjson"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err,
              MatchesRegex("metaxy: error: the id column 'id' of failures of feature 'transcript' "
                           "has type int64[^\n]*\n"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript"}).out, StartsWith("transcript: 3"));
  EXPECT_EQ(program_.Run({"metadata", "failures"}).out, "no failures\n");
}

}  // namespace
}  // namespace metaxy::testing
