// Every command prints with --format json what docs/reference/json.md says.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cli/commands/commands.h"
#include "json_shape.h"
#include "video_project.h"

namespace metaxy::testing {
namespace {

class JsonShapesTest : public VideoProjectTest {
 protected:
  JsonShapesTest() {
    program_.Write("metaxy.toml",
                   "project = 'demo'\nentrypoints = ['features.toml']\nstore = 'dev'\n"
                   "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.dev.config]\nuri = 'data'\nfallback_stores = ['prod']\n"
                   "[stores.prod]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.prod.config]\nuri = 'prod'\n"
                   "[stores.empty]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.empty.config]\nuri = 'empty'\n");
  }

  /// Runs a command, and compares what it prints with the shape of the command.
  Json Check(std::vector<std::string> words) {
    const auto command = CommandOf(words);
    checked_.insert(command.full_name());
    words.insert(words.end(), {"--format", "json"});
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << command.full_name() << ": " << finished.err;
    const auto json = Json::Parse(finished.out);
    if (!json.ok()) {
      ADD_FAILURE() << command.full_name() << " prints no JSON: " << finished.out << finished.err;
      return {};
    }
    EXPECT_EQ(ShapeDifference(command.details.json, *json), "")
        << command.full_name() << ": " << finished.out;
    return *json;
  }

  static cli::CommandSpec CommandOf(const std::vector<std::string>& words) {
    for (cli::CommandSpec& command : cli::AllCommands()) {
      const bool grouped = command.group != nullptr;
      if (grouped ? words[0] == command.group && words[1] == command.name
                  : words[0] == command.name)
        return command;
    }
    ADD_FAILURE() << "there is no command " << words[0];
    return {};
  }

  std::string VersionOf(const std::string& feature) const {
    const Finished described = program_.Run({"describe", "features", feature, "--format", "json"});
    return Json::Parse(described.out)->Find("version")->as_string();
  }

  /// Commands that need no rows.
  void CheckDefinitions() {
    Check({"init", "films"});
    Check({"list", "features"});
    Check({"list", "features", "--verbose"});
    Check({"list", "stores"});
    Check({"describe", "features", "transcript"});
    Check({"describe", "features", "--all-features"});
    Check({"describe", "graph"});
    Check({"graph", "render"});
    Check({"graph", "render", "--status"});
    Check({"config", "print"});
    Check({"config", "schema"});
    Check({"completions", "fish"});
    Check({"help", "filters"});
    Check({"metadata", "failures"});
    Check({"snapshot", "list"});
    Check({"history"});
  }

  /// Two samples of three have failed.
  void Fail() {
    Do({"metadata", "resolve", "transcript", "--to", "todo", "--file-format", "ndjson"});
    std::ifstream file(program_.path("todo/new.ndjson"));
    std::string rows;
    for (std::string line; std::getline(file, line) && rows.find('\n') == std::string::npos;)
      rows += line.substr(0, line.size() - 1) + R"(, "metaxy_failure_kind": "Broken"})" + "\n";
    program_.Write("failed.ndjson", rows);
  }

