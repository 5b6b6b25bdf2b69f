// The commands that work on a store: a pipeline run by hand, and failures.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;
namespace fs = std::filesystem;

constexpr const char* kConfig =
    "project = 'demo'\nentrypoints = ['features.toml']\n"
    "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n[stores.dev.config]\nuri = "
    "'data'\n";
constexpr const char* kFeatures =
    "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio', 'frames']\n"
    "[[feature]]\nkey = 'transcript'\nid_columns = ['id']\ndeps = ['video']\n"
    "fields = [{ key = 'text', code_version = '1', deps = [{ feature = 'video', fields = ['audio'] "
    "}] }]\n";
constexpr const char* kVideos =
    R"({"id": "a", "n": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}})"
    "\n"
    R"({"id": "b", "n": 2, "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}})"
    "\n"
    R"({"id": "c", "n": null, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}})"
    "\n";

// The counts of a resolve, as "NEW STALE ORPHANED".
MATCHER_P(Counted, counts, counts) {
  const auto json = Json::Parse(arg.out);
  if (arg.code != 0 || !arg.err.empty() || !json.ok()) return false;
  std::string found;
  for (const char* const name : {"new", "stale", "orphaned"})
    found += (found.empty() ? "" : " ") + json->Find(name)->as_integer().digits;
  return found == counts;
}

class MetadataTest : public ::testing::Test {
 protected:
  MetadataTest() {
    program_.Write("metaxy.toml", kConfig);
    program_.Write("features.toml", kFeatures);
    program_.Write("videos.ndjson", kVideos);
  }

  void WriteVideos() const {
    Finished written = program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"});
    ASSERT_EQ(written.code, 0) << written.err;
    ASSERT_EQ(written.out, "");
  }

  Finished Resolve(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"metadata", "resolve", "transcript", "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return program_.Run(words);
  }

  std::vector<std::string> FilesOutsideTheStore() const {
    std::vector<std::string> names;
    for (const std::string& name : program_.Files()) {
      if (name.rfind("data/", 0) != 0) names.push_back(name);
    }
    return names;
  }

  Program program_;
};

TEST_F(MetadataTest, RunsThePipeline) {
  Finished samples = program_.Run({"metadata", "resolve", "video", "--samples", "videos.ndjson"});
  EXPECT_THAT(samples, Printed("video: 3 new, 0 stale, 0 orphaned\n"));
  WriteVideos();
  EXPECT_THAT(Resolve({"--to", "out/inc"}), Counted("3 0 0"));
  EXPECT_THAT(FilesOutsideTheStore(),
              ::testing::IsSupersetOf(
                  {"out/inc/new.parquet", "out/inc/stale.parquet", "out/inc/orphaned.parquet"}));
  EXPECT_EQ(program_.Run({"metadata", "write", "transcript", "--from", "out/inc/new.parquet"}).code,
            0);
  EXPECT_THAT(Resolve(), Counted("0 0 0"));

  program_.Write(
      "videos.ndjson",
      R"({"id": "a", "n": 1, "metaxy_provenance_by_field": {"audio": "new", "frames": "f1"}})"
      "\n");
  WriteVideos();
  EXPECT_THAT(Resolve(), Counted("0 1 0"));
  EXPECT_THAT(Resolve({"--feature-filter", "video:id = 'b'"}), Counted("0 0 2"));
  // The older form of it, and a filter on the feature itself, also by its older name.
  EXPECT_THAT(Resolve({"--filter", "video:id = 'b'"}), Counted("0 0 2"));
  for (const char* option : {"--filter", "--target-filter"})
    EXPECT_THAT(Resolve({option, "id = 'b:c'"}), Counted("3 0 0"));
  EXPECT_THAT(Resolve({"--stale-if", "id = 'c'"}), Counted("0 2 0"));
  EXPECT_THAT(Resolve({"--skip-comparison"}), Counted("3 0 0"));
}

