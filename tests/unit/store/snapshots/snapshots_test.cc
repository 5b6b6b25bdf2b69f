// Snapshots: what is recorded, read again, compared and deleted.
#include <algorithm>
#include <chrono>

#include "metaxy/store_snapshots.h"
#include "store/clock.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SnapshotsTest : public StoreTest {
 protected:
  std::shared_ptr<MemoryMetadataStore> Prepared() {
    auto store = OpenStore(VideoGraph());
    EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
    return store;
  }

  static std::vector<std::string> Names(MetadataStore& store) {
    std::vector<std::string> names;
    for (const SnapshotInfo& snapshot : Get(store.snapshots().List()))
      names.push_back(snapshot.name);
    return names;
  }

  // The tags of all tables.
  int64_t CountTags() const {
    int64_t count = 0;
    for (const auto& [table, tags] : database_->tags) count += static_cast<int64_t>(tags.size());
    return count;
  }

  static SnapshotFeatureDiff DiffOf(MetadataStore& store, const FeatureKey& feature,
                                    const std::string& first,
                                    const std::optional<std::string>& second) {
    const auto all = Get(store.snapshots().Diff(first, second, {.features = {{feature}}}));
    EXPECT_THAT(all, SizeIs(1));
    return all.at(0);
  }

  static std::vector<int64_t> Numbers(const SnapshotFeatureDiff& diff) {
    return {diff.added, diff.removed, diff.changed, diff.rewritten};
  }

  static std::shared_ptr<arrow::Table> Video(const std::string& id, const std::string& audio) {
    return Videos(R"([{"id": ")" + id +
                  R"(", "size": 7, "metaxy_provenance_by_field": {"audio": ")" + audio +
                  R"(", "frames": "f"}}])");
  }
};

TEST_F(SnapshotsTest, RecordsVersionsOfTablesAndOfTheProject) {
  auto store = Prepared();
  ASSERT_THAT(store->definitions().PushGraphSnapshot("test"), IsOk());
  const SnapshotInfo made = Get(store->snapshots().Create("v1.0"));
  EXPECT_EQ(made.project, "test");
  EXPECT_EQ(made.project_version, store->graph()->GetProjectVersion("test"));
  std::vector<std::string> features;
  for (const SnapshotFeature& entry : made.features) features.push_back(entry.feature.ToString());
  EXPECT_THAT(features,
              ElementsAre("video", "video/crop", "transcript", "metaxy-system/feature_versions"));
  EXPECT_EQ(made.features[0].table_version, 1);
  EXPECT_EQ(made.features[0].rows, 2);
  EXPECT_EQ(made.features[0].feature_version, Get(store->graph()->GetFeatureVersion("video")));
  EXPECT_EQ(made.features[2].table_version, std::nullopt);
  EXPECT_THAT(Names(*store), ElementsAre("v1.0"));
  const SnapshotInfo got = Get(store->snapshots().Get("v1.0"));
  EXPECT_EQ(got.ToJson(), made.ToJson());
  EXPECT_EQ(got.created_at, made.created_at);
}

TEST_F(SnapshotsTest, ReadsAndResolvesWhatWasThere) {
  auto store = Prepared();
  ASSERT_THAT(store->snapshots().Create("before").status(), IsOk());
  ASSERT_THAT(store->Write("video", Video("a", "new")), IsOk());
  ASSERT_THAT(store->Write("video", Video("c", "c")), IsOk());
  Update(*store, "video/crop");
  Update(*store, "transcript");
  ASSERT_THAT(store->Delete("video", {"id = 'b'"}, {.soft = false}), IsOk());
  auto at = Get(store->snapshots().Open("before"));
  EXPECT_THAT(ReadRows(*at, "video", {"id", "size"}), ElementsAre("a|1", "b|2"));
  EXPECT_EQ(Get(at->CountRows("video/crop")), 2);
  EXPECT_TRUE(Counts(*at, "video/crop").empty());
  EXPECT_EQ(Counts(*at, "transcript").new_samples, 2);
  EXPECT_THAT(at->Read("transcript"), FailsWith(ErrorCode::kFeatureNotFound,
                                                "had no table when MemoryMetadataStore() at "
                                                "snapshot 'before' was made"));
  // Now there are others.
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size"}), ElementsAre("a|7", "c|7"));
}

