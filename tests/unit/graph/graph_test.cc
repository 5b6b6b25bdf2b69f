#include "metaxy/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "graph/describe.h"
#include "metaxy/errors.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::OneLine;

FeatureDefinition Definition(FeatureSpec spec, std::string class_path = "m.A",
                             std::string project = "p") {
  if (spec.id_columns.empty()) spec.id_columns = {"id"};
  return {.spec = std::move(spec),
          .feature_class_path = std::move(class_path),
          .project = std::move(project)};
}

FeatureGraph GraphOf(std::vector<FeatureSpec> specs) {
  FeatureGraph graph;
  for (FeatureSpec& spec : specs) {
    if (spec.id_columns.empty()) spec.id_columns = {"id"};
    EXPECT_TRUE(graph.AddFeature(std::move(spec), "p").ok());
  }
  return graph;
}

TEST(FeatureGraphTest, FeaturesFromCppHaveAClassPath) {
  FeatureGraph graph = GraphOf({{.key = "video/raw-v2"}});
  EXPECT_EQ(graph.Find("video/raw-v2")->feature_class_path, "p.VideoRawV2");
  EXPECT_EQ(graph.Find("video/raw-v2")->project, "p");
}

TEST(FeatureGraphTest, InvalidDefinitionsAreNotAdded) {
  FeatureGraph graph;
  arrow::Status status = graph.AddFeature({.key = "Video"}, "");
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition));
  EXPECT_THAT(OneLine(status), HasSubstr("feature 'Video' is not valid: "));
  EXPECT_TRUE(graph.definitions().empty());
}

TEST(FeatureGraphTest, OneKeyHasOneDefinition) {
  FeatureGraph graph;
  ASSERT_TRUE(graph.AddFeatureDefinition(Definition({.key = "a"}, "m.A")).ok());
  arrow::Status status = graph.AddFeatureDefinition(Definition({.key = "a"}, "n.A"));
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidDefinition));
  EXPECT_EQ(
      OneLine(status),
      "feature 'a' is defined twice, in m.A and in n.A; a graph can have one definition of a key");
  EXPECT_TRUE(
      graph.AddFeatureDefinition(Definition({.key = "a"}, "n.A"), FeatureGraph::OnConflict::kIgnore)
          .ok());
  EXPECT_EQ(graph.Find("a")->feature_class_path, "m.A");

  // The same class again, as when a file is read twice.
  ASSERT_TRUE(
      graph.AddFeatureDefinition(Definition({.key = "a", .description = "new"}, "m.A")).ok());
  EXPECT_EQ(graph.Find("a")->spec.description, "new");
  graph.ReplaceFeatureDefinition(Definition({.key = "a"}, "other.A"));
  EXPECT_EQ(graph.Find("a")->feature_class_path, "other.A");
  EXPECT_EQ(graph.definitions().size(), 1u);
}

TEST(FeatureGraphTest, TwoFilesWithOneNameAreTwoPlaces) {
  FeatureGraph graph;
  FeatureDefinition definition = Definition({.key = "a"}, "features.A");
  definition.source = "x/features.toml:1";
  ASSERT_TRUE(graph.AddFeatureDefinition(definition).ok());
  ASSERT_TRUE(graph.AddFeatureDefinition(definition).ok());
  definition.source = "y/features.toml:1";
  EXPECT_THAT(OneLine(graph.AddFeatureDefinition(definition)),
              HasSubstr("in x/features.toml:1 and in y/features.toml:1"));
}

TEST(FeatureGraphTest, FeaturesFromCppAreNotReplacedSilently) {
  FeatureGraph graph;
  FeatureSpec spec{.key = "a", .id_columns = {"id"}};
  ASSERT_TRUE(graph.AddFeature(spec, "p").ok());
  EXPECT_TRUE(graph.AddFeature(spec, "p").ok());
  spec.description = "another";
  EXPECT_TRUE(IsError(graph.AddFeature(spec, "p"), ErrorCode::kInvalidDefinition));
}

TEST(FeatureGraphTest, RealFeaturesReplaceExternalOnes) {
  FeatureGraph graph;
  FeatureDefinition external = Definition({.key = "a"}, "");
  external.feature_class_path.reset();
  external.is_external = true;
  ASSERT_TRUE(graph.AddFeatureDefinition(external).ok());
  ASSERT_TRUE(graph.AddFeature({.key = "b", .id_columns = {"id"}}, "p").ok());
  EXPECT_TRUE(graph.has_external_features());
  ASSERT_TRUE(graph.AddFeatureDefinition(Definition({.key = "a"}, "m.A")).ok());
  EXPECT_FALSE(graph.has_external_features());
  ASSERT_TRUE(graph.AddFeatureDefinition(external).ok());
  EXPECT_FALSE(graph.Find("a")->is_external);
  EXPECT_THAT(graph.ListFeatures(), ElementsAre(FeatureKey("a"), FeatureKey("b")));
}

