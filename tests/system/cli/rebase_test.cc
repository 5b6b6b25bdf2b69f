// metaxy metadata rebase, and the previews of deletions and rebases.
#include <gtest/gtest.h>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kConfig =
    "project = 'demo'\nentrypoints = ['features.toml']\n"
    "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n[stores.dev.config]\nuri = "
    "'data'\n";

class RebaseCommandTest : public ::testing::Test {
 protected:
  RebaseCommandTest() {
    program_.Write("metaxy.toml", kConfig);
    program_.Write("videos.ndjson", R"({"id": "a", "metaxy_provenance_by_field": {"audio": "a1"}})"
                                    "\n"
                                    R"({"id": "b", "metaxy_provenance_by_field": {"audio": "a2"}})"
                                    "\n");
    Use("1");
  }

  /// The transcript's code version from here on.
  void Use(const std::string& code_version) const {
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio']\n"
                   "[[feature]]\nkey = 'transcript'\nid_columns = ['id']\ndeps = ['video']\n"
                   "fields = [{ key = 'text', code_version = '" +
                       code_version + "' }]\n");
  }

  void WriteAll() const {
    ASSERT_EQ(program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"}).code, 0);
    ASSERT_EQ(program_.Run({"metadata", "resolve", "transcript", "--to", "todo"}).code, 0);
    const Finished written =
        program_.Run({"metadata", "write", "transcript", "--from", "todo/new.parquet"});
    ASSERT_EQ(written.code, 0) << written.err;
  }

  std::string VersionOfTranscript() const {
    const Finished listed =
        program_.Run({"describe", "features", "transcript", "--format", "json"});
    const std::string key = "\"version\": \"";
    const size_t start = listed.out.find(key) + key.size();
    return listed.out.substr(start, listed.out.find('"', start) - start);
  }

  Finished Rebase(std::vector<std::string> words) const {
    words.insert(words.begin(), {"metadata", "rebase"});
    return program_.Run(words);
  }

  std::string Counts() const {
    return program_.Run({"metadata", "resolve", "transcript", "--format", "json"}).out;
  }

  Program program_;
};

TEST_F(RebaseCommandTest, GivesRowsTheCurrentVersion) {
  WriteAll();
  const std::string old_version = VersionOfTranscript();
  Use("2");
  EXPECT_THAT(Counts(), HasSubstr("\"new\": 2"));
  const Finished preview = Rebase({"transcript", "--from", old_version, "--dry-run"});
  EXPECT_EQ(preview.code, 0);
  EXPECT_EQ(preview.out, "");
  EXPECT_THAT(preview.err, HasSubstr("would rebase 2 rows"));
  EXPECT_THAT(Counts(), HasSubstr("\"new\": 2"));
  const Finished done = Rebase({"transcript", "--from", old_version});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("rebased 2 rows"));
  EXPECT_THAT(Counts(), HasSubstr("\"new\": 0, \"stale\": 0, \"orphaned\": 0"));
}

TEST_F(RebaseCommandTest, GoesBackToAPushedVersion) {
  const std::string old_version = VersionOfTranscript();
  ASSERT_EQ(program_.Run({"push"}).code, 0);
  Use("2");
  WriteAll();
  const std::string version = VersionOfTranscript();
  const Finished done = Rebase({"transcript", "--from", version, "--to", old_version});
  EXPECT_EQ(done.code, 0) << done.err;
  Use("1");
  EXPECT_THAT(Counts(), HasSubstr("\"new\": 0, \"stale\": 0, \"orphaned\": 0"));
}

TEST_F(RebaseCommandTest, RefusesAndWarns) {
  const Finished nothing = Rebase({"transcript", "--from", "abc"});
  EXPECT_EQ(nothing.code, 0);
  EXPECT_THAT(nothing.err, HasSubstr("warning"));
  EXPECT_THAT(nothing.err, HasSubstr("nothing to rebase"));
  WriteAll();
  EXPECT_THAT(Rebase({"video", "--from", "abc"}), FailedWith(2, "has no dependencies"));
  EXPECT_THAT(Rebase({"transcript", "--from", "abc", "--to", "def"}),
              FailedWith(2, "'def' of feature 'transcript' was never pushed"));
  for (const char* option : {"--no-dry-run", "--dry-run"}) {
    const Finished unknown = Rebase({"transscript", "--from", "abc", option});
    EXPECT_EQ(unknown.code, 0);
    EXPECT_THAT(unknown.err, HasSubstr("'transscript' has no table"));
  }
  EXPECT_EQ(Rebase({"transcript"}).code, 2);
}

TEST_F(RebaseCommandTest, ADeletionCanBePreviewed) {
  WriteAll();
  const Finished soft = program_.Run({"metadata", "delete", "video", "--dry-run"});
  EXPECT_EQ(soft.code, 0) << soft.err;
  EXPECT_THAT(soft.err, HasSubstr("would soft-delete 2 rows"));
  const Finished hard =
      program_.Run({"metadata", "delete", "video", "--hard", "--filter", "id = 'a'", "--dry-run"});
  EXPECT_EQ(hard.code, 0) << hard.err;
  EXPECT_THAT(hard.err, HasSubstr("would hard-delete 1 row"));
  EXPECT_THAT(program_.Run({"metadata", "delete", "video", "--hard", "--dry-run"}),
              FailedWith(2, "--yes"));
  EXPECT_THAT(Counts(), HasSubstr("\"orphaned\": 0"));
}

TEST_F(RebaseCommandTest, AFeatureThatCannotBeDeletedFromDoesNotSpareTheOthers) {
  ASSERT_EQ(program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"}).code, 0);
  const Finished done =
      program_.Run({"metadata", "delete", "transcript", "video", "--filter", "id = 'a'"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("metaxy: error: transcript: "));
  EXPECT_THAT(done.err, HasSubstr("video: deleted"));
  const Finished left =
      program_.Run({"metadata", "read", "video", "--columns", "id", "--format", "json"});
  EXPECT_THAT(left.out, HasSubstr("\"b\""));
  EXPECT_THAT(left.out, ::testing::Not(HasSubstr("\"a\"")));
}

}  // namespace
}  // namespace metaxy::testing