TEST_F(SnapshotsTest, HasTheDefinitionsOfThen) {
  const std::string before = Get(Prepared()->snapshots().Create("before")).project_version;
  auto changed = OpenStore(VideoGraph("2"));
  EXPECT_EQ(Counts(*changed, "video/crop").new_samples, 2);
  auto at = Get(changed->snapshots().Open("before"));
  EXPECT_EQ(at->graph()->GetProjectVersion("test"), before);
  EXPECT_TRUE(Counts(*at, "video/crop").empty());
  EXPECT_THAT(ReadRows(*at, "video/crop", {"id"}), ElementsAre("a", "b"));
}

TEST_F(SnapshotsTest, IsForReadingAlone) {
  auto store = Prepared();
  ASSERT_THAT(store->snapshots().Create("s").status(), IsOk());
  auto at = Get(store->snapshots().Open("s"));
  const char* words = "snapshot 's' can only be read";
  EXPECT_THAT(at->Write("video", TwoVideos()), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(at->Delete("video"), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(at->DropFeatureMetadata("video"), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(at->definitions().PushGraphSnapshot("test"),
              FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(at->snapshots().Create("t").status(), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(at->Open(AccessMode::kWrite), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_TRUE(at->is_open());
  EXPECT_EQ(at->name(), "dev@s");
  auto view = Get(at->View({.graph = VideoGraph(), .project = "test"}));
  EXPECT_THAT(view->Write("video", TwoVideos()), FailsWith(ErrorCode::kStoreNotOpen, words));
  EXPECT_THAT(ReadRows(*view, "video", {"id"}), ElementsAre("a", "b"));
  ASSERT_THAT(store->Close(), IsOk());
  EXPECT_FALSE(at->is_open());
}

TEST_F(SnapshotsTest, CanBeCopiedIntoAnotherStore) {
  auto store = Prepared();
  ASSERT_THAT(store->snapshots().Create("s").status(), IsOk());
  ASSERT_THAT(store->Write("video", Video("c", "c")), IsOk());
  auto other = MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                         {.graph = VideoGraph(), .project = "test"});
  ASSERT_THAT(other->Open(AccessMode::kWrite), IsOk());
  auto at = Get(store->snapshots().Open("s"));
  EXPECT_EQ(Get(other->CopyMetadata(*at)).rows_copied, 4);
  EXPECT_THAT(ReadRows(*other, "video", {"id"}), ElementsAre("a", "b"));
  // Features that are not in it are skipped.
  ASSERT_THAT(store->snapshots().Create("crops", {.features = {{"video/crop"}}}).status(), IsOk());
  EXPECT_EQ(Get(other->CopyMetadata(*Get(store->snapshots().Open("crops")))).features_copied, 1);
}

TEST_F(SnapshotsTest, TakesTheFeaturesThatAreNamed) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  const SnapshotInfo made = Get(snapshots.Create("crops", {.features = {{"video/crop"}}}));
  EXPECT_THAT(made.features, SizeIs(1));
  auto at = Get(snapshots.Open("crops"));
  EXPECT_THAT(ReadRows(*at, "video/crop", {"id"}), ElementsAre("a", "b"));
  EXPECT_THAT(at->Read("video"),
              FailsWith(ErrorCode::kFeatureNotFound, "table 'video' is not in snapshot 'crops'"));
  EXPECT_THAT(at->ResolveUpdate("video/crop"),
              FailsWith(ErrorCode::kFeatureNotFound, "table 'video' is not in snapshot"));
}

TEST_F(SnapshotsTest, RefusesWhatCannotBeRecordedAndLeavesNothing) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  const auto create = [&](const std::string& name,
                          std::optional<std::vector<FeatureKey>> features = std::nullopt) {
    return snapshots.Create(name, {.features = std::move(features)}).status();
  };
  for (const char* name : {"", ".a", "a.", "a..b", "-a", "a b", "a/b", "\xff", "ä"})
    EXPECT_THAT(create(name), FailsWith(ErrorCode::kInvalidInput, "is not a valid name")) << name;
  EXPECT_THAT(create(std::string(101, 'x')), FailsWith(ErrorCode::kInvalidInput, "at most 100"));
  EXPECT_THAT(create("s", {{"video", "transcript"}}),
              FailsWith(ErrorCode::kFeatureNotFound,
                        "feature 'transcript' has no table in store 'dev' itself; write it first"));
  EXPECT_THAT(create("s", {{"vidoe"}}), FailsWith(ErrorCode::kFeatureNotInGraph, "video"));
  EXPECT_THAT(create("s", {std::vector<FeatureKey>()}),
              FailsWith(ErrorCode::kInvalidInput, "at least one feature"));
  EXPECT_THAT(snapshots.Get("s").status(),
              FailsWith(ErrorCode::kSystemDataNotFound, "there are none yet"));
  EXPECT_EQ(CountTags(), 0);
  EXPECT_EQ(database_->tables.count("metaxy_system__snapshots"), 0U);
  ASSERT_THAT(create("crops"), IsOk());
  EXPECT_THAT(create("crops"), FailsWith(ErrorCode::kInvalidInput, "choose another name"));
  EXPECT_THAT(snapshots.Open("corps").status(),
              FailsWith(ErrorCode::kSystemDataNotFound, "did you mean 'crops'?"));
  EXPECT_EQ(CountTags(), 2);
  database_ = std::make_shared<MemoryDatabase>();
  EXPECT_THAT(OpenStore(VideoGraph())->snapshots().Create("s").status(),
              FailsWith(ErrorCode::kInvalidInput, "has no table of any of the 3 features yet"));
}

TEST_F(SnapshotsTest, SaysThatAFallbackStoreHasItsOwn) {
  auto prod = Prepared();
  auto dev = MemoryMetadataStore::Make(
      std::make_shared<MemoryDatabase>(),
      {.graph = VideoGraph(), .project = "test", .name = "branch", .fallback_stores = {prod}});
  ASSERT_THAT(dev->Open(AccessMode::kWrite), IsOk());
  EXPECT_THAT(dev->snapshots().Create("s", {.features = {{"video"}}}).status(),
              FailsWith(ErrorCode::kFeatureNotFound, "whose fallback stores have snapshots of"));
}

TEST_F(SnapshotsTest, NeedsTags) {
  auto store = Prepared();
  database_->has_tags = false;
  const char* words = "snapshots are not supported by store 'dev' (MemoryMetadataStore())";
  EXPECT_THAT(store->snapshots().Create("s").status(), FailsWith(ErrorCode::kNotSupported, words));
  EXPECT_THAT(store->snapshots().List().status(), FailsWith(ErrorCode::kNotSupported, words));
  EXPECT_THAT(store->snapshots().Open("s").status(), FailsWith(ErrorCode::kNotSupported, words));
  EXPECT_THAT(store->snapshots().Delete("s"), FailsWith(ErrorCode::kNotSupported, words));
  EXPECT_THAT(store->snapshots().Check().status(), FailsWith(ErrorCode::kNotSupported, words));
}

TEST_F(SnapshotsTest, SaysWhichTableIsLost) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  ASSERT_THAT(snapshots.Create("s").status(), IsOk());
  const auto lost = [&] { return Get(snapshots.Open("s"))->Read("video").status(); };
  // By others, with their own tools.
  const auto tags = database_->tags["video"];
  database_->tags["video"].clear();
  const char* words = "snapshot 's' has lost its version 1 of table 'video'";
  EXPECT_THAT(lost(), FailsWith(ErrorCode::kTableNotFound, words));
  // A tag that was moved is not the one that was made.
  database_->tags["video"] = tags;
  database_->tags["video"].begin()->second.first = 5;
  EXPECT_THAT(lost(), FailsWith(ErrorCode::kTableNotFound, words));
  database_->tags["video"] = tags;
  EXPECT_THAT(lost(), IsOk());
  // Another table of the same name, at the same version.
  ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
  database_->versions["video"] = 0;
  ASSERT_THAT(store->Write("video", Video("z", "z")), IsOk());
  EXPECT_THAT(lost(), FailsWith(ErrorCode::kTableNotFound, words));
  // What is left can be read.
  EXPECT_THAT(ReadRows(*Get(snapshots.Open("s")), "video/crop", {"id"}), ElementsAre("a", "b"));
  const auto findings = Get(snapshots.Check());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].kind, SnapshotFinding::Kind::kLost);
  EXPECT_EQ(findings[0].snapshot, "s");
  EXPECT_EQ(findings[0].table, "video");
  EXPECT_THAT(snapshots.Delete("s"), IsOk());
}

