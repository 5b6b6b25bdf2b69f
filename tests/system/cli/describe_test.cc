// Output of `list`, `describe` and `config`.
#include <gtest/gtest.h>

#include "program.h"

namespace metaxy::testing {
namespace {

class DescribeTest : public ::testing::Test {
 protected:
  DescribeTest() {
    program_.Write("metaxy.toml",
                   "project = 'demo'\nentrypoints = ['features.toml']\n"
                   "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.dev.config]\nuri = 's3://user:pass@host/x'\nconnect_kwargs = { api_key "
                   "= 's3cret', region = 'r' }\n"
                   "[stores.base]\ntype = 'x.Y'\n");
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio', 'frames']\n"
                   "[[feature]]\nkey = 'crop'\nid_columns = ['id']\ndeps = ['video']\n"
                   "fields = [{ key = 'audio', code_version = '2' }]\ndescription = 'Cut out.'\n"
                   "metadata = { owner = 'me' }\n"
                   "[[feature]]\nkey = 'other'\nid_columns = ['id']\nproject = 'elsewhere'\n");
  }

  Program program_;
};

TEST_F(DescribeTest, ListsTheFeaturesOfTheProject) {
  Finished plain = program_.Run({"list", "features"});
  EXPECT_EQ(plain.code, 0);
  EXPECT_EQ(plain.err, "");
  EXPECT_THAT(plain.out,
              ::testing::StartsWith("Feature  Version   Project  Kind     Fields  Source\n"
                                    "video    "));
  EXPECT_THAT(plain.out, ::testing::HasSubstr("\n2 features: 1 root, 1 derived\n"));
  EXPECT_THAT(plain.out, ::testing::Not(::testing::HasSubstr("other")));
  EXPECT_THAT(program_.Run({"--all-projects", "list", "feature"}).out,
              ::testing::HasSubstr("other"));
  EXPECT_THAT(program_.Run({"list", "features", "--project", "elsewhere"}).out,
              ::testing::HasSubstr("1 feature: 1 root"));
}

TEST_F(DescribeTest, ListsFeaturesAsJson) {
  Finished json = program_.Run({"--project=elsewhere", "list", "features", "-v", "-f", "json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(
      json.out,
      ::testing::MatchesRegex(
          "\\{\n  \"feature_count\": 1,\n  \"features\": \\[\n    \\{\n      \"key\": \"other\",\n"
          "      \"version\": \"[0-9a-f]{8}\",\n      \"is_root\": true,\n      \"is_external\": "
          "false,\n"
          "      \"project\": \"elsewhere\",\n      \"source\": \"[^\"]*\",\n      "
          "\"field_count\": 1,\n"
          "      \"fields\": \\[\n        \\{\n          \"key\": \"default\",\n"
          "          \"code_version\": \"__metaxy_initial__\",\n          \"version\": "
          "\"[0-9a-f]{8}\"\n"
          "        \\}\n      \\]\n    \\}\n  \\]\n\\}\n"));
}

TEST_F(DescribeTest, DescribesFeatures) {
  Finished plain = program_.Run({"describe", "feature", "crop"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  for (const char* words :
       {"crop  ", "project     demo\n", "id columns  id\n", "Cut out.", "audio  ",
        "code version 2, from video.audio\n", "depends on\n  video\n", "owner: me\n"}) {
    EXPECT_THAT(plain.out, ::testing::HasSubstr(words));
  }
  Finished one = program_.Run({"describe", "features", "crop", "--format", "json"});
  EXPECT_THAT(one.out, ::testing::StartsWith("{\n  \"project\": \"demo\",\n  \"key\": \"crop\","));
  Finished two = program_.Run({"describe", "features", "crop", "other", "--format", "json"});
  EXPECT_THAT(two.out,
              ::testing::StartsWith("{\n  \"features\": [\n    {\n      \"project\": \"demo\","));
  EXPECT_THAT(program_.Run({"describe", "features", "--all-features", "--format", "json"}).out,
              ::testing::Not(::testing::HasSubstr("elsewhere")));
}

TEST_F(DescribeTest, PrintsNothingForNoFeatures) {
  program_.Write("features.toml",
                 "[[feature]]\nkey = 'other'\nid_columns = ['id']\nproject = 'elsewhere'\n");
  EXPECT_THAT(program_.Run({"describe", "features", "--all-features", "--format", "json"}),
              Printed(""));
}

TEST_F(DescribeTest, RefusesInJsonToo) {
  struct Case {
    std::vector<std::string> arguments;
    const char* out;
  };
  for (const Case& c :
       {Case{{}, R"({"error": "MISSING_REQUIRED_FLAG", "message": )"},
        Case{{"--all-features", "crop"}, R"({"error": "CONFLICTING_FLAGS", "message": )"},
        Case{{"a//b"}, R"({"error": "INVALID_FEATURE_KEY", "message": )"},
        Case{{"crop", "nothing"}, R"({"error": "FEATURES_NOT_FOUND", "message": )"}}) {
    std::vector<std::string> words = {"describe", "features", "--format", "json"};
    words.insert(words.end(), c.arguments.begin(), c.arguments.end());
    Finished refused = program_.Run(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.out, ::testing::StartsWith(c.out));
    EXPECT_THAT(refused.err, ::testing::StartsWith("metaxy: error: "));
  }
  EXPECT_THAT(program_.Run({"describe", "features", "nothing", "--format", "json"}).out,
              ::testing::EndsWith(R"(, "features": ["nothing"]})"
                                  "\n"));
  EXPECT_THAT(program_.Run({"describe", "features", "corp"}),
              FailedWith(2, "'corp'; did you mean 'crop'?"));
}

TEST_F(DescribeTest, DescribesTheGraph) {
  Finished plain = program_.Run({"describe", "graph"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, ::testing::HasSubstr("depth           2\n"));
  EXPECT_THAT(plain.out, ::testing::HasSubstr("root features (1)\n  video\n"));
  EXPECT_THAT(program_.Run({"describe", "graph", "--format", "json"}).out,
              ::testing::HasSubstr("\"graph_depth\": 2"));
}

TEST_F(DescribeTest, DescribesTheGraphOfAllProjects) {
  const Finished all = program_.Run({"--all-projects", "describe", "graph"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, ::testing::HasSubstr("features        3\n"));
  // The version is that of the configured project, which need not have features of its own.
  const std::string version = all.out.substr(0, all.out.find('\n'));
  EXPECT_THAT(program_.Run({"describe", "graph"}).out, ::testing::StartsWith(version + "\n"));
  program_.Write("features.toml",
                 "[[feature]]\nkey = 'other'\nid_columns = ['id']\nproject = 'x'\n");
  EXPECT_THAT(program_.Run({"--all-projects", "describe", "graph"}).out,
              ::testing::StartsWith("project version empty\nfeatures        1\n"));
}

TEST_F(DescribeTest, ListsStoresEvenIfOneIsNotAvailable) {
  Finished json = program_.Run({"list", "stores", "--format", "json"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(
      json.out,
      ::testing::StartsWith(
          "{\n  \"default_store\": \"dev\",\n  \"store_count\": 2,\n  \"stores\": [\n    {\n"
          "      \"name\": \"dev\",\n      \"is_default\": true,\n"));
  EXPECT_THAT(json.out, ::testing::HasSubstr("x.Y (not usable: "));
  EXPECT_THAT(json.out, ::testing::Not(::testing::HasSubstr("s3cret")));
}

TEST_F(DescribeTest, PrintsTheConfiguration) {
  Finished toml = program_.Run({"config", "print"});
  EXPECT_EQ(toml.code, 0) << toml.err;
  EXPECT_THAT(toml.out, ::testing::HasSubstr("project = \"demo\"  # metaxy.toml:1\n"));
  EXPECT_THAT(toml.out,
              ::testing::HasSubstr(
                  "[stores.dev.config.connect_kwargs]\napi_key = \"***\"  # metaxy.toml:"));
  EXPECT_THAT(toml.out, ::testing::HasSubstr("region = \"r\"  # metaxy.toml:"));
  EXPECT_THAT(toml.out, ::testing::HasSubstr("uri = \"s3://***@host/x\"  # metaxy.toml:"));
  program_.SetVariable("METAXY_HASH_TRUNCATION_LENGTH", "10");
  Finished json = program_.Run({"config", "print", "--format", "json"});
  EXPECT_THAT(json.out, ::testing::HasSubstr("\"hash_truncation_length\": 10,\n"));
  EXPECT_THAT(json.out, ::testing::HasSubstr("\"api_key\": \"***\""));
}

TEST_F(DescribeTest, WarnsOfPythonModulesOnStandardError) {
  program_.Write("metaxy.toml",
                 "project = 'demo'\nentrypoints = ['my.features', 'features.toml']\n");
  Finished listed = program_.Run({"list", "features", "--format", "json"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_THAT(listed.out, ::testing::StartsWith("{\n  \"feature_count\": 2,"));
  EXPECT_THAT(listed.err, ::testing::MatchesRegex(
                              "metaxy: warning: [^\n]*'my.features' is a Python module[^\n]*\n"));
}

}  // namespace
}  // namespace metaxy::testing
