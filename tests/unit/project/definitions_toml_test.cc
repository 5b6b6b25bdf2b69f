#include "project/definitions_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "metaxy/errors.h"
#include "support/golden.h"
#include "test_paths.h"

namespace metaxy {
namespace {

using ::testing::HasSubstr;
using testing::OneLine;

arrow::Result<std::vector<FeatureDefinition>> Parse(const std::string& text,
                                                    const std::string& project = "p") {
  return ParseDefinitionsToml(text, "features.toml", "features", project);
}

// The expected feature, as the JSON of its definition.
struct Case {
  const char* toml;
  const char* spec;
  const char* schema = "{}";
};

TEST(DefinitionsTomlTest, ReadsShorthandsAndTables) {
  const std::vector<Case> cases = {
      {R"(key = "a"
id_columns = ["id"])",
       R"({"key": "a", "id_columns": ["id"]})"},
      {R"(key = ["a", "b"]
id_columns = ["id", "part"]
fields = ["x", { key = "y/z", code_version = "2", deps = "all" },
  { key = "w", deps = [{ feature = "p", fields = "all" }, { feature = "q", fields = ["f", ["g", "h"]] }] }]
description = "text"
deps = ["p", { feature = "q", select = ["n"], rename = { m = "n", b = "a" }, filters = ["n > 1"], optional = true }]
metadata = { z = 1, b = 2.0, c = [1, { d = "ü" }], when = 2024-05-01, at = 2024-05-01T07:32:00Z })",
       R"({"key": "a/b", "id_columns": ["id", "part"], "fields": ["x", {"key": "y/z", "code_version": "2", "deps": "__METAXY_ALL_DEP__"},
           {"key": "w", "deps": [{"feature": "p"}, {"feature": "q", "fields": ["f", "g/h"]}]}], "description": "text",
           "deps": ["p", {"feature": "q", "select": ["n"], "rename": {"m": "n", "b": "a"}, "filters": ["n > 1"], "optional": true}],
           "metadata": {"z": 1, "b": 2.0, "c": [1, {"d": "ü"}], "when": "2024-05-01", "at": "2024-05-01T07:32:00Z"}})"},
      {R"(key = "a"
id_columns = ["id"]
deps = [{ feature = "b", fields_mapping = "all", lineage = "aggregation" },
  { feature = "c", fields_mapping = { type = "specific", mapping = { x = ["y"] } }, lineage = { type = "expansion", on = ["id"] } },
  { feature = "d", fields_mapping = { mapping = { type = "none" } }, lineage = { relationship = { type = "N:1", on = ["id"] } } },
  { feature = "e", fields_mapping = { type = "default", match_suffix = true }, lineage = "1:1" }])",
       R"({"key": "a", "id_columns": ["id"], "deps": [
           {"feature": "b", "fields_mapping": {"mapping": {"type": "all"}}, "lineage": {"relationship": {"type": "N:1"}}},
           {"feature": "c", "fields_mapping": {"mapping": {"type": "specific", "mapping": {"x": ["y"]}}}, "lineage": {"relationship": {"type": "1:N", "on": ["id"]}}},
           {"feature": "d", "fields_mapping": {"mapping": {"type": "none"}}, "lineage": {"relationship": {"type": "N:1", "on": ["id"]}}},
           {"feature": "e", "fields_mapping": {"mapping": {"type": "default", "match_suffix": true}}}]})"},
      {R"(key = "a"
id_columns = ["id"]
[[feature.deps]]
feature = "b"
[[feature.fields]]
key = "x"
[feature.columns]
id = "string"
frame_count2x = "int"
score = "number?"
tags = "list[list[string]]"
taken_at = "datetime"
raw = { type = "string", description = "as it came" })",
       R"({"key": "a", "id_columns": ["id"], "deps": ["b"], "fields": ["x"]})",
       R"({"properties": {"id": {"title": "Id", "type": "string"}, "frame_count2x": {"title": "Frame Count2X", "type": "integer"},
           "score": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": null, "title": "Score"},
           "tags": {"items": {"items": {"type": "string"}, "type": "array"}, "title": "Tags", "type": "array"},
           "taken_at": {"format": "date-time", "title": "Taken At", "type": "string"},
           "raw": {"description": "as it came", "title": "Raw", "type": "string"}},
           "required": ["id", "frame_count2x", "tags", "taken_at", "raw"], "title": "A", "type": "object"})"},
      {R"(key = "video/crop-v2"
id_columns = ["id"]
columns = ["id", "path"])",
       R"({"key": "video/crop-v2", "id_columns": ["id"]})",
       R"({"properties": {"id": {"title": "Id"}, "path": {"title": "Path"}}, "required": ["id", "path"], "title": "VideoCropV2", "type": "object"})"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.toml);
    auto definitions = Parse(std::string("[[feature]]\n") + item.toml);
    ASSERT_TRUE(definitions.ok()) << definitions.status();
    ASSERT_EQ(definitions->size(), 1u);
    const FeatureDefinition& definition = (*definitions)[0];
    auto expected = FeatureSpec::FromJson(*Json::Parse(item.spec));
    ASSERT_TRUE(expected.ok()) << expected.status();
    EXPECT_EQ(definition.spec.ToJson().DumpIndented(), expected->ToJson().DumpIndented());
    EXPECT_EQ(definition.feature_schema.DumpIndented(), Json::Parse(item.schema)->DumpIndented());
    EXPECT_EQ(definition.project, "p");
    EXPECT_EQ(definition.source, "features.toml:1");
    EXPECT_FALSE(definition.is_external);
  }
}

