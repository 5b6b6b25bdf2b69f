// The delta way on LanceDB: what it reads, what it says, and what becomes of attacks on its cache.
#include "lance_delta_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(LanceDeltaTest, ReadsNoRowWhereNothingHasChanged) {
  Learn();
  MoveData("data", "elsewhere");
  const auto known = Resolve();
  EXPECT_TRUE(known->report().delta);
  EXPECT_EQ(known->report().rows_read, 0);
  EXPECT_EQ(known->counts(), IncrementCounts());
  EXPECT_EQ(known->input_progress(), 100);
  const Increment rows = Get(known->Collect());
  EXPECT_FALSE(store_->ResolveUpdateLazy("video/crop", {.delta = DeltaMode::kOff}).ok());
  MoveData("elsewhere", "data");
  const Increment full = Get(store_->ResolveUpdate("video/crop", {.delta = DeltaMode::kOff}));
  EXPECT_TRUE(rows.new_samples->schema()->Equals(*full.new_samples->schema(), true));
  EXPECT_TRUE(rows.orphaned->schema()->Equals(*full.orphaned->schema(), true));
}

TEST_F(LanceDeltaTest, FollowsItsOwnCompaction) {
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  Update(*store_, "video/crop");
  // What was updated is followed.
  EXPECT_TRUE(Report().delta);
  for (const FeatureKey feature : {"video", "video/crop"})
    EXPECT_GT(Get(store_->administration().CompactMetadata(feature)).fragments_merged, 0);
  EXPECT_TRUE(Report().delta);
  // Known under the new files from now on, wherever the transactions are.
  for (const FeatureKey feature : {"video", "video/crop"}) {
    EXPECT_THAT(store_->administration().CompactMetadata(
                    feature, {.keep_versions_for = std::chrono::seconds(0)}),
                IsOk());
  }
  EXPECT_TRUE(Report().delta);
}

TEST_F(LanceDeltaTest, NoticesRowsThatCameOrWent) {
  Learn();
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  records_.clear();
  const auto found = Resolve();
  EXPECT_TRUE(found->report().delta) << found->report().reason;
  EXPECT_EQ(found->report().keys, 1);
  EXPECT_EQ(found->report().rows_read, 1);
  EXPECT_EQ(found->counts(), (IncrementCounts{1, 0, 0}));
  EXPECT_EQ(found->input_progress(), 5.0 / 6 * 100);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].message,
            "'video/crop' was resolved from what was known, and by reading 1 rows of 1 keys");
  // Nothing has changed since.
  const auto pending = Resolve();
  EXPECT_TRUE(pending->report().delta);
  EXPECT_EQ(pending->report().keys, 1);
  EXPECT_EQ(pending->report().rows_read, 0);
  EXPECT_EQ(pending->counts(), (IncrementCounts{1, 0, 0}));
  ASSERT_THAT(store_->Delete("video", {"id = 'v100'"}, {.soft = false}), IsOk());
  const auto gone = Resolve();
  EXPECT_TRUE(gone->report().delta) << gone->report().reason;
  EXPECT_EQ(gone->report().keys, 1);
  EXPECT_EQ(gone->report().rows_read, 0);
  EXPECT_EQ(gone->counts(), IncrementCounts());
  EXPECT_EQ(gone->input_progress(), 100);
  // Rows that are known but not read yet are those of the version that was asked.
  const Increment rows = Get(pending->Collect());
  EXPECT_THAT(Rows(*rows.new_samples, {"id"}), ElementsAre("v100"));
  EXPECT_EQ(rows.stale->num_rows(), 0);
}

