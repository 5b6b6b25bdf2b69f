#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "metaxy/errors.h"
#include "metaxy/feature_definition.h"
#include "metaxy/feature_spec.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using ::testing::AllOf;
using testing::Goldens;
using ::testing::HasSubstr;
using testing::Text;

// What the reference accepts by accident and misinterprets, or silently drops.
const std::set<std::string> kRefusedOnPurpose = {
    "id columns text",    // three columns a, b, c
    "id columns object",  // the names of its members
    "deps text",          // dependencies on features a and b
    "deps object",        // a dependency on a feature named "feature"
    "key empty list",     // a feature without a name
    "lineage extra",      // members that have no effect
    "lineage extra outside",
    "identity on",
    "mapping extra",
    "mapping extra outside",
    "mapping of another type",
};

TEST(SpecConformance, ReadsAndWritesWhatTheReferenceDoes) {
  std::set<std::string> refused_on_purpose;
  for (const Json& golden : Goldens("specs")) {
    std::string name = Text(golden, "name");
    SCOPED_TRACE(name);
    arrow::Result<FeatureSpec> spec = FeatureSpec::FromJson(*golden.Find("input"));
    if (golden.Find("error") != nullptr || kRefusedOnPurpose.contains(name)) {
      if (golden.Find("error") == nullptr) refused_on_purpose.insert(name);
      EXPECT_TRUE(IsError(spec.status(), ErrorCode::kInvalidDefinition)) << spec.status();
      EXPECT_THAT(testing::OneLine(spec.status()), HasSubstr(" is not valid: "));
      continue;
    }
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_EQ(spec->ToJson().DumpPython(), Text(golden, "dumped"));
    EXPECT_EQ(spec->ToJson().DumpPython(true), Text(golden, "sorted"));
    EXPECT_EQ(spec->table_name(), Text(golden, "table_name"));
    for (const auto& [truncation, versions] : golden.Find("versions")->as_object()) {
      EXPECT_EQ(spec->feature_spec_version(std::stoi(truncation)), Text(versions, "spec"));
      EXPECT_EQ(spec->code_version(std::stoi(truncation)), Text(versions, "code"));
    }
    arrow::Result<FeatureSpec> again = FeatureSpec::FromJson(spec->ToJson());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->ToJson(), spec->ToJson());
  }
  EXPECT_EQ(refused_on_purpose, kRefusedOnPurpose);
}

TEST(DefinitionConformance, ReadsAndWritesWhatTheReferenceDoes) {
  int refused = 0;
  for (const Json& golden : Goldens("definitions")) {
    SCOPED_TRACE(Text(golden, "name"));
    arrow::Result<FeatureDefinition> definition =
        FeatureDefinition::FromJson(*golden.Find("input"));
    if (golden.Find("error") != nullptr) {
      ++refused;
      EXPECT_TRUE(IsError(definition.status(), ErrorCode::kInvalidDefinition))
          << definition.status();
      continue;
    }
    ASSERT_TRUE(definition.ok()) << definition.status();
    EXPECT_EQ(definition->ToJson().DumpPython(), Text(golden, "dumped"));
    EXPECT_EQ(definition->feature_schema.DumpPython(), Text(golden, "schema"));
    EXPECT_EQ(definition->is_external, golden.Find("is_external")->as_bool());
    bool is_error = definition->on_version_mismatch == OnVersionMismatch::kError;
    EXPECT_EQ(is_error ? "error" : "warn", Text(golden, "on_version_mismatch"));
    Json given;
    if (definition->provenance_by_field) {
      given = Json::Object{};
      for (const auto& [field, version] : *definition->provenance_by_field)
        given.Set(field, version);
    }
    EXPECT_EQ(given, *golden.Find("given"));
    for (const auto& [truncation, version] : golden.Find("versions")->as_object()) {
      EXPECT_EQ(definition->feature_definition_version(std::stoi(truncation)), version.as_string());
    }
  }
  EXPECT_GT(refused, 8);
}