TEST_F(MetadataTest, ResolveSaysHowItFoundTheAnswer) {
  WriteVideos();
  const std::string counts =
      R"({"feature": "transcript", "new": 3, "stale": 0, "orphaned": 0, "delta": )";
  EXPECT_THAT(Resolve(),
              Printed(counts + R"({"way": "full", "reason": "the feature has no table yet", )" +
                      R"("keys": 0, "rows_read": 3}})" + "\n"));
  Resolve({"--to", "out"});
  EXPECT_EQ(program_.Run({"metadata", "write", "transcript", "--from", "out/new.parquet"}).code, 0);
  const auto way = [&](const std::vector<std::string>& more) {
    const auto json = Json::Parse(Resolve(more).out);
    return json.ok() ? json->Find("delta")->DumpPython() : json.status().ToString();
  };
  EXPECT_EQ(way({}), R"({"way": "full", "reason": "no earlier answer is known", "keys": 0, )"
                     R"("rows_read": 6})");
  EXPECT_EQ(way({}), R"({"way": "delta", "reason": null, "keys": 0, "rows_read": 0})");
  EXPECT_EQ(way({"--delta", "off"}),
            R"({"way": "full", "reason": "delta is off", "keys": 0, "rows_read": 6})");
  EXPECT_THAT(way({"--delta", "verify"}), HasSubstr("was to be verified"));
  EXPECT_THAT(program_.Run({"explain", "transcript"}).out,
              HasSubstr("\ncounted by an earlier resolve: no row has changed since\n"));
  EXPECT_THAT(Resolve({"--delta", "fast"}), FailedWith(2, "fast"));
  program_.Write("metaxy.toml", std::string(kConfig) + "[ext.cpp.stores.dev]\ndelta = 'off'\n");
  EXPECT_THAT(way({}), HasSubstr("delta is off"));
  EXPECT_THAT(way({"--delta", "auto"}), HasSubstr(R"("way": "delta")"));
}

TEST_F(MetadataTest, CountsWithLittleMemory) {
  WriteVideos();
  const auto three_new = Counted("3 0 0");
  EXPECT_THAT(Resolve({"--count", "--memory-limit", "0"}), three_new);
  EXPECT_THAT(Resolve({"--count", "--to", "out"}), FailedWith(2, "leave out --count or --to"));
  EXPECT_THAT(Resolve({"--memory-limit", "much"}), FailedWith(2, "'much' is not a valid size"));
  program_.SetVariable("TMPDIR", "/nowhere");
  EXPECT_THAT(Resolve(), three_new);
  EXPECT_THAT(Resolve({"--memory-limit", "0"}), FailedWith(3, "exceed the memory limit"));
  program_.Write("metaxy.toml",
                 std::string(kConfig) + "[ext.cpp.stores.dev]\nmemory_limit = '0B'\n");
  EXPECT_THAT(Resolve(), FailedWith(3, "exceed the memory limit"));
}

TEST_F(MetadataTest, ShowsRowsAsATable) {
  WriteVideos();
  Finished shown = program_.Run({"metadata", "read", "video", "--columns",
                                 "id,n,metaxy_provenance_by_field", "--filter", "n >= 1"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, StartsWith("id  n  metaxy_provenance_by_field\n"));
  EXPECT_THAT(shown.out, HasSubstr("a   1  {\"audio\": \"a1\", \"frames\": \"f1\"}\n"));
  EXPECT_THAT(shown.out, HasSubstr("b   2  "));
  EXPECT_THAT(shown.out, HasSubstr("\n2 rows\n"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id", "--limit", "1"}).out,
              MatchesRegex("id\n[abc]\n1 of 3 rows; 2 more [^\n]*\n"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video"}).out, StartsWith("id  n  metaxy_"));
}

TEST_F(MetadataTest, ShowsRowsAsJson) {
  WriteVideos();
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id,n", "--filter",
                            "id = 'c'", "--format", "json"}),
              Printed("[\n {\"id\": \"c\", \"n\": null}\n]\n"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id", "--filter", "id = 'x'",
                            "--format", "json"}),
              Printed("[]\n"));
}

