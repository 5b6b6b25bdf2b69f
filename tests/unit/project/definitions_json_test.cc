#include "project/definitions_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "metaxy/errors.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using ::testing::HasSubstr;
using testing::OneLine;

arrow::Result<std::vector<FeatureDefinition>> Parse(const std::string& text,
                                                    const std::string& project = "p") {
  return ParseDefinitionsJson(text, "definitions.json", project);
}

TEST(DefinitionsJsonTest, ReadsEveryDefinitionOfTheReference) {
  Json::Array entries;
  std::vector<std::string> expected;
  for (const Json& golden : testing::Goldens("definitions")) {
    if (golden.Find("error") != nullptr) continue;
    Json entry = *golden.Find("input");
    std::string key = "k" + std::to_string(entries.size());
    const_cast<Json*>(entry.Find("spec"))->Set("key", key);
    entries.push_back(entry);
    Json dumped = *Json::Parse(testing::Text(golden, "dumped"));
    const_cast<Json*>(dumped.Find("spec"))->Set("key", key);
    expected.push_back(dumped.DumpPython());
  }
  auto definitions = Parse(Json(entries).DumpIndented());
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  ASSERT_EQ(definitions->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ((*definitions)[i].ToJson().DumpPython(), expected[i]);
    EXPECT_EQ((*definitions)[i].source, "definitions.json");
  }
}

TEST(DefinitionsJsonTest, AnEntryWithoutAProjectBelongsToTheDefaultOne) {
  std::string text = R"([{"spec": {"key": "a", "id_columns": ["id"]}, "feature_schema": "{}"}])";
  auto definitions = Parse(text, "mine");
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  EXPECT_EQ((*definitions)[0].project, "mine");
  EXPECT_THAT(OneLine(Parse(text, "").status()), HasSubstr("project: is missing"));
}

TEST(DefinitionsJsonTest, ErrorsNameThePlace) {
  const std::map<std::string, std::string> cases = {
      {"[\n  {\"spec\": }]", "definitions.json: not valid JSON at line 2, column 12"},
      {"", "definitions.json: not valid JSON at line 1, column 1"},
      {"{}", "definitions.json: must be a list of feature definitions, not an object"},
      {"[1]", "definitions.json:1:2: the feature is not valid: must be an object, not an integer"},
      {"[\n  {\"spec\": {\"key\": \"A\"}, \"feature_schema\": \"[]\", \"x]\": \"\\\"[{\"},\n\t3 ]",
       "definitions.json:2:3: feature 'A' is not valid: spec.id_columns: is missing; spec.key: "
       "FeatureKey 'A', part 'A': the first part must start with a lower case letter or '_'; "
       "feature_schema: must be a JSON object or a string that contains one, not a list; 'x]': "
       "there is no such member; definitions.json:3:2: the feature is not valid: must be an "
       "object"},
  };
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text);
    arrow::Status status = Parse(text).status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition)) << status;
    EXPECT_THAT(OneLine(status), HasSubstr(message));
  }
}

TEST(DefinitionsJsonTest, AKeyThatIsGivenTwiceNamesBothPlaces) {
  std::string entry = R"({"spec": {"key": "a", "id_columns": ["id"]}, "feature_schema": {}})";
  arrow::Status status = Parse("[ " + entry + ",\n " + entry + "]").status();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition));
  EXPECT_EQ(OneLine(status),
            "definitions.json:2:2: feature 'a' is already defined at definitions.json:1:3; remove "
            "one of them");
}

TEST(DefinitionsJsonTest, AnEmptyListHasNoFeatures) { EXPECT_TRUE(Parse(" [ ] ")->empty()); }

TEST(DefinitionsJsonTest, AFileThatIsNotThereIsNamed) {
  arrow::Status status = ReadDefinitionsJson("no/such/definitions.json", "p").status();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidInput)) << status;
  EXPECT_EQ(OneLine(status), "cannot read no/such/definitions.json: No such file or directory");
}

}  // namespace
}  // namespace metaxy
