// `metaxy snapshot`, and `--at`.
#include <gtest/gtest.h>

#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SnapshotCommandsTest : public VideoProjectTest {
 protected:
  SnapshotCommandsTest() { WriteTranscripts(); }
};

TEST_F(SnapshotCommandsTest, NamesRowsAndReadsThemAgain) {
  EXPECT_THAT(program_.Run({"snapshot", "list"}),
              Printed("There are no snapshots; `metaxy snapshot create NAME` makes one.\n"));
  EXPECT_THAT(program_.Run({"snapshot", "create", "v1"}), Printed("v1: 2 features\n"));
  WriteVideo("d", "a4", "f4");
  WriteVideo("a", "a9", "f1");
  const Finished now = program_.Run({"metadata", "read", "video", "--columns", "id"});
  EXPECT_THAT(now.out, HasSubstr("4 rows"));
  const Finished then =
      program_.Run({"metadata", "read", "video", "--columns", "id", "--at", "v1"});
  EXPECT_THAT(then.out, HasSubstr("3 rows"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript", "--at", "v1"}),
              Printed("transcript: 0 new, 0 stale, 0 orphaned\n"));
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript"}),
              Printed("transcript: 1 new, 1 stale, 0 orphaned\n"));
  EXPECT_THAT(program_.Run({"explain", "transcript", "--at", "v1"}).out,
              HasSubstr("0 new, 0 stale, 0 orphaned"));
  // With the definitions of then.
  program_.Write("features.toml", "[[feature]]\nkey = 'other'\nid_columns = ['id']\n");
  EXPECT_EQ(program_.Run({"metadata", "read", "video", "--columns", "id", "--at", "v1"}).out,
            then.out);
  EXPECT_THAT(program_.Run({"metadata", "resolve", "transcript", "--at", "v1", "--count"}),
              Printed("transcript: 0 new, 0 stale, 0 orphaned\n"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video"}), FailedWith(2, "video"));
  EXPECT_THAT(program_.Run({"metadata", "read", "other", "--at", "v1"}), FailedWith(2, "other"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--at", "v2"}),
              FailedWith(2, "there is no snapshot 'v2'; did you mean 'v1'?"));
}

TEST_F(SnapshotCommandsTest, ListsShowsAndCompares) {
  Do({"snapshot", "create", "first"});
  WriteVideo("d", "a4", "f4");
  WriteVideo("a", "a9", "f1");
  Do({"snapshot", "create", "second", "video"});
  const Finished list = program_.Run({"snapshot", "list"});
  EXPECT_THAT(list.out, HasSubstr("Snapshot"));
  EXPECT_LT(list.out.find("second"), list.out.find("first"));
  const Finished json = program_.Run({"snapshot", "list", "--format", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("name": "second")"));
  const Finished show = program_.Run({"snapshot", "show", "first"});
  EXPECT_THAT(show.out, HasSubstr("transcript"));
  for (const char* part :
       {R"("name": "first")", R"("project": "demo")", R"("feature": "transcript")",
        R"("table": "video")", R"("table_version": 3)", R"("rows": 3)"}) {
    EXPECT_THAT(program_.Run({"snapshot", "show", "first", "--format", "json"}).out,
                HasSubstr(part));
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"snapshot", "diff", "first", "second"}, {"snapshot", "diff", "first"}}) {
    auto with = words;
    for (const char* word : {"--feature", "video", "--format", "json"}) with.emplace_back(word);
    const Finished diff = program_.Run(with);
    for (const char* part : {R"("added": 1)", R"("removed": 0)", R"("changed": 1)"})
      EXPECT_THAT(diff.out, HasSubstr(part)) << diff.err;
    EXPECT_THAT(program_.Run(words).out, HasSubstr("Added"));
  }
  EXPECT_THAT(program_.Run({"snapshot", "diff", "first", "second"}).out,
              HasSubstr("no table in the second"));
}

TEST_F(SnapshotCommandsTest, RefusesWhatCannotBeRecorded) {
  EXPECT_THAT(program_.Run({"snapshot", "create", "a/b"}), FailedWith(2, "is not a valid name"));
  EXPECT_THAT(program_.Run({"snapshot", "create", "s", "vidoe"}), FailedWith(2, "video"));
  EXPECT_THAT(program_.Run({"snapshot", "show", "s"}), FailedWith(2, "there are none yet"));
  program_.Write("features.toml",
                 std::string(kVideoFeatures) + "[[feature]]\nkey = 'more'\nid_columns = ['id']\n");
  EXPECT_THAT(program_.Run({"snapshot", "create", "s", "more"}),
              FailedWith(2, "feature 'more' has no table"));
  EXPECT_THAT(program_.Run({"snapshot", "create", "s"}),
              Printed("s: 3 features, 1 of them without a table\n"));
  EXPECT_THAT(program_.Run({"snapshot", "create", "s"}), FailedWith(2, "choose another name"));
  EXPECT_THAT(program_.Run({"metadata", "read", "more", "--at", "s"}),
              FailedWith(2, "feature 'more' had no table when"));
  EXPECT_THAT(program_.Run({"snapshot", "gc", "--older-than", "soon"}),
              FailedWith(2, "--older-than: 'soon' is not a valid age"));
}

TEST_F(SnapshotCommandsTest, AsksBeforeItDeletes) {
  Do({"snapshot", "create", "s"});
  EXPECT_THAT(program_.Run({"snapshot", "delete", "s"}), FailedWith(2, "confirm the deletion"));
  EXPECT_THAT(program_.RunOnTerminal({"snapshot", "delete", "s"}, "n\n").out,
              HasSubstr("nothing was deleted"));
  EXPECT_THAT(program_.Run({"snapshot", "delete", "s", "--dry-run"}).err,
              HasSubstr("would delete snapshot s"));
  EXPECT_THAT(program_.Run({"snapshot", "list"}).out, HasSubstr("s  "));
  EXPECT_THAT(program_.RunOnTerminal({"snapshot", "delete", "s"}, "y\n").out,
              HasSubstr("deleted snapshot s"));
  EXPECT_THAT(program_.Run({"snapshot", "list"}).out, HasSubstr("There are no snapshots"));
  EXPECT_THAT(program_.Run({"snapshot", "delete", "s", "--yes"}),
              FailedWith(2, "there is no snapshot 's'"));
}

TEST_F(SnapshotCommandsTest, DoctorNamesWhatIsLostAndWhatIsLeft) {
  Do({"snapshot", "create", "s"});
  EXPECT_THAT(program_.Run({"doctor"}).out, HasSubstr("1 snapshot\n"));
  std::string tag;
  for (const std::string& name : program_.Files()) {
    if (name.rfind("data/video.lance/_refs/tags/metaxy-snapshot.s.", 0) == 0) tag = name;
  }
  ASSERT_FALSE(tag.empty());
  // A leftover is a tag of another id.
  std::string left = tag;
  left.replace(left.find(".s."), 3, ".killed.");
  left.replace(left.size() - 10, 5, "00000");
  std::filesystem::rename(program_.path(tag), program_.path(left));
  const Finished doctor = program_.Run({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.out << doctor.err;
  EXPECT_THAT(doctor.out, HasSubstr("its rows of table 'video' are lost"));
  EXPECT_THAT(doctor.out, HasSubstr("keeps an old version, but has no snapshot"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--at", "s"}),
              FailedWith(2, "snapshot 's' has lost its version"));
  EXPECT_EQ(program_.Run({"metadata", "read", "transcript", "--at", "s"}).code, 0);
  EXPECT_THAT(program_.Run({"snapshot", "gc"}).err, HasSubstr("removed 0 tags"));
  EXPECT_THAT(program_.Run({"snapshot", "gc", "--older-than", "0s", "--dry-run"}).err,
              HasSubstr("would remove 1 tag without"));
  EXPECT_THAT(program_.Run({"snapshot", "gc", "--older-than", "0s", "--format", "json"}).out,
              HasSubstr(R"("snapshot": "killed")"));
  EXPECT_THAT(program_.Run({"doctor"}).out, Not(HasSubstr("has no snapshot")));
}

}  // namespace
}  // namespace metaxy::testing