TEST_F(LanceDeltaTest, DamagedKeysAreNoKeys) {
  // A pending sample: its key is looked up each time, and the block that has it is read.
  ASSERT_THAT(store_->Write("video", Video(99)), IsOk());
  Learn();
  ASSERT_EQ(KeyRuns().size(), 2U);
  int number = 100;
  for (const std::string attack : {"flip", "truncate", "remove", "swap"}) {
    for (const size_t place : {0, 9, 30, 45, 60}) {
      const std::vector<fs::path> files = KeyRuns();
      for (const fs::path& file : files) {
        std::string bytes = Bytes(file);
        ASSERT_GT(bytes.size(), place);
        bytes[place] = static_cast<char>(bytes[place] ^ 4);
        if (attack == "flip") Put(file, bytes);
        if (attack == "truncate") fs::resize_file(file, place);
        if (attack == "remove") fs::remove(file);
      }
      if (attack == "swap") {
        const std::string first = Bytes(files[0]);
        Put(files[0], Bytes(files[1]));
        Put(files[1], first);
      }
      ASSERT_THAT(store_->Write("video", Video(number)), IsOk());
      ++number;
      const auto found = Resolve();
      EXPECT_FALSE(found->report().delta) << attack << " " << place;
      EXPECT_EQ(found->counts().new_samples, number - 99);
      // New ones were written.
      EXPECT_EQ(KeyRuns().size(), 2U);
      ASSERT_THAT(store_->Write("video", Video(number)), IsOk());
      ++number;
      EXPECT_TRUE(Report().delta);
      EXPECT_EQ(Resolve()->counts().new_samples, number - 99);
      fs::remove(CheckpointFile());
      EXPECT_FALSE(Report().delta);
    }
  }
}

TEST_F(LanceDeltaTest, AnAnswerThatItsRowsDoNotHaveIsNotUsed) {
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  Learn();
  const std::string nothing = "the earlier answer does not agree with its rows";
  int number = 101;
  const auto check = [&](const std::function<void(Checkpoint*)>& lie) {
    SCOPED_TRACE(number);
    Lie(lie);
    ASSERT_THAT(store_->Write("video", Video(number)), IsOk());
    ++number;
    const auto found = Resolve();
    EXPECT_EQ(found->report().reason, nothing);
    EXPECT_EQ(found->counts().new_samples, number - 100);
  };
  check([](Checkpoint* checkpoint) { checkpoint->keys->pending.clear(); });
  check([](Checkpoint* checkpoint) { checkpoint->counts.new_samples = 0; });
  check([](Checkpoint* checkpoint) { checkpoint->facts.existing_keys = 0; });
}

TEST_F(LanceDeltaTest, KeysHaveTheirSeed) {
  Learn();
  Lie([](Checkpoint* checkpoint) { checkpoint->keys->seed ^= 1; });
  // Another version of a sample, whose earlier row would not be found.
  ASSERT_THAT(store_->Write("video", Video(1)), IsOk());
  EXPECT_EQ(Report().reason, "a file that says which rows have which keys is gone or damaged");
}