TEST(FeatureSpecTest, IsWrittenDownWithDesignatedInitialisers) {
  FeatureSpec spec{.key = "example/crop",
                   .id_columns = {"video_id"},
                   .deps = {"example/video"},
                   .fields = {{.key = "audio", .code_version = "1"}, {.key = "frames"}}};
  EXPECT_TRUE(spec.Validate().ok()) << spec.Validate();
  EXPECT_EQ(spec.deps[0].feature, FeatureKey("example/video"));
  EXPECT_EQ(spec.fields[1].code_version, kDefaultCodeVersion);
  EXPECT_EQ(spec.FindField("audio")->code_version, "1");
  EXPECT_EQ(spec.FindField("video"), nullptr);
  EXPECT_EQ(spec.table_name(), "example__crop");

  FeatureSpec smallest{.key = "a", .id_columns = {"id"}};
  ASSERT_EQ(smallest.fields.size(), 1u);
  EXPECT_EQ(smallest.fields[0].key, FieldKey("default"));

  FeatureSpec mixed{.key = "a",
                    .id_columns = {"id", "part"},
                    .deps = {"b", FeatureDep{.feature = "c", .optional = true}},
                    .fields = {"x", FieldSpec{.key = "y", .deps = FieldDeps::All()}}};
  EXPECT_EQ(mixed.deps[0].feature, FeatureKey("b"));
  EXPECT_TRUE(mixed.deps[1].optional);
  EXPECT_TRUE(mixed.fields[1].deps.all);

  FeatureSpec texts{.key = "a", .id_columns = {"id"}, .deps = {"b", "c"}, .fields = {"x", "y"}};
  EXPECT_EQ(texts.deps.size(), 2u);
  EXPECT_EQ(texts.fields[1].key, FieldKey("y"));

  FeatureSpec specs{
      .key = "a",
      .id_columns = {"id"},
      .deps = {{.feature = "b",
                .select = {{"n"}},
                .rename = {{{"m", "n"}}},
                .fields_mapping = FieldsMapping::Specific({{"x", {"y", "z"}}}),
                .filters = {{"n > 1"}},
                .lineage = LineageRelationship::Aggregation({{"id"}})}},
      .fields = {{.key = "x", .deps = {{.feature = "b", .fields = {{"y"}}}, {.feature = "c"}}}}};
  EXPECT_TRUE(specs.Validate().ok()) << specs.Validate();
  EXPECT_EQ(
      specs.ToJson().Find("deps")->as_array()[0].DumpCompact(),
      R"({"feature":"b","select":["n"],"rename":{"m":"n"},"fields_mapping":{"mapping":{"type":"specific",)"
      R"("mapping":{"x":[["y"],["z"]]}}},"sql_filters":["n > 1"],"lineage":{"relationship":{"type":"N:1",)"
      R"("on":["id"]}},"optional":false})");
  EXPECT_EQ(specs.fields[0].deps.list.size(), 2u);
  FeatureSpec copy = specs;
  EXPECT_EQ(copy, specs);
  copy.fields[0].code_version = "2";
  EXPECT_NE(copy, specs);
}

