// Confirmation before data is permanently lost, and what --dry-run reports.
#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConfirmationTest : public VideoProjectTest {
 protected:
  // How many videos there are.
  std::string Videos() const {
    const std::string out = program_.Run({"metadata", "read", "video", "--columns", "id"}).out;
    const size_t line = out.rfind('\n', out.size() - 2);
    return out.substr(line + 1);
  }
};

TEST_F(ConfirmationTest, HardDeletionsAreConfirmedOnTerminals) {
  const std::vector<std::string> one = {"metadata", "delete",   "video",
                                        "--hard",   "--filter", "id = 'a'"};
  const std::vector<std::string> all = {"metadata", "delete", "video", "--hard"};
  for (const char* answer : {"n\n", "\n", "\x04", "yess\n"}) {
    const Finished refused = program_.RunOnTerminal(one, answer);
    EXPECT_EQ(refused.code, 1) << refused.out;
    EXPECT_THAT(refused.out,
                HasSubstr("Permanently remove the rows that match the filter of video? [y/N] "));
    EXPECT_THAT(refused.out, HasSubstr("nothing was deleted\n"));
  }
  EXPECT_EQ(Videos(), "3 rows\n");
  EXPECT_EQ(program_.RunOnTerminal(one, "y\n").code, 0);
  EXPECT_EQ(Videos(), "2 rows\n");
  const Finished asked = program_.RunOnTerminal(all, "no\n");
  EXPECT_THAT(asked.out, HasSubstr("Permanently remove all rows of video? [y/N] "));
  std::vector<std::string> sure = all;
  sure.push_back("--yes");
  EXPECT_THAT(program_.RunOnTerminal(sure, "").out, Not(HasSubstr("[y/N]")));
  EXPECT_EQ(Videos(), "0 rows\n");
}

TEST_F(ConfirmationTest, WithoutATerminalAFilterIsEnough) {
  EXPECT_THAT(program_.Run({"metadata", "delete", "video", "--hard"}), FailedWith(2, "--yes"));
  EXPECT_EQ(Videos(), "3 rows\n");
  Do({"metadata", "delete", "video", "--hard", "--filter", "id = 'a'"});
  EXPECT_EQ(Videos(), "2 rows\n");
}

TEST_F(ConfirmationTest, SoftDeletionsAreNotAskedAbout) {
  const Finished deleted =
      program_.RunOnTerminal({"metadata", "delete", "video", "--filter", "id = 'a'"}, "");
  EXPECT_EQ(deleted.code, 0);
  EXPECT_THAT(deleted.out, Not(HasSubstr("[y/N]")));
}

TEST_F(ConfirmationTest, RemovalOfHistoryIsConfirmedOnTerminals) {
  const std::vector<std::string> words = {"metadata", "compact", "video", "--keep-history", "1"};
  const Finished refused = program_.RunOnTerminal(words, "n\n");
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_THAT(refused.out, HasSubstr("nothing was removed\n"));
  EXPECT_EQ(program_.RunOnTerminal(words, "yes\n").code, 0);
  std::vector<std::string> sure = words;
  sure.push_back("--yes");
  EXPECT_EQ(program_.RunOnTerminal(sure, "").code, 0);
  EXPECT_THAT(program_.RunOnTerminal({"metadata", "compact", "video"}, "").out,
              Not(HasSubstr("[y/N]")));
}

struct DryRun {
  std::vector<std::string> words;
  const char* says;
};

TEST_F(ConfirmationTest, DryRunsLeaveEverythingAsItIs) {
  program_.Write("metaxy.toml",
                 "project = 'demo'\nentrypoints = ['features.toml']\nstore = 'dev'\n"
                 "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                 "[stores.dev.config]\nuri = 'data'\n"
                 "[stores.other]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                 "[stores.other.config]\nuri = 'other'\n");
  const std::vector<std::string> files = program_.Files();
  const DryRun cases[] = {
      {{"metadata", "write", "video", "--from", "v.ndjson"},
       "video: would write 1 row to dev (data/)"},
      {{"metadata", "copy", "video", "--from", "dev", "--to", "other"},
       "video: would copy 3 rows to other"},
      {{"metadata", "delete", "video", "--filter", "id = 'a'"}, "video: would soft-delete 1 row"},
      {{"metadata", "compact", "video", "--keep-history", "1"}, "nothing was changed (--dry-run)"},
      {{"push"}, "would record the features of demo in dev (data/)"},
      {{"lock"}, "lock file metaxy.lock is up to date"},
      {{"init", "new"}, "would write new/metaxy.toml"}};
  for (const DryRun& dry_run : cases) {
    std::vector<std::string> words = dry_run.words;
    words.push_back("--dry-run");
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.out + finished.err, HasSubstr(dry_run.says));
    EXPECT_EQ(program_.Files(), files) << dry_run.says;
  }
  EXPECT_THAT(
      program_.Run({"metadata", "write", "transcript", "--from", "nothing.csv", "--dry-run"}),
      FailedWith(2, "nothing.csv"));
  const std::string versions = R"("metaxy_provenance_by_field": {"frames": "1"}})";
  program_.Write("x.ndjson", "{\"n\": 1, " + versions + "\n");
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "x.ndjson", "--dry-run"}),
              FailedWith(2, "lack its id column 'id'"));
  // Everything that a write would refuse.
  program_.Write("x.ndjson", "{\"id\": \"q\", \"a.b\": 1, " + versions + "\n");
  EXPECT_THAT(program_.Run({"metadata", "write", "video", "--from", "x.ndjson", "--dry-run"}),
              FailedWith(2, "cannot be stored under the name 'a.b'"));
  const std::string version = program_.Run({"push", "--dry-run"}).out;
  EXPECT_EQ(program_.Run({"push"}).out, version);
  EXPECT_THAT(program_.Run({"push", "--dry-run"}).err, HasSubstr("already recorded"));
}

}  // namespace
}  // namespace metaxy::testing