TEST(DefinitionsTomlTest, ReadsProjectsClassPathsAndExternals) {
  auto definitions = Parse(R"(
[[feature]]
key = "video/crop"
id_columns = ["id"]

[[feature]]
key = "b"
id_columns = ["id"]
project = "q"
feature_class_path = "m.B"

[[feature]]
key = "c"
id_columns = ["id"]
external = true

[[feature]]
key = "d"
id_columns = ["id"]
external = { on_version_mismatch = "error", provenance_by_field = { default = "abc" } }
)");
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  ASSERT_EQ(definitions->size(), 4u);
  EXPECT_EQ((*definitions)[0].feature_class_path, "features.VideoCrop");
  EXPECT_EQ((*definitions)[0].source, "features.toml:2");
  EXPECT_EQ((*definitions)[1].feature_class_path, "m.B");
  EXPECT_EQ((*definitions)[1].project, "q");
  EXPECT_TRUE((*definitions)[2].is_external);
  EXPECT_EQ((*definitions)[2].feature_class_path, std::nullopt);
  EXPECT_EQ((*definitions)[3].on_version_mismatch, OnVersionMismatch::kError);
  EXPECT_EQ((*definitions)[3].provenance_by_field->at(0).second, "abc");
}

TEST(DefinitionsTomlTest, ErrorsNameFileLineAndColumn) {
  const std::map<std::string, std::string> cases = {
      {"[[feature]]\nkey = ", "features.toml:2:7: not valid TOML: "},
      {"[[feature]]\nkey = \"a\"\nkey = \"b\"", "features.toml:3:"},
      // Input that crashes the TOML library itself.
      {"[[:feature]]", "features.toml: cannot be read: not valid TOML"},
      {"# é\n\"é\" = 'é' é", "features.toml:2:11: not valid TOML: only strings and comments"},
      {"x = \"\"\"\né \\\"\"\"\"\"\ny = '''é''''' # é\n\n é", "features.toml:5:2: not valid TOML"},
      {"x = 0\"é\"", "features.toml:1:7: not valid TOML"},
      {"x = 'é\ny = \xE3\x80\x81", "features.toml:2:5: not valid TOML"},
      {"[[features]]\nkey = \"a\"",
       "features.toml:1:3: there is no member 'features'; write a table [[feature]]"},
      {"[feature]\nkey = \"a\"",
       "features.toml:1:2: `feature` must be a list of tables; write [[feature]]"},
      {"feature = [1]", "a feature must be a table, not an integer"},
      {"[[feature]]\nid_columns = [\"id\"]", "features.toml:1:1: the feature, key: is missing"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\n  feilds = []",
       "features.toml:4:3: feature 'a', feilds: there is no such member; did you mean 'fields'?"},
      {"[[feature]]\nkey = \"Video\"\nid_columns = [\"id\"]",
       "features.toml:2:1: feature 'Video', key: FeatureKey 'Video', part 'Video': the first part "
       "must"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\ndeps = [\"b\",\n  { feature = \"c\", "
       "selct = [] }]",
       "features.toml:5:20: feature 'a', deps[1].selct: there is no such member; did you mean "
       "'select'?"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\nfields = [\n  \"x\",\n  \"x\"]",
       "features.toml:6:3: feature 'a', fields[1].key: field 'x' is defined twice"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\nfields = [{ key = \"x\", code_version = 2 "
       "}]",
       "features.toml:4:24: feature 'a', fields[0].code_version: must be a string, not an integer; "
       "write \"2\""},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\ndeps = [{ feature = \"b\", lineage = { "
       "type = \"expansion\" } }]",
       "features.toml:4:26: feature 'a', deps[0].lineage.relationship.on: an expansion must name"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\ndeps = [{ feature = \"b\", lineage = { "
       "kind = \"expansion\" } }]",
       "deps[0].lineage.relationship.type: is missing"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\n[feature.columns]\nid = \"strng\"",
       "features.toml:5:1: feature 'a', columns.id: there is no type 'strng'; did you mean "
       "'string'?"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\n[feature.columns]\nx = \"string\"",
       "features.toml:4:10: feature 'a', columns: id column 'id' is missing"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\ncolumns = [\"id\", \"id\", "
       "\"metaxy_created_at\", 3]",
       "features.toml:4:18: feature 'a', columns[1]: column 'id' is given twice; "
       "features.toml:4:24: feature 'a', columns[2]: is a column that metaxy adds itself; leave it "
       "out; features.toml:4:45: feature 'a', columns[3]: must be a string"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\ncolumns = 3",
       "columns: must be a table of names and types or a list of names, not an integer"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\nexternal = { on_version_mismatch = "
       "\"stop\" }",
       "features.toml:4:14: feature 'a', external.on_version_mismatch: must be \"warn\" or "
       "\"error\", not 'stop'"},
      {"[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\nproject = 3",
       "features.toml:4:1: feature 'a', project: must be a string"},
  };
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text);
    arrow::Status status = Parse(text).status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition)) << status;
    EXPECT_THAT(OneLine(status), HasSubstr(message));
  }
  EXPECT_THAT(OneLine(Parse("[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]", "").status()),
              HasSubstr("features.toml:1:1: feature 'a', project: no project is known; set "
                        "`project` in metaxy.toml"));
}

TEST(DefinitionsTomlTest, AllErrorsOfAFileAreReported) {
  arrow::Status status =
      Parse("[[feature]]\nkey = \"A\"\n[[feature]]\nkey = \"b\"\nid_columns = []\nx = 1\n")
          .status();
  std::string message = OneLine(status);
  for (const char* part : {"features.toml:1:1: feature 'A', id_columns: is missing",
                           "; features.toml:2:1: feature 'A', key: ",
                           "; features.toml:5:1: feature 'b', id_columns: name at least one",
                           "; features.toml:6:1: feature 'b', x: "}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(DefinitionsTomlTest, AKeyThatIsGivenTwiceNamesBothPlaces) {
  std::string feature = "[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\n";
  EXPECT_EQ(
      OneLine(Parse(feature + "\n  " + feature).status()),
      "features.toml:5:3: feature 'a' is already defined at features.toml:1:1; remove one of them");
}

TEST(DefinitionsTomlTest, FilesAreReadByTheirPath) {
  std::string path = ::testing::TempDir() + "/metaxy_definitions_test.toml";
  std::ofstream(path) << "[[feature]]\nkey = \"a\"\nid_columns = [\"id\"]\n";
  auto definitions = ReadDefinitionsToml(path, "p");
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  EXPECT_EQ((*definitions)[0].feature_class_path, "metaxy_definitions_test.A");
  EXPECT_EQ((*definitions)[0].source, path + ":1");
  std::remove(path.c_str());
  EXPECT_TRUE(IsError(ReadDefinitionsToml(path, "p").status(), ErrorCode::kInvalidInput));
  EXPECT_TRUE(Parse("# nothing yet\n")->empty());
}

}  // namespace
}  // namespace metaxy
