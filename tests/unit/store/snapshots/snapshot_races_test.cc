// Snapshots while others write, and while everything fails: consistent, and all or nothing.
#include <algorithm>
#include <atomic>

#include "metaxy/store_snapshots.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SnapshotRacesTest : public StoreTest {
 protected:
  void SetUp() override {
    store_ = OpenStore(VideoGraph());
    writer_ = OpenStore(VideoGraph());
    ASSERT_THAT(store_->Write("video", TwoVideos()), IsOk());
    UpdateAll(*store_);
    ASSERT_THAT(store_->definitions().PushGraphSnapshot("test"), IsOk());
  }

  static void UpdateAll(MetadataStore& store) {
    Update(store, "video/crop");
    Update(store, "transcript");
  }

  // Calls `act` before each table that a snapshot looks at, but not for what `act` itself opens.
  void BeforeEachLook(std::function<void(const std::string&)> act) {
    database_->on_open = [this, act = std::move(act)](const std::string& table) {
      if (acting_.exchange(true)) return;
      act(table);
      acting_ = false;
    };
  }

  // New videos, and what follows from them.
  void WriteMore() {
    const std::string id = "n" + std::to_string(++written_);
    ASSERT_THAT(writer_->Write("video",
                               Videos(R"([{"id": ")" + id +
                                      R"(", "size": 1, "metaxy_provenance_by_field": {"audio": ")" +
                                      id + R"(", "frames": "f"}}])")),
                IsOk());
    UpdateAll(*writer_);
  }

  size_t CountTags() const {
    size_t count = 0;
    for (const auto& [table, tags] : database_->tags) count += tags.size();
    return count;
  }

  std::shared_ptr<MemoryMetadataStore> store_;
  std::shared_ptr<MemoryMetadataStore> writer_;
  std::atomic<bool> acting_ = false;
  int written_ = 0;
};

TEST_F(SnapshotRacesTest, LooksAtChildrenFirst) {
  std::vector<std::string> looks;
  BeforeEachLook([&](const std::string& table) {
    if (table.rfind("metaxy_system", 0) == 0 && table != "metaxy_system__feature_versions") return;
    if (std::find(looks.begin(), looks.end(), table) == looks.end()) looks.push_back(table);
  });
  ASSERT_THAT(store_->snapshots().Create("s").status(), IsOk());
  EXPECT_THAT(looks,
              ElementsAre("transcript", "video__crop", "video", "metaxy_system__feature_versions"));
}

// Whenever others write, the rows that those of a child were computed from are in the snapshot.
TEST_F(SnapshotRacesTest, NoChildIsNewerThanItsParents) {
  BeforeEachLook([&](const std::string&) { WriteMore(); });
  ASSERT_THAT(store_->snapshots().Create("s").status(), IsOk());
  database_->on_open = nullptr;
  EXPECT_GT(written_, 4);
  auto at = Get(store_->snapshots().Open("s"));
  for (const char* child : {"video/crop", "transcript"}) {
    const IncrementCounts counts = Counts(*at, child);
    EXPECT_EQ(counts.orphaned, 0) << child;
    EXPECT_EQ(counts.stale, 0) << child;
  }
  // And it is what is tagged: the same rows, whatever is written later.
  const auto rows = ReadRows(*at, "transcript", {"id"});
  WriteMore();
  EXPECT_EQ(ReadRows(*Get(store_->snapshots().Open("s")), "transcript", {"id"}), rows);
}

// A version that is not the latest any more may be pruned before the tag is seen.
TEST_F(SnapshotRacesTest, LooksAgainIfATableWasWrittenToMeanwhile) {
  int looks = 0;
  BeforeEachLook([&](const std::string& table) {
    // After the first look at the crops, and their tag.
    if (table == "video__crop" && ++looks == 2) WriteMore();
  });
  ASSERT_THAT(store_->snapshots().Create("s").status(), IsOk());
  database_->on_open = nullptr;
  EXPECT_EQ(looks, 4);
  EXPECT_THAT(ReadRows(*Get(store_->snapshots().Open("s")), "video/crop", {"id"}), SizeIs(3));
  EXPECT_EQ(CountTags(), 4U);
}