TEST_F(SnapshotsTest, IsDeletedWithItsTags) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  ASSERT_THAT(snapshots.Create("one").status(), IsOk());
  ASSERT_THAT(snapshots.Create("two").status(), IsOk());
  EXPECT_EQ(CountTags(), 4);
  ASSERT_THAT(snapshots.Delete("one"), IsOk());
  EXPECT_EQ(CountTags(), 2);
  EXPECT_THAT(Names(*store), ElementsAre("two"));
  EXPECT_THAT(snapshots.Delete("one"), FailsWith(ErrorCode::kSystemDataNotFound, "'one'"));
  EXPECT_THAT(ReadRows(*Get(snapshots.Open("two")), "video", {"id"}), ElementsAre("a", "b"));
  ASSERT_THAT(snapshots.Delete("two"), IsOk());
  EXPECT_THAT(Names(*store), IsEmpty());
  ASSERT_THAT(snapshots.Create("one").status(), IsOk());
  EXPECT_THAT(Names(*store), ElementsAre("one"));
}

TEST_F(SnapshotsTest, LeftoversGoWhenTheyAreADayOld) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  ASSERT_THAT(snapshots.Create("kept").status(), IsOk());
  // The tags of a creation that was killed before it was recorded.
  database_->tags["video"]["metaxy-snapshot.killed.00692c5f000123456789abcdef"] = {
      1, database_->tables["video"]};
  const internal::PretendedClock later(std::chrono::seconds(0x692c5f00) -
                                       std::chrono::microseconds(internal::NowMicros()) +
                                       std::chrono::hours(23));
  database_->tags["video"]["of somebody else"] = {1, database_->tables["video"]};
  ASSERT_THAT(Get(snapshots.Check()), SizeIs(1));
  EXPECT_EQ(Get(snapshots.Check())[0].age, std::chrono::hours(23));
  EXPECT_EQ(Get(snapshots.Check())[0].kind, SnapshotFinding::Kind::kLeftover);
  EXPECT_THAT(Get(snapshots.RemoveLeftovers()), IsEmpty());
  const RemoveLeftoversOptions soon{.older_than = std::chrono::hours(22), .dry_run = true};
  ASSERT_THAT(Get(snapshots.RemoveLeftovers(soon)), SizeIs(1));
  EXPECT_EQ(CountTags(), 4);
  EXPECT_EQ(Get(snapshots.RemoveLeftovers({.older_than = std::chrono::hours(22)}))[0].snapshot,
            "killed");
  EXPECT_EQ(CountTags(), 3);
  EXPECT_THAT(Get(snapshots.Check()), IsEmpty());
  EXPECT_THAT(ReadRows(*Get(snapshots.Open("kept")), "video", {"id"}), ElementsAre("a", "b"));
}