TEST_F(MetadataTest, SavesRowsInEveryFormat) {
  WriteVideos();
  for (std::string name : {"x.parquet", "x.arrow", "x.ndjson"}) {
    Finished saved = program_.Run({"metadata", "read", "video", "--columns",
                                   "id,n,metaxy_provenance_by_field", "--to", name});
    EXPECT_THAT(saved, Printed("")) << name;
    // What was saved can be read back in.
    EXPECT_THAT(program_.Run({"metadata", "resolve", "video", "--samples", name}),
                Printed("video: 0 new, 0 stale, 0 orphaned\n"))
        << name;
  }
  EXPECT_THAT(
      program_.Run({"metadata", "read", "video", "--columns", "id,n,metaxy_provenance_by_field",
                    "--filter", "id = 'a'", "--to", "x.csv"}),
      Printed(""));
  std::ifstream csv(program_.path("x.csv"));
  std::string text((std::istreambuf_iterator<char>(csv)), {});
  EXPECT_EQ(text,
            "\"id\",\"n\",\"metaxy_provenance_by_field\"\n\"a\",1,\"{\"\"audio\"\": \"\"a1\"\", "
            "\"\"frames\"\": \"\"f1\"\"}\"\n");
}

TEST_F(MetadataTest, ReportsTheStatus) {
  WriteVideos();
  Finished plain = program_.Run({"metadata", "status", "--all-features", "--progress"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, MatchesRegex("Feature +Status +Rows +Missing +Stale +Orphaned +Store\n"
                                      "video +root feature +3 +- +- +- +dev \\(data/\\)\n"
                                      "transcript +not computed yet \\(0%\\) +0 +3 +0 +0 +-\n"));
  Finished json = program_.Run({"metadata", "status", "transcript", "nothing", "--format", "json"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(
      json.out,
      StartsWith("{\n  \"project_version\": null,\n  \"features\": {\n    \"transcript\": {\n"
                 "      \"feature_key\": \"transcript\",\n      \"status\": \"missing\",\n"
                 "      \"needs_update\": true,\n      \"metadata_exists\": false,\n      "
                 "\"store_rows\": 0,\n"
                 "      \"missing\": 3,\n      \"stale\": 0,\n      \"orphaned\": 0,\n"));
  EXPECT_THAT(json.out, HasSubstr("\"missing_in_graph\": [\n      \"nothing\"\n    ]"));
  EXPECT_EQ(program_.Run({"metadata", "status", "transcript", "--assert-in-sync"}).code, 1);
  EXPECT_EQ(program_.Run({"metadata", "status", "video", "--assert-in-sync"}).code, 0);
  EXPECT_EQ(program_.Run({"metadata", "status", "nothing", "--assert-in-sync"}).code, 1);
  EXPECT_THAT(program_.Run({"metadata", "status", "nothing", "--format", "json"}).out,
              HasSubstr("No valid features to check"));
}

TEST_F(MetadataTest, PushPrintsTheProjectVersion) {
  Finished first = program_.Run({"push", "--tags.git", "abc"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, MatchesRegex("[0-9a-f]{8}\n"));
  Finished again = program_.Run({"push"});
  EXPECT_EQ(again.out, first.out);
  EXPECT_THAT(again.err, HasSubstr("already recorded"));
}

struct BadRows {
  const char* name;
  const char* rows;
  const char* message;
};

class BadRowsTest : public MetadataTest, public ::testing::WithParamInterface<BadRows> {};

TEST_P(BadRowsTest, AreRefusedAndNothingIsWritten) {
  program_.Write("bad.ndjson", GetParam().rows);
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "bad.ndjson"}),
              FailedWith(2, GetParam().message));
  EXPECT_THAT(program_.Run({"metadata", "read", "video"}), FailedWith(2, "video"));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadRowsTest,
    ::testing::Values(BadRows{"NoIdColumn",
                              R"({"metaxy_provenance_by_field": {"audio": "1", "frames": "1"}})"
                              "\n",
                              "'id'"},
                      BadRows{"NoProvenance",
                              R"({"id": "a"})"
                              "\n",
                              "metaxy_provenance_by_field"},
                      BadRows{"ProvenanceIsText",
                              R"({"id": "a", "metaxy_provenance_by_field": "x"})"
                              "\n",
                              "metaxy_provenance_by_field"},
                      BadRows{"MissingField",
                              R"({"id": "a", "metaxy_provenance_by_field": {"audio": "1"}})"
                              "\n",
                              "frames"},
                      BadRows{"NoJson", "{\"id\": \n", "cannot read bad.ndjson"}),
    [](const auto& test) { return test.param.name; });

TEST_F(MetadataTest, RefusesInvalidFiles) {
  program_.Write("text.parquet", "this is not a parquet file");
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "text.parquet"}),
              FailedWith(2, "cannot read text.parquet: "));
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "none.parquet"}),
              FailedWith(2, "cannot read none.parquet: there is no such file"));
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "x.txt"}),
              FailedWith(2, "cannot read x.txt: there is no such file"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "video", "--samples", "none.parquet"}),
              FailedWith(2, "there is no such file"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "video"}), FailedWith(2, "samples"));
}

