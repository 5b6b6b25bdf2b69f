#include "metaxy/definitions.h"

#include <gmock/gmock.h>

#include "metaxy/errors.h"
#include "metaxy/graph.h"

namespace metaxy {
namespace {

constexpr const char* kToml = R"(
[[feature]]
key = "example/video"
id_columns = ["video_id"]
fields = ["audio"]
)";

TEST(ParseDefinitionsTest, ReadsTomlWithNameAndProject) {
  const auto parsed = ParseDefinitions(kToml, DefinitionsFormat::kToml,
                                       {.name = "folder/shapes.toml", .project = "studio"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_EQ(parsed->size(), 1U);
  EXPECT_EQ(parsed->front().key(), FeatureKey("example/video"));
  EXPECT_EQ(parsed->front().project, "studio");
  EXPECT_EQ(parsed->front().feature_class_path, "shapes.ExampleVideo");
}

TEST(ParseDefinitionsTest, JsonOfADefinitionGivesTheDefinition) {
  const auto parsed = ParseDefinitions(kToml, DefinitionsFormat::kToml, {.project = "studio"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const Json list = Json::Array{parsed->front().ToJson()};
  const auto again = ParseDefinitions(list.DumpPython(), DefinitionsFormat::kJson);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->front().ToJson(), parsed->front().ToJson());
}

TEST(ParseDefinitionsTest, MistakesNameTheText) {
  for (const auto format : {DefinitionsFormat::kJson, DefinitionsFormat::kToml}) {
    const auto parsed = ParseDefinitions("[1, 2", format, {.name = "notebook"});
    ASSERT_TRUE(IsError(parsed.status(), ErrorCode::kInvalidDefinition)) << parsed.status();
    EXPECT_THAT(parsed.status().message(), ::testing::HasSubstr("notebook"));
  }
}

}  // namespace
}  // namespace metaxy
