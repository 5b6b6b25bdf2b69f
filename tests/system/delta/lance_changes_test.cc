// The delta way on LanceDB where something has changed: what is looked at, and what is known.
#include "lance_delta_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

TEST_F(LanceDeltaTest, FollowsAPipeline) {
  Learn();
  for (int i = 0; i < 20; ++i) {
    // One sample is new, another one changes, and one that changed before is brought up to date.
    const auto rows = Get(
        arrow::ConcatenateTables({Video(100 + i), Video(i % 5, "changed " + std::to_string(i))}));
    ASSERT_THAT(store_->Write("video", rows), IsOk());
    const auto found = Resolve();
    ASSERT_TRUE(found->report().delta) << found->report().reason;
    EXPECT_EQ(found->report().keys, 2);
    // Of all other rows it is known what was made of them.
    EXPECT_EQ(found->report().rows_read, 2);
    EXPECT_EQ(found->counts(), (IncrementCounts{1, 1, 0}));
    const Increment increment = Get(found->Collect());
    EXPECT_THAT(Rows(*increment.new_samples, {"id"}), ElementsAre("v" + std::to_string(100 + i)));
    EXPECT_THAT(Rows(*increment.stale, {"id"}), ElementsAre("v" + std::to_string(i % 5)));
    Update(*store_, "video/crop");
    ASSERT_TRUE(Report().delta);
    EXPECT_EQ(Resolve()->counts(), IncrementCounts());
    ASSERT_LT(KeyRuns().size(), 12U);
  }
}

TEST_F(LanceDeltaTest, EarlierRowsAreNotReadAgain) {
  Learn();
  MoveData("data", "elsewhere");
  for (const std::string table : {"video.lance", "video__crop.lance"})
    fs::create_directory(database_path() / table / "data");
  // One sample has changed, and one is new.
  ASSERT_THAT(
      store_->Write("video", Get(arrow::ConcatenateTables({Video(2, "changed"), Video(100)}))),
      IsOk());
  const auto found = Resolve();
  EXPECT_TRUE(found->report().delta) << found->report().reason;
  EXPECT_EQ(found->counts(), (IncrementCounts{1, 1, 0}));
  EXPECT_EQ(found->report().rows_read, 2);
  EXPECT_EQ(found->input_progress(), 5.0 / 6 * 100);
  const Increment increment = Get(found->Collect());
  EXPECT_THAT(Rows(*increment.stale, {"id"}), ElementsAre("v2"));
  EXPECT_THAT(Rows(*increment.new_samples, {"id"}), ElementsAre("v100"));
}

TEST_F(LanceDeltaTest, DeletedRowsAreKnownByTheirPlaces) {
  Learn();
  ASSERT_THAT(store_->Delete("video", {"id = 'v1' or id = 'v3'"}, {.soft = false}), IsOk());
  const auto orphaned = Resolve();
  EXPECT_TRUE(orphaned->report().delta) << orphaned->report().reason;
  EXPECT_EQ(orphaned->counts(), (IncrementCounts{0, 0, 2}));
  EXPECT_EQ(orphaned->report().keys, 2);
  EXPECT_EQ(orphaned->report().rows_read, 0);
  EXPECT_EQ(orphaned->input_progress(), 100);
  EXPECT_THAT(Rows(*Get(orphaned->Collect()).orphaned, {"id"}), ElementsAre("v1", "v3"));
  // Of the feature itself, and with a row that is new.
  ASSERT_THAT(store_->Delete("video/crop", {"id = 'v1' or id = 'v2'"}, {.soft = false}), IsOk());
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  const auto both = Resolve();
  EXPECT_TRUE(both->report().delta) << both->report().reason;
  EXPECT_EQ(both->counts(), (IncrementCounts{2, 0, 1}));
  EXPECT_THAT(Rows(*Get(both->Collect()).new_samples, {"id"}), ElementsAre("v100", "v2"));
  // What was deleted stays deleted when more is, and fragments go with their last row.
  ASSERT_THAT(store_->Delete("video", {"id = 'v100' or id = 'v0'"}, {.soft = false}), IsOk());
  const auto more = Resolve();
  EXPECT_TRUE(more->report().delta) << more->report().reason;
  EXPECT_EQ(more->counts(), (IncrementCounts{1, 0, 2}));
  ASSERT_THAT(store_->Delete("video", {"id != 'v100'"}, {.soft = false}), IsOk());
  EXPECT_TRUE(Report().delta) << Report().reason;
  EXPECT_EQ(Resolve()->counts(),
            Get(store_->ResolveUpdateLazy("video/crop", {.delta = DeltaMode::kOff}))->counts());
  // The next full resolve knows which rows are deleted, and so what is deleted after it.
  ASSERT_THAT(store_->Write("video", ManyVideos(9)), IsOk());
  ASSERT_THAT(store_->Delete("video", {"id = 'v7'"}, {.soft = false}), IsOk());
  fs::remove(CheckpointFile());
  Learn();
  ASSERT_THAT(store_->Delete("video", {"id = 'v8'"}, {.soft = false}), IsOk());
  EXPECT_TRUE(Report().delta) << Report().reason;
  EXPECT_EQ(Resolve()->counts(),
            Get(store_->ResolveUpdateLazy("video/crop", {.delta = DeltaMode::kOff}))->counts());
}