  std::set<std::string> checked_;
};

/// Samples of the files of a folder.
TEST_F(JsonShapesTest, OfScanIsTheOneThatIsDocumented) {
  program_.Write("features.toml",
                 "[[feature]]\nkey = 'file'\nid_columns = ['file']\nfields = ['content']\n");
  program_.Write("photos/a.txt", "1");
  Check({"scan", "photos"});
}

TEST_F(JsonShapesTest, AreThoseThatAreDocumented) {
  CheckDefinitions();
  Check({"metadata", "status", "--all-features", "--store", "empty"});
  Check({"metadata", "write", "video", "--from", "v.ndjson", "--dry-run"});
  Check({"metadata", "write", "video", "--from", "v.ndjson"});
  Check({"metadata", "resolve", "transcript"});
  Check({"explain", "transcript"});
  Fail();
  Check({"metadata", "write", "transcript", "--failures", "failed.ndjson"});
  Check({"metadata", "failures"});
  Check({"metadata", "resolve", "transcript", "--failures", "skip"});
  Check({"metadata", "retry", "--all-features", "--dry-run"});
  Check({"metadata", "status", "--all-features", "--verbose", "--progress"});
  WriteTranscripts();
  Check({"snapshot", "create", "first"});
  Check({"snapshot", "list"});
  Check({"snapshot", "show", "first"});
  Check({"push", "--dry-run"});
  Check({"push"});
  Check({"history"});
  Check({"graph-diff", "render", "latest", "current"});
  WriteVideo("a", "a9", "f1");
  WriteVideo("e", "a5", "f5");
  Check({"metadata", "resolve", "transcript"});
  Check({"explain", "transcript"});
  Check({"report", "--output", "report.html"});
  Check({"explain", "video"});
  Check({"metadata", "status", "--all-features", "--verbose"});
  Check({"metadata", "status", "no/such"});
  Check({"snapshot", "diff", "first"});
  Check({"metadata", "read", "video"});
  Check({"metadata", "read", "transcript", "--columns", "id"});
  Check({"metadata", "copy", "--all-features", "--from", "dev", "--to", "empty"});
  Check({"store", "promote", "dev", "prod", "--dry-run"});
  Check({"metadata", "rebase", "transcript", "--from", VersionOf("transcript"), "--dry-run"});
  Check({"metadata", "compact", "--all-features"});
  Check({"metadata", "migrate", "--all-features", "--to", "map", "--dry-run"});
  Check({"metadata", "delete", "video", "--filter", "id = 'b'"});
  Check({"lock", "--dry-run"});
  Check({"snapshot", "delete", "first", "--yes"});
  Check({"snapshot", "gc"});
  Check({"doctor"});
  Check({"cache", "list"});
  Check({"cache", "clear", "--dry-run"});
  for (const cli::CommandSpec& command : cli::AllCommands()) {
    if (command.full_name() == "mcp") continue;   // JSON-RPC, see check_mcp.py
    if (command.full_name() == "scan") continue;  // above
    EXPECT_EQ(checked_.count(command.full_name()), 1U)
        << command.full_name() << " is not run by this test";
  }
}

TEST_F(JsonShapesTest, OfWhatACommandRefusesPartly) {
  const Json status = Check({"metadata", "status", "--all-features", "--store", "empty"});
  const Json* waiting = status.Find("features")->Find("transcript");
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->Find("waits_for")->DumpPython(), "[\"video\"]");
  EXPECT_EQ(waiting->Find("status")->as_string(), "error");
  const Json graph = Check({"graph", "render", "--status", "--store", "empty"});
  const Json* counts = graph.Find("features")->as_array().back().Find("counts");
  EXPECT_EQ(counts->Find("waits_for")->DumpPython(), "[\"video\"]");
  EXPECT_TRUE(counts->Find("error")->is_null());
}

// The comparison itself finds what is missing, surplus and of another type.
TEST(ShapeDifferenceTest, FindsDifferences) {
  const auto difference = [](const char* shape, const char* json) {
    return ShapeDifference(shape, *Json::Parse(json));
  };
  for (const auto& [shape, json] : std::vector<std::pair<const char*, const char*>>{
           {"string", "\"a\""},
           {"int | null", "null"},
           {"number", "1.5"},
           {"\"a\" | \"b\"", "\"b\""},
           {"string[]", "[]"},
           {"{a: int, b?: string[]}[]", R"([{"a": 1}, {"a": 2, "b": ["x"]}])"},
           {"{[string]: int}", R"({"x": 1})"},
           {"any", "[{}]"}}) {
    EXPECT_EQ(difference(shape, json), "") << shape;
  }
  for (const auto& [shape, json, expected] :
       std::vector<std::tuple<const char*, const char*, const char*>>{
           {"string", "1", ": is not string"},
           {"int", "1.5", ": is not int"},
           {"\"a\" | \"b\"", "\"c\"", ": is not \"a\"; or : is not \"b\""},
           {"string[]", "[1]", "[0]: is not string"},
           {"string[]", "{}", ": is not a list"},
           {"{a: int}", "[]", ": is not an object"},
           {"{a: int}", "{}", ".a: is missing"},
           {"{a: int}", R"({"a": 1, "b": 2})", ".b: is not in the shape"},
           {"{a: {b: int}[]}", R"({"a": [{"b": 1}, {"b": "x"}]})", ".a[1].b: is not int"},
           {"{[string]: int}", R"({"x": "y"})", ".x: is not int"},
           {"{a: int", "{}", "the shape cannot be read: expected a word before ''"},
           {"", "{}", "the shape cannot be read: expected a word before ''"},
           {"string string", "\"a\"", "the shape cannot be read: unexpected 'string'"}}) {
    EXPECT_EQ(difference(shape, json), expected) << shape;
  }
}

}  // namespace
}  // namespace metaxy::testing