TEST_F(SnapshotRacesTest, OneOfTwoGetsTheName) {
  database_->before_change = [&] {
    ASSERT_THAT(writer_->snapshots().Create("s").status(), IsOk());
  };
  EXPECT_THAT(store_->snapshots().Create("s").status(),
              FailsWith(ErrorCode::kInvalidInput, "there is a snapshot 's'"));
  // The same when the table of snapshots is there already.
  database_->before_change = [&] {
    ASSERT_THAT(writer_->snapshots().Create("t").status(), IsOk());
  };
  EXPECT_THAT(store_->snapshots().Create("t").status(),
              FailsWith(ErrorCode::kInvalidInput, "there is a snapshot 't'"));
  // Another name is no conflict.
  database_->before_change = [&] {
    ASSERT_THAT(writer_->snapshots().Create("u").status(), IsOk());
  };
  EXPECT_THAT(store_->snapshots().Create("v").status(), IsOk());
  EXPECT_THAT(Get(store_->snapshots().List()), SizeIs(4));
  EXPECT_EQ(CountTags(), 4U * 4U);
  EXPECT_THAT(Get(store_->snapshots().Check()), IsEmpty());
}

TEST_F(SnapshotRacesTest, IsWhollyThereOrNotAtAllWhateverFails) {
  const arrow::Status broken = MakeError(ErrorCode::kNetwork, "the network is down");
  const auto check = [&](const arrow::Status& created, const std::string& where) {
    database_->open_failures.clear();
    database_->failures.clear();
    database_->tag_failures.clear();
    const bool there = Get(store_->snapshots().List()).size() == 1;
    EXPECT_EQ(created.ok(), there) << where;
    EXPECT_EQ(CountTags(), there ? 4U : 0U) << where;
    if (there) {
      EXPECT_EQ(ReadRows(*Get(store_->snapshots().Open("s")), "video", {"id"}).size(), 2U);
      EXPECT_THAT(store_->snapshots().Delete("s"), IsOk());
    }
    return there;
  };
  // Opening tables: until the failure is never reached.
  bool done = false;
  for (size_t at = 0; !done; ++at) {
    ASSERT_LT(at, 100U);
    database_->open_failures.assign(at, arrow::Status::OK());
    database_->open_failures.push_back(broken);
    done = check(store_->snapshots().Create("s").status(), "open " + std::to_string(at)) && at > 12;
  }
  for (const bool committed : {false, true}) {
    done = false;
    for (size_t at = 0; !done; ++at) {
      ASSERT_LT(at, 100U);
      database_->tag_failures.assign(at, {});
      database_->tag_failures.push_back({broken, committed});
      done = check(store_->snapshots().Create("s").status(), "tag " + std::to_string(at));
    }
    EXPECT_TRUE(done);
    database_->failures.push_back({broken, committed});
    EXPECT_EQ(check(store_->snapshots().Create("s").status(), "record"), committed);
  }
}

// What is not known to be absent keeps its tags.
TEST_F(SnapshotRacesTest, KeepsTheTagsIfItIsNotKnownWhetherItWasRecorded) {
  int opens = 0;
  BeforeEachLook([&](const std::string& table) {
    if (table != "metaxy_system__snapshots" || ++opens != 3) return;
    database_->open_failures.push_back(MakeError(ErrorCode::kNetwork, "the network is down"));
  });
  database_->failures.push_back({MakeError(ErrorCode::kNetwork, "no answer"), true});
  EXPECT_THAT(store_->snapshots().Create("s").status(),
              FailsWith(ErrorCode::kCommitStateUnknown, "list the snapshots before"));
  database_->on_open = nullptr;
  EXPECT_EQ(CountTags(), 4U);
  EXPECT_THAT(ReadRows(*Get(store_->snapshots().Open("s")), "video", {"id"}),
              ElementsAre("a", "b"));
}

TEST_F(SnapshotRacesTest, AStopLeavesNothing) {
  arrow::StopSource stop;
  BeforeEachLook([&](const std::string& table) {
    if (table == "video") stop.RequestStop();
  });
  CreateSnapshotOptions options;
  options.execution.stop_token = stop.token();
  EXPECT_THAT(store_->snapshots().Create("s", options).status(),
              FailsWith(ErrorCode::kCancelled, ""));
  database_->on_open = nullptr;
  EXPECT_EQ(CountTags(), 0U);
  EXPECT_THAT(Get(store_->snapshots().List()), IsEmpty());
}

}  // namespace
}  // namespace metaxy::testing