TEST_F(LanceDeltaTest, FailuresAreKnown) {
  const ResolveUpdateOptions skip{.failures = FailurePolicy::Skip()};
  const ResolveUpdateOptions retry{.failures = FailurePolicy::Retry({.max_attempts = 2})};
  ASSERT_THAT(
      store_->Write("video",
                    Get(arrow::ConcatenateTables({Video(1, "changed"), Video(100), Video(101)}))),
      IsOk());
  const auto check = [&](const ResolveUpdateOptions& options, const IncrementCounts& counts) {
    ResolveUpdateOptions off = options;
    off.delta = DeltaMode::kOff;
    const auto found = Resolve(options);
    EXPECT_TRUE(found->report().delta) << found->report().reason;
    EXPECT_EQ(found->counts(), counts);
    const auto full = Resolve(off);
    EXPECT_EQ(full->counts(), counts);
    const Increment rows = Get(found->Collect());
    const Increment wanted = Get(full->Collect());
    EXPECT_TRUE(rows.new_samples->Equals(*wanted.new_samples));
    EXPECT_TRUE(rows.stale->Equals(*wanted.stale));
    EXPECT_TRUE(rows.failed->Equals(*wanted.failed));
    return found->report().rows_read;
  };
  // Before there is any.
  EXPECT_FALSE(Report(skip).delta);
  check(skip, {2, 1, 0});
  const Increment increment = Get(Resolve(skip)->Collect());
  ASSERT_THAT(store_->failures().Record("video/crop", increment.new_samples->Slice(0, 1),
                                        {.kind = "Broken", .message = "x"}),
              IsOk());
  ASSERT_THAT(
      store_->failures().Record("video/crop", increment.stale, {.kind = "Busy", .message = "x"}),
      IsOk());
  const IncrementCounts counts{1, 0, 0, 2, 1};
  // With the first failure of a store its keys are hashed otherwise.
  EXPECT_EQ(Report(skip).reason, "no earlier answer is known");
  EXPECT_EQ(check(skip, counts), 0);
  EXPECT_EQ(check(skip, counts), 0);
  check(retry, {2, 1, 0});
  // The tables need not be there.
  MoveData("data", "elsewhere");
  EXPECT_EQ(Resolve(skip)->counts(), counts);
  MoveData("elsewhere", "data");
  // Something else happens, and another attempt fails.
  ASSERT_THAT(store_->Write("video", Video(102)), IsOk());
  EXPECT_EQ(check(skip, {2, 0, 0, 2, 1}), 1);
  ASSERT_THAT(
      store_->failures().Record("video/crop", increment.stale, {.kind = "Busy", .message = "x"}),
      IsOk());
  check(skip, {2, 0, 0, 2, 1});
  check(retry, {3, 0, 0, 1, 1});
  // Its inputs change.
  ASSERT_THAT(store_->Write("video", Video(1, "changed again")), IsOk());
  check(skip, {2, 1, 0, 1, 0});
  check(retry, {3, 1, 0});
  // Failures are forgotten.
  ASSERT_THAT(store_->failures().Clear({}), IsOk());
  check(skip, {3, 1, 0});
}