TEST_F(LanceDeltaTest, MuchThatIsNewIsReadAsAWhole) {
  Learn();
  ASSERT_THAT(store_->Write("video", ManyVideos(12'000)), IsOk());
  EXPECT_THAT(Report().reason, HasSubstr("12000 rows are new or were rewritten"));
  EXPECT_EQ(Resolve()->counts().new_samples, 12'000 - 5);
}

TEST_F(LanceDeltaTest, OtherQuestionsHaveOtherAnswers) {
  Learn();
  EXPECT_FALSE(Report({.target_filters = {"id != 'v1'"}}).delta);
  EXPECT_FALSE(Report({.target_filters = {"id != 'v2'"}}).delta);
  EXPECT_FALSE(Report({.global_filters = {"id != 'v1'"}}).delta);
  EXPECT_FALSE(Report({.staleness_predicates = {"id = 'v1'"}}).delta);
  EXPECT_FALSE(Report({.filters = {{"video", {"id != 'v1'"}}}}).delta);
  EXPECT_TRUE(Report({.target_filters = {"id != 'v1'"}}).delta);
  EXPECT_EQ(Resolve({.staleness_predicates = {"id = 'v1'"}})->counts(), (IncrementCounts{0, 1, 0}));
  // Another code version.
  auto other =
      Get(LanceDBMetadataStore::Make({.uri = database_path().string()},
                                     {.graph = VideoGraph("2"), .project = "test", .name = "dev"}));
  ASSERT_THAT(other->Open(AccessMode::kRead), IsOk());
  const auto increment = Get(other->ResolveUpdateLazy("video/crop"));
  EXPECT_FALSE(increment->report().delta);
  EXPECT_EQ(increment->counts().new_samples, 5);
}

TEST_F(LanceDeltaTest, NumbersOfRowsAreKnown) {
  EXPECT_EQ(Get(store_->CountRows("video")), 5);
  EXPECT_EQ(Get(store_->CountRows("video", {.filters = {"id != 'v1'"}})), 4);
  MoveData("data", "elsewhere");
  EXPECT_EQ(Get(store_->CountRows("video")), 5);
  EXPECT_EQ(Get(store_->CountRows("video", {.filters = {"id != 'v1'"}})), 4);
  EXPECT_FALSE(store_->CountRows("video", {.filters = {"id != 'v2'"}}).ok());
  EXPECT_FALSE(store_->CountRows("video", {.include_soft_deleted = true}).ok());
  EXPECT_FALSE(store_->CountRows("video/crop").ok());
  MoveData("elsewhere", "data");
  ASSERT_THAT(store_->Delete("video", {"id = 'v1'"}), IsOk());
  EXPECT_EQ(Get(store_->CountRows("video")), 4);
  EXPECT_EQ(Get(store_->CountRows("video", {.include_soft_deleted = true})), 5);
  ASSERT_GT(Get(store_->administration().CompactMetadata("video")).fragments_merged, 0);
  MoveData("data", "elsewhere");
  EXPECT_EQ(Get(store_->CountRows("video")), 4);
  MoveData("elsewhere", "data");
}

TEST_F(LanceDeltaTest, SaysWhyItReads) {
  EXPECT_EQ(Report({.delta = DeltaMode::kOff}).reason, "delta is off");
  EXPECT_EQ(Report({.skip_comparison = true}).reason, "nothing is compared");
  EXPECT_EQ(Get(store_->ResolveUpdateLazy("video", {.samples = ManyVideos(1)}))->report().reason,
            "samples were given");
  EXPECT_EQ(Get(store_->ResolveUpdateLazy("transcript"))->report().reason,
            "the feature has no table yet");
  const ResolveReport report = Report();
  EXPECT_EQ(report.reason, "no earlier answer is known");
  EXPECT_EQ(report.rows_read, 10);
  EXPECT_EQ(
      report.ToJson().DumpPython(),
      R"({"way": "full", "reason": "no earlier answer is known", "keys": 0, "rows_read": 10})");
  records_.clear();
  EXPECT_EQ(Report().ToJson().DumpPython(),
            R"({"way": "delta", "reason": null, "keys": 0, "rows_read": 0})");
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].message,
            "'video/crop' was resolved from what was known: no row has changed");
  EXPECT_EQ(records_[0].values.Find("way")->as_string(), "delta");
}

TEST_F(LanceDeltaTest, TiesAreNotFollowedThroughCompaction) {
  // The rows of one write have one time.
  const auto both = Get(arrow::ConcatenateTables({Video(1, "x"), Video(1, "y")}));
  ASSERT_THAT(store_->Write("video", both), IsOk());
  Learn();
  EXPECT_TRUE(Report().delta);
  ASSERT_GT(Get(store_->administration().CompactMetadata("video")).fragments_merged, 0);
  EXPECT_THAT(Report().reason, HasSubstr("samples have rows with equal timestamps"));
}

TEST_F(LanceDeltaTest, ADamagedCheckpointIsNone) {
  Learn();
  const fs::path file = CheckpointFile();
  const std::string bytes = Bytes(file);
  for (size_t i = 0; i < bytes.size() - 8; i += 17) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    Put(file, flipped);
    EXPECT_EQ(Report().reason, "no earlier answer is known") << i;
    EXPECT_TRUE(Checkpoint::Decode(Bytes(file).substr(0, bytes.size() - 8))) << i;
  }
  Put(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_FALSE(Report().delta);
  Put(file, "");
  EXPECT_FALSE(Report().delta);
  EXPECT_TRUE(Report().delta);
}

TEST_F(LanceDeltaTest, CachesThatCannotBeUsedAreDoneWithout) {
  for (const std::string place : {"/dev/null", "/proc/nothing", "relative"}) {
    SetCaches(place);
    // A relative one is ignored, and that of the home directory is used.
    if (place == "relative") setenv("HOME", "/dev/null", 1);
    EXPECT_FALSE(Report().delta) << place;
    EXPECT_FALSE(Report().delta) << place;
    EXPECT_EQ(Resolve()->counts(), IncrementCounts());
  }
}

// The tables are put back from a backup: the checkpoint is one of the future, of which a row is
// gone.
TEST_F(LanceDeltaTest, ABackupIsAnotherState) {
  const fs::path backup =
      caches_.path().parent_path() / (caches_.path().filename().string() + "-b");
  fs::copy(database_path(), backup, fs::copy_options::recursive);
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  Learn();
  EXPECT_EQ(Resolve()->counts().new_samples, 1);
  store_.reset();
  fs::remove_all(database_path());
  fs::rename(backup, database_path());
  store_ = OpenLance(Off());
  const auto found = Resolve();
  EXPECT_TRUE(found->report().delta) << found->report().reason;
  EXPECT_EQ(found->counts(), IncrementCounts());
  EXPECT_EQ(found->input_progress(), 100);
  // From here on the table becomes another one.
  ASSERT_THAT(store_->Write("video", Video(101)), IsOk());
  EXPECT_THAT(Rows(*Get(Resolve()->Collect()).new_samples, {"id"}), ElementsAre("v101"));
}

TEST_F(LanceDeltaTest, VerifyGivesTheFullAnswerAndTellsADifference) {
  Learn();
  const ResolveReport verified = Report({.delta = DeltaMode::kVerify});
  EXPECT_FALSE(verified.delta);
  EXPECT_EQ(verified.rows_read, 10);
  EXPECT_TRUE(Report().delta);
  Lie();
  records_.clear();
  const auto increment = Resolve({.delta = DeltaMode::kVerify});
  EXPECT_EQ(increment->counts(), IncrementCounts());
  ASSERT_FALSE(records_.empty());
  EXPECT_EQ(records_.back().severity, LogSeverity::kWarning);
  EXPECT_THAT(records_.back().message,
              HasSubstr("the delta way answered for 'video/crop': 0 new, 0 stale, 7 orphaned; the "
                        "full one: 0 new, 0 stale, 0 orphaned"));
  EXPECT_EQ(Report().reason, "no earlier answer is known");
  EXPECT_TRUE(Report().delta);
}

TEST_F(LanceDeltaTest, OneAnswerIn64IsVerified) {
  Learn();
  for (int use = 1; use < 64; ++use) ASSERT_TRUE(Report().delta) << use;
  EXPECT_THAT(Report().reason, HasSubstr("was to be verified"));
  EXPECT_TRUE(Report().delta);
  Lie();
  for (int use = 1; use < 64; ++use) EXPECT_EQ(Resolve()->counts().orphaned, 7) << use;
  EXPECT_EQ(Resolve()->counts().orphaned, 0);
  EXPECT_EQ(Resolve()->counts().orphaned, 0);
}

TEST_F(LanceDeltaTest, ParentsOfAFallbackStore) {
  const TempDir directory;
  auto store = Get(LanceDBMetadataStore::Make(
      {.uri = (directory.path() / "db").string()},
      {.graph = VideoGraph(), .project = "test", .name = "mine", .fallback_stores = {store_}}));
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  Update(*store, "video/crop");
  const auto report = [&] { return Get(store->ResolveUpdateLazy("video/crop"))->report(); };
  EXPECT_FALSE(report().delta);
  EXPECT_TRUE(report().delta);
  // The same rows, moved: another table answers.
  ASSERT_THAT(store->CopyMetadata(*store_, std::vector<FeatureKey>{"video"}), IsOk());
  EXPECT_EQ(report().reason, "no earlier answer is known");
  EXPECT_TRUE(report().delta);
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  EXPECT_TRUE(report().delta);
}

}  // namespace
}  // namespace metaxy::testing