TEST(FeatureGraphTest, UnknownFeaturesGetASuggestion) {
  FeatureGraph graph = GraphOf({{.key = "video/crop"}, {.key = "audio"}});
  arrow::Status status = graph.GetFeaturePlan("video/corp").status();
  EXPECT_TRUE(IsError(status, ErrorCode::kFeatureNotInGraph));
  EXPECT_EQ(OneLine(status),
            "feature 'video/corp' is not in the graph; did you mean 'video/crop'? `metaxy list "
            "features --all-projects` lists all features");
  EXPECT_THAT(OneLine(graph.GetFeatureVersion("x").status()),
              HasSubstr("'x' is not in the graph; `metaxy list"));
  EXPECT_THAT(OneLine(FeatureGraph().GetFeatureDefinition("x").status()),
              HasSubstr("no features are loaded"));
}

TEST(FeatureGraphTest, MissingDependenciesAreNamed) {
  FeatureGraph graph = GraphOf({{.key = "raw"}, {.key = "a", .deps = {"rav"}}});
  for (const arrow::Status& status :
       {graph.GetFeaturePlan("a").status(), graph.GetFeatureVersion("a").status(), graph.Validate(),
        graph.GetFieldVersion({"a", "default"}).status()}) {
    EXPECT_TRUE(IsError(status, ErrorCode::kMissingFeatureDependency)) << status;
    EXPECT_THAT(
        OneLine(status),
        HasSubstr("feature 'a' depends on 'rav', which is not in the graph; did you mean 'raw'?"));
  }
  EXPECT_TRUE(graph.GetFeatureVersion("raw").ok());
}

TEST(FeatureGraphTest, MissingDependenciesMayComeLater) {
  FeatureGraph graph = GraphOf({{.key = "b", .deps = {"a"}}, {.key = "d", .deps = {"b"}}});
  EXPECT_TRUE(IsError(graph.Validate(), ErrorCode::kMissingFeatureDependency));
  EXPECT_TRUE(graph.Validate(/*allow_missing_dependencies=*/true).ok());
  EXPECT_TRUE(IsError(graph.GetFeatureVersion("d").status(), ErrorCode::kMissingFeatureDependency));
  const FeatureGraph circle =
      GraphOf({{.key = "b", .deps = {"a", "c"}}, {.key = "c", .deps = {"b"}}});
  EXPECT_TRUE(IsError(circle.Validate(true), ErrorCode::kCycle));
}

TEST(FeatureGraphTest, CyclesAreNamed) {
  FeatureGraph graph = GraphOf({{.key = "a", .deps = {"c"}},
                                {.key = "b", .deps = {"a"}},
                                {.key = "c", .deps = {"b"}},
                                {.key = "z", .deps = {"a"}}});
  EXPECT_EQ(OneLine(graph.GetFeatureVersion("z").status()),
            "features depend on each other in a cycle: a -> c -> b -> a; remove one of these "
            "dependencies");
  EXPECT_THAT(OneLine(graph.Validate()), HasSubstr("a -> c -> b -> a"));
  EXPECT_THAT(OneLine(GraphOf({{.key = "a", .deps = {"a"}}}).Validate()),
              HasSubstr("cycle: a -> a;"));
  // Traversals that need no order do not fail.
  EXPECT_EQ(graph.GetDownstreamFeatures(std::vector<FeatureKey>{"a"}).size(), 3u);
  EXPECT_THAT(AllDependents(graph, "b"), ElementsAre("a", "b", "c", "z"));
}