TEST_F(LanceDeltaTest, SnapshotsAreKnown) {
  ASSERT_THAT(store_->Write("video", Video(100)), IsOk());
  ASSERT_THAT(store_->snapshots().Create("v1"), IsOk());
  ASSERT_THAT(store_->Write("video", Video(101)), IsOk());
  const auto then = Get(store_->snapshots().Open("v1"));
  EXPECT_FALSE(Get(then->ResolveUpdateLazy("video/crop"))->report().delta);
  Learn();
  const auto found = Get(then->ResolveUpdateLazy("video/crop"));
  EXPECT_TRUE(found->report().delta) << found->report().reason;
  EXPECT_EQ(found->report().rows_read, 0);
  EXPECT_EQ(found->counts().new_samples, 1);
  EXPECT_THAT(Rows(*Get(found->Collect()).new_samples, {"id"}), ElementsAre("v100"));
  EXPECT_EQ(Resolve()->counts().new_samples, 2);
}

TEST_F(LanceDeltaTest, ManyCommitsAndTheirCompaction) {
  Learn();
  for (int i = 100; i < 110; ++i) ASSERT_THAT(store_->Write("video", Video(i)), IsOk());
  const auto found = Resolve();
  EXPECT_TRUE(found->report().delta) << found->report().reason;
  EXPECT_EQ(found->report().rows_read, 10);
  EXPECT_EQ(found->counts(), (IncrementCounts{10, 0, 0}));
  // What was looked at is merged with what was there before: the rows are the same.
  ASSERT_GT(Get(store_->administration().CompactMetadata("video")).fragments_merged, 0);
  ASSERT_THAT(store_->Write("video", Video(110)), IsOk());
  const auto after = Resolve();
  EXPECT_TRUE(after->report().delta) << after->report().reason;
  EXPECT_EQ(after->counts(), (IncrementCounts{11, 0, 0}));
  EXPECT_EQ(Get(after->Collect()).new_samples->num_rows(), 11);
}

// Of an overlay it is known that nothing has changed in any of its stores.
TEST_F(LanceDeltaTest, OverlaysAreKnown) {
  const TempDir directory;
  auto branch = Get(LanceDBMetadataStore::Make({.uri = (directory.path() / "db").string()},
                                               {.graph = VideoGraph(),
                                                .project = "test",
                                                .name = "branch",
                                                .fallback_stores = {store_},
                                                .fallback = FallbackMode::kOverlay}));
  ASSERT_THAT(branch->Open(AccessMode::kWrite), IsOk());
  const auto resolve = [&](DeltaMode mode = DeltaMode::kAuto) {
    return Get(branch->ResolveUpdateLazy("video/crop", {.delta = mode}));
  };
  // All rows are those of one store.
  EXPECT_FALSE(resolve()->report().delta);
  EXPECT_TRUE(resolve()->report().delta);
  ASSERT_THAT(
      branch->Write("video", Get(arrow::ConcatenateTables({Video(1, "changed"), Video(100)}))),
      IsOk());
  const auto full = resolve();
  EXPECT_EQ(full->report().reason, "no earlier answer is known");
  EXPECT_EQ(full->counts(), (IncrementCounts{1, 1, 0}));
  const auto known = resolve();
  EXPECT_TRUE(known->report().delta) << known->report().reason;
  EXPECT_EQ(known->report().rows_read, 0);
  EXPECT_EQ(known->counts(), full->counts());
  EXPECT_THAT(Rows(*Get(known->Collect()).stale, {"id"}), ElementsAre("v1"));
  // In the store below, and in the branch.
  ASSERT_THAT(store_->Write("video", Video(101)), IsOk());
  EXPECT_FALSE(resolve()->report().delta);
  EXPECT_EQ(resolve()->counts(), (IncrementCounts{2, 1, 0}));
  ASSERT_THAT(branch->Write("video", Video(2, "changed")), IsOk());
  EXPECT_FALSE(resolve()->report().delta);
  EXPECT_TRUE(resolve()->report().delta);
  EXPECT_EQ(resolve()->counts(), resolve(DeltaMode::kOff)->counts());
  EXPECT_EQ(resolve()->counts(), (IncrementCounts{2, 2, 0}));
}

}  // namespace
}  // namespace metaxy::testing