TEST_F(SnapshotsTest, DiffCountsSamples) {
  auto store = Prepared();
  auto snapshots = store->snapshots();
  ASSERT_THAT(snapshots.Create("one").status(), IsOk());
  EXPECT_THAT(Numbers(DiffOf(*store, "video", "one", std::nullopt)), ElementsAre(0, 0, 0, 0));
  ASSERT_THAT(store->Write("video", Video("c", "c")), IsOk());
  ASSERT_THAT(store->Write("video", Video("a", "other")), IsOk());
  ASSERT_THAT(snapshots.Create("two").status(), IsOk());
  EXPECT_THAT(Numbers(DiffOf(*store, "video", "one", "two")), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(Numbers(DiffOf(*store, "video", "two", "one")), ElementsAre(0, 1, 1, 0));
  // Written again as it was; deleted.
  ASSERT_THAT(store->Write("video", Video("c", "c")), IsOk());
  ASSERT_THAT(store->Delete("video", {"id = 'b'"}), IsOk());
  EXPECT_THAT(Numbers(DiffOf(*store, "video", "two", std::nullopt)), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(Numbers(DiffOf(*store, "video/crop", "one", "two")), ElementsAre(0, 0, 0, 0));
  const auto transcript = DiffOf(*store, "transcript", "one", "two");
  EXPECT_FALSE(transcript.in_first || transcript.in_second);
  Update(*store, "video/crop");
  Update(*store, "transcript");
  const auto now = DiffOf(*store, "transcript", "two", std::nullopt);
  EXPECT_FALSE(now.in_first);
  EXPECT_TRUE(now.in_second);
  EXPECT_EQ(now.added, 2);
  EXPECT_THAT(
      snapshots.Diff("one", "two", {.features = {{"nothing"}}}).status(),
      FailsWith(ErrorCode::kInvalidInput, "feature 'nothing' is not in snapshot 'one' nor"));
  EXPECT_THAT(snapshots.Diff("one", "three").status(),
              FailsWith(ErrorCode::kSystemDataNotFound, "'three'"));
}

TEST_F(SnapshotsTest, DiffOfManySamplesInLittleMemory) {
  auto store = OpenStore(VideoGraph());
  const auto many = [](int from, int to, const std::string& audio) {
    std::string json;
    for (int i = from; i < to; ++i) {
      json += (json.empty() ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i) +
              R"(", "size": 1, "metaxy_provenance_by_field": {"audio": ")" + audio +
              R"(", "frames": "f"}})";
    }
    return Videos("[" + json + "]");
  };
  ASSERT_THAT(store->Write("video", many(0, 20000, "a")), IsOk());
  ASSERT_THAT(store->snapshots().Create("one").status(), IsOk());
  ASSERT_THAT(store->Write("video", many(15000, 30000, "b")), IsOk());
  DiffSnapshotsOptions options{.features = {{"video"}}};
  options.execution.memory_limit = 1;
  const auto diff = Get(store->snapshots().Diff("one", std::nullopt, options));
  EXPECT_THAT(Numbers(diff[0]), ElementsAre(10000, 0, 5000, 0));
}

TEST_F(SnapshotsTest, DiffKnowsOtherIdColumns) {
  auto store = Prepared();
  ASSERT_THAT(store->snapshots().Create("one").status(), IsOk());
  auto graph = std::make_shared<FeatureGraph>();
  ASSERT_THAT(
      graph->AddFeature(
          {.key = "video", .id_columns = {"id", "size"}, .fields = {"audio", "frames"}}, "test"),
      IsOk());
  auto other = OpenStore(graph);
  ASSERT_THAT(other->Write("video", TwoVideos()), IsOk());
  const auto diff = DiffOf(*other, "video", "one", std::nullopt);
  EXPECT_TRUE(diff.other_id_columns);
  EXPECT_THAT(Numbers(diff), ElementsAre(2, 2, 0, 0));
}

}  // namespace
}  // namespace metaxy::testing