TEST(FeatureGraphTest, UnknownFieldsAreNamed) {
  FeatureGraph graph =
      GraphOf({{.key = "a", .fields = {"audio", "video"}},
               {.key = "b",
                .deps = {"a"},
                .fields = {{.key = "x", .deps = {{.feature = "a", .fields = {{"vidoe"}}}}}}},
               {.key = "c", .deps = {"a"}, .fields = {{.key = "x", .deps = {{.feature = "b"}}}}},
               {.key = "d",
                .deps = {{.feature = "a", .fields_mapping = FieldsMapping::None()}},
                .fields = {"x"}}});
  EXPECT_THAT(OneLine(graph.GetFeatureVersion("b").status()),
              HasSubstr("field 'x' of feature 'b' depends on field 'vidoe' of 'a', which has no "
                        "such field; did you mean 'video'?"));
  EXPECT_THAT(OneLine(graph.GetFeatureVersion("c").status()),
              HasSubstr("depends on fields of 'b', which is not among the feature's deps"));
  EXPECT_THAT(OneLine(graph.GetFeatureVersion("d").status()),
              HasSubstr("field 'x' of feature 'd' has no parent field"));
  arrow::Status status = graph.GetFieldVersion({"a", "x"}).status();
  EXPECT_TRUE(IsError(status, ErrorCode::kFieldNotFound)) << status;
  EXPECT_TRUE(
      IsError(graph.GetFeaturePlan("a")->ParentFields("x").status(), ErrorCode::kFieldNotFound));
}

TEST(FeatureGraphTest, DeepChainsNeedNoDeepStack) {
  constexpr int kLength = 10000;
  FeatureGraph graph;
  for (int i = 0; i < kLength; ++i) {
    FeatureSpec spec{.key = "f" + std::to_string(i), .id_columns = {"id"}};
    if (i > 0) spec.deps = {FeatureDep{.feature = "f" + std::to_string(i - 1)}};
    ASSERT_TRUE(graph.AddFeature(std::move(spec), "p").ok());
  }
  std::string last = "f" + std::to_string(kLength - 1);
  EXPECT_TRUE(graph.GetFeatureVersion(last).ok());
  EXPECT_TRUE(graph.Validate().ok());
  EXPECT_EQ(graph.TopologicalSort()->back(), FeatureKey(last));
  EXPECT_EQ(graph.GetDownstreamFeatures(std::vector<FeatureKey>{"f0"}).size(), kLength - 1u);
  EXPECT_EQ(DescribeGraph(graph, "p")->depth, static_cast<size_t>(kLength));
  EXPECT_EQ(AllDependencies(graph, last)->size(), kLength - 1u);
  EXPECT_THAT(*AllDependencies(graph, last, 2), ElementsAre("f9997", "f9998"));

  graph.ReplaceFeatureDefinition(Definition({.key = "f0", .deps = {FeatureDep{.feature = last}}}));
  std::string message = OneLine(graph.GetFeatureVersion("f5").status());
  EXPECT_THAT(message, HasSubstr("f5 -> f4 -> f3 -> f2 -> f1 -> f0 -> f9999"));
  EXPECT_THAT(message, HasSubstr("(9980 more)"));
  EXPECT_LT(message.size(), 400u);
}

TEST(FeatureGraphTest, WideDiamondsAreNotExponential) {
  FeatureGraph graph =
      GraphOf({{.key = "l0", .fields = {"x", "y"}}, {.key = "r0", .fields = {"x", "y"}}});
  for (int i = 1; i < 100; ++i) {
    for (const char* side : {"l", "r"}) {
      FeatureSpec spec{.key = side + std::to_string(i), .id_columns = {"id"}, .fields = {"x", "y"}};
      for (const char* parent : {"l", "r"}) {
        spec.deps.push_back(
            {.feature = parent + std::to_string(i - 1), .fields_mapping = FieldsMapping::All()});
      }
      ASSERT_TRUE(graph.AddFeature(std::move(spec), "p").ok());
    }
  }
  EXPECT_TRUE(graph.GetFeatureVersion("r99").ok());
  EXPECT_EQ(DescribeGraph(graph, "p")->depth, 100u);
}

TEST(FeatureGraphTest, VersionsFollowChanges) {
  FeatureGraph graph = GraphOf({{.key = "a"}, {.key = "b", .deps = {"a"}}});
  std::string before = *graph.GetFeatureVersion("b");
  std::string project_before = graph.GetProjectVersion("p");
  FeatureGraph copy = graph;
  FeatureDefinition changed = *graph.Find("a");
  changed.spec.fields[0].code_version = "2";
  graph.ReplaceFeatureDefinition(changed);
  EXPECT_NE(*graph.GetFeatureVersion("b"), before);
  EXPECT_NE(graph.GetProjectVersion("p"), project_before);
  EXPECT_EQ(*copy.GetFeatureVersion("b"), before);
  EXPECT_EQ(copy.GetProjectVersion("p"), project_before);
  EXPECT_EQ(copy.hash_truncation_length(), kMinHashTruncationLength);
}