TEST_F(MetadataTest, NothingHalfWrittenIsLeft) {
  WriteVideos();
  std::vector<std::string> before = FilesOutsideTheStore();
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--to", "none/x.parquet"}),
              FailedWith(3, "cannot write none/x.parquet"));
  EXPECT_THAT(
      program_.Run({"metadata", "read", "video", "--columns", "nothing", "--to", "x.parquet"}),
      FailedWith(2, "nothing"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--to", "x.txt"}),
              FailedWith(2, "no known extension"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript", "--to", "metaxy.toml/x"}),
              FailedWith(3, "metaxy.toml/x"));
  EXPECT_EQ(FilesOutsideTheStore(), before);
}

TEST_F(MetadataTest, AFailedReadKeepsTheOlderFile) {
  WriteVideos();
  program_.Write("x.parquet", "older");
  EXPECT_EQ(program_.Run({"metadata", "read", "transcript", "--to", "x.parquet"}).code, 2);
  EXPECT_EQ(fs::file_size(program_.path("x.parquet")), 5u);
}

TEST_F(MetadataTest, SaysWhatTheStoreDoesNotHave) {
  EXPECT_THAT(program_.Run({"metadata", "read", "transcript"}), FailedWith(2, "transcript"));
  EXPECT_THAT(Resolve(), FailedWith(2, "video"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--store", "prod"}),
              FailedWith(2, "there is no store 'prod'; configured are: dev"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript", "--feature-filter", "id = 1"}),
              FailedWith(2, "names no feature"));
  for (const char* option : {"--feature-filter", "--filter"}) {
    EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript", option, "vidoe:id = 1"}),
                FailedWith(2, "did you mean 'video'?"));
  }
}

TEST_F(MetadataTest, SaysWhenADirectoryCannotBeWritten) {
  if (geteuid() == 0)
    program_.Write("data", "a file where the directory should be");  // root can write everywhere
  if (geteuid() != 0) {
    fs::create_directory(program_.path("data"));
    chmod(program_.path("data").c_str(), 0500);
  }
  Finished written = program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"});
  EXPECT_THAT(written, FailedWith(3, "data"));
}

TEST_F(MetadataTest, SaysWhenATableIsCorrupt) {
  WriteVideos();
  for (const auto& entry : fs::recursive_directory_iterator(program_.path("data"))) {
    if (entry.path().extension() == ".lance" && entry.is_regular_file())
      fs::resize_file(entry.path(), 10);
  }
  EXPECT_THAT(program_.Run({"metadata", "read", "video"}), FailedWith(3, "video"));
}

}  // namespace
}  // namespace metaxy::testing
