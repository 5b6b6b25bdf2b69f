// Output of modifying commands with `--format json`; notes stay on standard error.
#include "demo_project.h"
#include "metaxy/json.h"
#include "support/matchers.h"

namespace metaxy::testing {
namespace {

class JsonResultsTest : public DemoProjectTest {
 protected:
  // The object that a command prints; timestamps and table versions vary.
  Json Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Finished finished = program_.Run(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return Get(Json::Parse(finished.out));
  }

  static Json Parsed(const char* text) { return Get(Json::Parse(text)); }

  void Expect(const std::vector<std::string>& arguments, const char* json) const {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    EXPECT_EQ(Run(arguments).DumpPython(), Parsed(json).DumpPython());
  }
};

TEST_F(JsonResultsTest, OfWritesAndDeletions) {
  program_.Write("v.ndjson",
                 R"({"id": "a", "metaxy_provenance_by_field": {"audio": "1"}}
{"id": "b", "metaxy_provenance_by_field": {"audio": "2"}}
)");
  const std::vector<std::string> write = {"metadata", "write", "video", "--from", "v.ndjson"};
  Expect({"metadata", "write", "video", "--from", "v.ndjson", "--dry-run"},
         R"({"feature": "video", "dry_run": true, "rows": 2, "version": null})");
  Expect(write, R"({"feature": "video", "dry_run": false, "rows": 2, "version": 1})");
  Expect(write, R"({"feature": "video", "dry_run": false, "rows": 2, "version": 2})");
  Expect({"metadata", "copy", "video", "--from", "dev", "--to", "empty", "--dry-run"},
         R"({"dry_run": true, "from": "dev", "to": "empty",
             "features": [{"feature": "video", "rows": 2}]})");
  Expect({"metadata", "copy", "--all-features", "--from", "dev", "--to", "empty"},
         R"({"dry_run": false, "from": "dev", "to": "empty",
             "features": [{"feature": "video", "rows": 2}]})");
  Expect({"metadata", "migrate", "video", "--to", "map", "--dry-run"},
         R"({"dry_run": true, "to": "map",
             "features": [{"feature": "video", "changed": true, "rows": 4}]})");
  Expect({"metadata", "migrate", "video", "--to", "struct"},
         R"({"dry_run": false, "to": "struct",
             "features": [{"feature": "video", "changed": false, "rows": 4}]})");
  Expect({"metadata", "delete", "video", "--filter", "id = 'a'", "--dry-run"},
         R"({"dry_run": true, "soft": true, "features": [{"feature": "video", "rows": 1}]})");
  Expect({"metadata", "delete", "video", "--filter", "id = 'a'"},
         R"({"dry_run": false, "soft": true, "features": [{"feature": "video", "rows": 1}]})");
  Expect({"metadata", "delete", "video", "--hard", "--yes"},
         R"({"dry_run": false, "soft": false, "features": [{"feature": "video", "rows": 5}]})");
}

TEST_F(JsonResultsTest, ADeletionThatFailsForOneFeatureReportsTheOthers) {
  Write();
  const Finished finished = program_.Run(
      {"metadata", "delete", "never/written", "video", "--hard", "--yes", "--format", "json"});
  EXPECT_EQ(finished.code, 2);
  const Json json = Get(Json::Parse(finished.out));
  const Json::Array& features = json.Find("features")->as_array();
  ASSERT_EQ(features.size(), 2U);
  EXPECT_EQ(features[0].Find("error")->as_string(), "FEATURE_NOT_FOUND");
  EXPECT_EQ(features[0].Find("rows"), nullptr);
  EXPECT_EQ(features[1].Find("rows")->as_integer().digits, "1");
}

TEST_F(JsonResultsTest, OfPushLockAndRebase) {
  Write();
  const Json dry = Run({"push", "--dry-run"});
  EXPECT_FALSE(dry.Find("already_pushed")->as_bool());
  const Json pushed = Run({"push"});
  EXPECT_FALSE(pushed.Find("already_pushed")->as_bool());
  EXPECT_TRUE(pushed.Find("updated_features")->as_array().empty());
  EXPECT_TRUE(Run({"push"}).Find("already_pushed")->as_bool());
  const std::string version = program_.Run({"push"}).out;
  EXPECT_EQ(pushed.Find("project_version")->as_string() + "\n", version);
  const Json locked = Run({"lock"});
  EXPECT_EQ(locked.Find("unchanged")->as_integer().digits, "0");
  EXPECT_TRUE(locked.Find("added")->as_array().empty());
  EXPECT_THAT(locked.Find("path")->as_string(), ::testing::EndsWith("/metaxy.lock"));
  Expect({"metadata", "rebase", "never/written", "--from", "x"},
         R"({"feature": "never/written", "dry_run": false, "rows": 0})");
}

// A note is for people: it never appears where a program looks for a result.
TEST_F(JsonResultsTest, NotesAreOnStandardError) {
  Write();
  program_.Write("v.ndjson", R"({"id": "a", "metaxy_provenance_by_field": {"audio": "1"}})"
                             "\n");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"metadata", "write", "video", "--from", "v.ndjson"},
           {"metadata", "copy", "video", "--from", "dev", "--to", "empty"},
           {"metadata", "migrate", "video", "--to", "struct"},
           {"metadata", "rebase", "never/written", "--from", "x"},
           {"metadata", "delete", "video"},
           {"lock"}}) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const Finished finished = program_.Run(arguments);
    EXPECT_EQ(finished.code, 0);
    EXPECT_EQ(finished.out, "");
    EXPECT_NE(finished.err, "");
  }
}

}  // namespace
}  // namespace metaxy::testing