TEST(FeatureGraphTest, ManyThreadsRead) {
  FeatureGraph graph = GraphOf({{.key = "f0", .fields = {"x", "y"}}});
  for (int i = 1; i < 200; ++i) {
    FeatureSpec spec{.key = "f" + std::to_string(i), .id_columns = {"id"}, .fields = {"x", "y"}};
    spec.deps = {FeatureDep{.feature = "f" + std::to_string(i - 1)}};
    ASSERT_TRUE(graph.AddFeature(std::move(spec), "p").ok());
  }
  std::vector<std::vector<std::string>> found(4);
  std::vector<std::thread> threads;
  for (auto& versions : found) {
    threads.emplace_back([&graph, &versions] {
      for (int i = 199; i >= 0; --i)
        versions.push_back(*graph.GetFeatureVersion("f" + std::to_string(i)));
      versions.push_back(graph.GetProjectVersion("p"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found[0].size(), 201u);
  for (const auto& versions : found) EXPECT_EQ(versions, found[0]);
}

TEST(FeatureGraphTest, KnowsItsProject) {
  FeatureGraph graph;
  EXPECT_TRUE(IsError(graph.project().status(), ErrorCode::kInvalidInput));
  EXPECT_TRUE(IsError(DescribeGraph(graph, "").status(), ErrorCode::kInvalidInput));
  EXPECT_EQ(graph.GetProjectVersion("p"), "empty");
  ASSERT_TRUE(graph.AddFeatureDefinition(Definition({.key = "a"}, "m.A", "p")).ok());
  EXPECT_EQ(*graph.project(), "p");
  EXPECT_EQ(DescribeGraph(graph, "")->project_version, graph.GetProjectVersion("p"));
  ASSERT_TRUE(graph.AddFeatureDefinition(Definition({.key = "b"}, "m.B", "q")).ok());
  EXPECT_THAT(OneLine(graph.project().status()), HasSubstr("('p', 'q')"));
  EXPECT_THAT(graph.ListFeatures("q"), ElementsAre(FeatureKey("b")));
}

TEST(FeaturePlanTest, KnowsParentsAndColumns) {
  FeatureGraph graph =
      GraphOf({{.key = "p", .id_columns = {"a", "b"}},
               {.key = "q", .id_columns = {"b", "a"}},
               {.key = "c", .id_columns = {"a", "b"}, .deps = {"q", "p"}},
               {.key = "d",
                .id_columns = {"k"},
                .deps = {{.feature = "p", .lineage = LineageRelationship::Expansion({})}}}});
  FeaturePlan plan = *graph.GetFeaturePlan("c");
  EXPECT_FALSE(plan.is_root());
  EXPECT_EQ(plan.FindParent("p")->key, FeatureKey("p"));
  EXPECT_EQ(plan.FindParent("x"), nullptr);
  EXPECT_EQ(plan.FindDep("q")->feature, FeatureKey("q"));
  EXPECT_EQ(plan.FindDep("x"), nullptr);
  // In the order of the first dependency; in the reference the order is random.
  EXPECT_THAT(plan.join_columns(), ElementsAre("b", "a"));
  EXPECT_THAT(graph.GetFeaturePlan("p")->join_columns(), ElementsAre("a", "b"));
  EXPECT_TRUE(graph.GetFeaturePlan("p")->is_root());
  EXPECT_TRUE(graph.GetFeaturePlan("p")->input_id_columns().empty());
  EXPECT_THAT(graph.GetFeaturePlan("d")->join_columns(), ElementsAre("k"));
}

TEST(FeaturePlanTest, ReportsAllCollisionsOfColumns) {
  FeatureGraph graph = GraphOf(
      {{.key = "p"},
       {.key = "q"},
       {.key = "c",
        .deps = {{.feature = "p",
                  .select = {{"m", "n"}},
                  .rename = {{{"x", "id"}, {"y", "metaxy_created_at"}, {"v", "n"}, {"w", "n"}}}},
                 {.feature = "q", .select = {{"m"}}}},
        .fields = {"y/z", "y_z"}}});
  std::string message = OneLine(graph.Validate());
  for (const char* part :
       {"deps[0].rename: renames column 'x' of 'p' to 'id', an id column of 'p'",
        "; deps[0].rename: renames column 'y' of 'p' to 'metaxy_created_at', a system column",
        "; deps[0].rename: renames several columns of 'p' to 'n'",
        "; deps: column 'm' is selected more than once",
        "fields[1].key: fields 'y/z' and 'y_z' would both be stored as 'y_z'"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

}  // namespace
}  // namespace metaxy