TEST(FeatureSpecTest, ReportsEverythingThatIsWrongInOneLine) {
  FeatureSpec spec{
      .key = "Video",
      .deps = {{.feature = "a b", .select = {{"m"}}, .rename = {{{"m", "n"}, {"m", "o"}}}},
               {.feature = "c", .lineage = {.type = LineageRelationship::Type::kExpansion}}},
      .fields = {{.key = "x"},
                 {.key = "x"},
                 {.key = "y", .deps = {{.feature = "D", .fields = {{"E"}}}}}},
      .metadata = 3};
  arrow::Status status = spec.Validate();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition));
  std::string message = testing::OneLine(status);
  for (const char* part :
       {"feature 'Video' is not valid: key: FeatureKey 'Video', part 'Video': the first part must",
        "; id_columns: name at least one column", "; deps[0].feature: FeatureKey 'a b'",
        "; deps[0].rename: column 'm' of 'a b' is renamed twice",
        "; deps[0].select: selects column 'm' of 'a b' by its name before `rename`",
        "; deps[1].lineage.relationship.on: an expansion must name the columns",
        "; fields[1].key: field 'x' is defined twice",
        "; fields[2].deps[0].feature: FeatureKey 'D'",
        "; fields[2].deps[0].fields[0]: FieldKey 'E'", "; metadata: metadata must be an object"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(FeatureSpecTest, FromJsonNamesThePlaceAndTheNearestMember) {
  const std::map<std::string, std::string> cases = {
      {R"({"key": "a", "id_columns": ["id"], "feilds": []})",
       "feature 'a' is not valid: feilds: there is no such member; did you mean 'fields'?"},
      {R"({"key": "a", "id_columns": ["id"], "fields": ["x", {"key": "y", "code_version": 2}]})",
       "fields[1].code_version: must be a string, not an integer; write \"2\""},
      {R"({"key": "a", "id_columns": "id"})",
       "id_columns: must be a list of strings, not a string"},
      {R"({"id_columns": ["id"]})", "the feature is not valid: key: is missing"},
      {R"({"key": "a", "id_columns": ["id"], "deps": [{"feature": "b", "lineage": {"relationship": {"type": "1-1"}}}]})",
       "deps[0].lineage.relationship.type: there is no type '1-1'; use one of 1:1, N:1, 1:N"},
      {R"({"key": "a", "id_columns": ["id"], "deps": [{"feature": "b", "optional": "perhaps"}]})",
       "deps[0].optional: must be true or false, not 'perhaps'"},
      {R"([])", "the feature is not valid: must be an object, not a list"},
  };
  for (const auto& [text, message] : cases) {
    arrow::Status status = FeatureSpec::FromJson(*Json::Parse(text)).status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition));
    EXPECT_THAT(testing::OneLine(status), HasSubstr(message));
  }
  arrow::Status both =
      FeatureSpec::FromJson(*Json::Parse(R"({"key": 1, "id_columns": [], "deps": ["X"]})"))
          .status();
  EXPECT_THAT(testing::OneLine(both),
              AllOf(HasSubstr("key: must be a key"), HasSubstr("; id_columns: name at least one"),
                    HasSubstr("; deps[0].feature: FeatureKey 'X'")));
}

TEST(FeatureSpecTest, NotANumberInMetadataIsNull) {
  FeatureSpec spec{.key = "a", .id_columns = {"id"}};
  spec.metadata.Set("x", Json::Array{std::nan(""), 1.0});
  EXPECT_THAT(spec.ToJson().DumpPython(), HasSubstr(R"("metadata": {"x": [null, 1.0]})"));
}

TEST(FeatureDefinitionTest, SaysWhereItComesFrom) {
  FeatureDefinition definition{.spec = {.key = "a", .id_columns = {"id"}}, .project = "p"};
  EXPECT_TRUE(definition.Validate().ok());
  EXPECT_EQ(definition.display_source(), "?");
  definition.feature_class_path = "m.A";
  EXPECT_EQ(definition.display_source(), "m.A");
  definition.source = "features.toml:3";
  EXPECT_EQ(definition.display_source(), "features.toml:3");
}

TEST(FeatureDefinitionTest, ReportsSpecAndProjectTogether) {
  FeatureDefinition definition{.spec = {.key = "a"}};
  definition.provenance_by_field = {{{"x", "1"}}};
  std::string message = testing::OneLine(definition.Validate());
  for (const char* part :
       {"feature 'a' is not valid: spec.id_columns: name at least one",
        "; project: name the project", "; provenance_by_field: only an external feature"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

}  // namespace
}  // namespace metaxy
