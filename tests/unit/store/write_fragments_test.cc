// Writes in two steps: fragments that many write and one commits.
#ifdef METAXY_WITH_LANCEDB

#include <filesystem>
#include <thread>

#include "backends.h"
#include "metaxy/errors.h"
#include "store/write/fragments.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;

using Fragments = std::vector<std::string>;

class WriteFragmentsTest : public BackendTest {
 protected:
  void SetUp() override { Fresh(); }

  static std::shared_ptr<arrow::Table> Video(const std::string& id, int64_t size) {
    return Videos(R"([{"id": ")" + id + R"(", "size": )" + std::to_string(size) +
                  R"(, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  }

  static std::shared_ptr<arrow::RecordBatchReader> Reader(std::shared_ptr<arrow::Table> rows) {
    // The reader does not keep what it reads.
    return Get(arrow::RecordBatchReader::Make({Get(rows->CombineChunksToBatch())}, rows->schema()));
  }

  static std::string WriteOf(MetadataStore& store, const std::shared_ptr<arrow::Table>& rows,
                             const WriteOptions& options = {}) {
    return Get(store.administration().WriteFragments("video", Reader(rows), options));
  }

  static arrow::Result<WriteResult> Commit(MetadataStore& store, const Fragments& fragments,
                                           const std::string& write_id = "job") {
    return store.administration().CommitFragments("video", fragments, write_id);
  }

  static int64_t CountAll(MetadataStore& store) { return Everything(store, "video")->num_rows(); }
};

INSTANTIATE_TEST_SUITE_P(On, WriteFragmentsTest, ::testing::Values(Backend::kLanceDB), BackendName);

TEST_P(WriteFragmentsTest, AreSeenTogetherOnceTheyAreCommitted) {
  auto writer = Open(VideoGraph());
  auto other = Open(VideoGraph());
  const Fragments fragments = {WriteOf(*writer, Video("a", 1)), WriteOf(*other, Video("b", 2))};
  EXPECT_EQ(CountAll(*writer), 0);
  const WriteResult written = Get(Commit(*Open(VideoGraph()), fragments));
  EXPECT_EQ(written.rows, 2);
  EXPECT_THAT(ReadRows(*writer, "video", {"id", "size"}), ElementsAre("a|1", "b|2"));
  EXPECT_EQ(Get(writer->administration().FindWrite("video", "job")), written.version);
  // The rows are as those of a write.
  ASSERT_THAT(writer->Write("video", Video("c", 3)), IsOk());
  const auto all = Everything(*writer, "video");
  for (const char* name : {"metaxy_provenance", "metaxy_data_version", "metaxy_project_version",
                           "metaxy_created_at", "metaxy_updated_at"}) {
    EXPECT_EQ(all->GetColumnByName(name)->null_count(), 0) << name;
  }
  EXPECT_THAT(Rows(*all, {"metaxy_feature_version"}), SizeIs(3));
  EXPECT_EQ(Rows(*all, {"metaxy_feature_version"})[0], Rows(*all, {"metaxy_feature_version"})[2]);
}

TEST_P(WriteFragmentsTest, AreCommittedOnceWhateverIsRepeated) {
  auto store = Open(VideoGraph());
  const std::string a = WriteOf(*store, Video("a", 1));
  const std::string b = WriteOf(*store, Video("b", 2));
  const WriteResult first = Get(Commit(*store, {a, b, a}));
  EXPECT_EQ(first.rows, 2);
  ASSERT_THAT(store->Write("video", Video("c", 3)), IsOk());
  const WriteResult second = Get(Commit(*Open(VideoGraph()), {a, b}));
  EXPECT_EQ(second.version, first.version);
  EXPECT_EQ(second.rows, 2);
  // A task that was repeated has written other files, of which one set is committed.
  const std::string again = WriteOf(*store, Video("d", 4));
  WriteOf(*store, Video("d", 4));
  EXPECT_THAT(Commit(*store, {again}, "next"), IsOk());
  EXPECT_EQ(CountAll(*store), 4);
  EXPECT_THAT(Commit(*store, {a}, "else"),
              FailsWith(ErrorCode::kInvalidInput, "is in the table already"));
  EXPECT_EQ(CountAll(*store), 4);
}

TEST_P(WriteFragmentsTest, AreCommittedOnceBySeveralAtATime) {
  constexpr int kCommitters = 4;
  auto store = Open(VideoGraph());
  const Fragments fragments = {WriteOf(*store, Video("a", 1)), WriteOf(*store, Video("b", 2))};
  std::vector<std::shared_ptr<MetadataStore>> stores;
  for (int i = 0; i < kCommitters; ++i) stores.push_back(Open(VideoGraph()));
  std::vector<std::thread> threads;
  std::vector<WriteResult> results(kCommitters);
  for (int i = 0; i < kCommitters; ++i) {
    threads.emplace_back([&, i] {
      // Others commit at the same time.
      EXPECT_THAT(stores[i]->Write("video", Video("w" + std::to_string(i), i)), IsOk());
      results[i] = Get(Commit(*stores[i], fragments));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const WriteResult& result : results) EXPECT_EQ(result.version, results[0].version);
  EXPECT_EQ(CountAll(*store), 2 + kCommitters);
}

TEST_P(WriteFragmentsTest, FollowATableThatChanges) {
  auto store = Open(VideoGraph());
  const auto narrow = TableFromJson({{"id", arrow::utf8()},
                                     {"size", arrow::int32()},
                                     {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                    R"([{"id": "a", "size": 1,
                        "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  const std::string before = WriteOf(*store, narrow);
  // A type that is widened, so that the table is rewritten, and a column and a member more.
  const auto wide = TableFromJson({{"id", arrow::utf8()},
                                   {"size", arrow::int64()},
                                   {"note", arrow::utf8()},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                  R"([{"id": "b", "size": 9876543210, "note": "n",
                        "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  const std::string after = WriteOf(*store, wide);
  const auto grown = TableFromJson({{"id", arrow::utf8()},
                                    {"more", arrow::int64()},
                                    {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                   R"([{"id": "c", "more": 7,
                        "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  const std::string last = WriteOf(*store, grown);
  EXPECT_EQ(Get(Commit(*store, {before, after, last})).rows, 3);
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size", "note", "more"}),
              ElementsAre("a|1|null|null", "b|9876543210|n|null", "c|null|null|7"));
}

TEST_P(WriteFragmentsTest, RowsThatAreRefusedLeaveNothing) {
  auto store = Open(VideoGraph());
  const auto rows = TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "a"}])");
  EXPECT_THAT(store->administration().WriteFragments("video", Reader(rows)),
              FailsWith(ErrorCode::kMetadataSchema, "metaxy_provenance_by_field"));
  EXPECT_FALSE(Get(store->HasFeature("video")));
  EXPECT_THAT(store->administration().WriteFragments("video", nullptr),
              FailsWith(ErrorCode::kInvalidInput, ""));
  EXPECT_THAT(store->administration().WriteFragments("none", Reader(rows)),
              FailsWith(ErrorCode::kFeatureNotInGraph, "none"));
  EXPECT_EQ(Get(Commit(*store, {})).rows, 0);
  // Without rows nothing is committed.
  const std::string none = WriteOf(*store, Videos("[]"));
  EXPECT_EQ(Get(Commit(*store, {none})).version, std::nullopt);
}

TEST_P(WriteFragmentsTest, WhatIsNotWholeIsRefused) {
  auto store = Open(VideoGraph());
  const std::string good = WriteOf(*store, Video("a", 1), {.write_id = "job"});
  const auto refused = [&](const std::string& bytes, const std::string& words) {
    EXPECT_THAT(Commit(*store, {bytes}), FailsWith(ErrorCode::kInvalidInput, words));
  };
  refused("", "they do not begin as those do");
  refused("x" + good, "they do not begin as those do");
  refused(good.substr(0, 40), "they are cut off");
  refused(good.substr(0, good.size() - 1), "their checksum does not match");
  std::string changed = good;
  changed[changed.find("\"rows\":1") + 7] = '2';
  refused(changed, "their checksum does not match");
  std::string later = good;
  later.replace(later.find(" 1 ") + 1, 1, "2");
  refused(later, "have format '2'");
  for (size_t end = 0; end < good.size(); end += 7)
    EXPECT_THAT(Commit(*store, {good.substr(0, end)}), FailsWith(ErrorCode::kInvalidInput, ""));
  EXPECT_THAT(Commit(*store, {good}, "another"),
              FailsWith(ErrorCode::kInvalidInput, "are of write 'job', not of 'another'"));
  EXPECT_THAT(Commit(*store, {good}, ""), FailsWith(ErrorCode::kInvalidInput, "write_id has 0"));
  EXPECT_THAT(store->administration().CommitFragments("transcript", {good}, "job"),
              FailsWith(ErrorCode::kInvalidInput, "are of feature 'video', not of 'transcript'"));
  // What Lance is told is its own.
  auto inner = Get(internal::ParseWrittenFragments(good));
  for (const std::string& text :
       {std::string("{}"), std::string("[]"), std::string("{\"fragments\": [], \"columns\": 1}")}) {
    inner.fragments = text;
    EXPECT_THAT(Commit(*store, {internal::Serialise(inner)}),
                FailsWith(ErrorCode::kInvalidInput, "not fragments of"));
  }
  EXPECT_EQ(CountAll(*store), 0);
  EXPECT_THAT(Commit(*store, {good}), IsOk());
  EXPECT_EQ(CountAll(*store), 1);
}

TEST_P(WriteFragmentsTest, OfATableThatIsGoneAreNotCommitted) {
  auto store = Open(VideoGraph());
  const std::string lost = WriteOf(*store, Video("a", 1));
  ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
  EXPECT_THAT(Commit(*store, {lost}),
              FailsWith(ErrorCode::kTableNotFound, "was dropped since the fragments were written"));
  ASSERT_THAT(store->Write("video", Video("b", 2)), IsOk());
  EXPECT_THAT(Commit(*store, {lost}), FailsWith(ErrorCode::kInvalidInput, "is gone"));
  EXPECT_THAT(ReadRows(*store, "video", {"id"}), ElementsAre("b"));
}

TEST_P(WriteFragmentsTest, ClearTheFailuresOfTheirSamples) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Increment increment = Get(store->ResolveUpdate("video/crop"));
  ASSERT_THAT(store->failures().Record("video/crop", increment.new_samples, {.kind = "Broken"}),
              IsOk());
  auto tables = store->administration();
  const std::string first =
      Get(tables.WriteFragments("video/crop", Reader(increment.new_samples->Slice(0, 1))));
  const FailureSelection all{.features = {"video/crop"}};
  EXPECT_EQ(Get(store->failures().Read(all))->num_rows(), 2);
  ASSERT_THAT(tables.CommitFragments("video/crop", {first}, "job"), IsOk());
  EXPECT_EQ(Get(store->failures().Read(all))->num_rows(), 1);
}

TEST_P(WriteFragmentsTest, LaterWritesAreLater) {
  auto store = Open(VideoGraph());
  constexpr auto kAhead = std::chrono::hours(24 * 365 * 20);
  const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now() + kAhead);
  const std::string ahead = WriteOf(*store, Video("a", 1), {.time = now});
  ASSERT_THAT(Commit(*store, {ahead}), IsOk());
  ASSERT_THAT(Open(VideoGraph())->Write("video", Video("a", 2)), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size"}), ElementsAre("a|2"));
  // And the other way round: fragments are later than what was there when they were written.
  ASSERT_THAT(Commit(*store, {WriteOf(*store, Video("a", 3))}, "next"), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size"}), ElementsAre("a|3"));
}

TEST_P(WriteFragmentsTest, NeedAStoreThatIsOpenForWriting) {
  auto store = Open(VideoGraph());
  const std::string good = WriteOf(*store, Video("a", 1));
  ASSERT_THAT(store->Close(), IsOk());
  EXPECT_THAT(Commit(*store, {good}), FailsWith(ErrorCode::kStoreNotOpen, ""));
  EXPECT_THAT(store->administration().WriteFragments("video", Reader(Video("a", 1))),
              FailsWith(ErrorCode::kStoreNotOpen, ""));
}

TEST_P(WriteFragmentsTest, AreStoppedWithNothingCommitted) {
  auto store = Open(VideoGraph());
  const std::string good = WriteOf(*store, Video("a", 1));
  const ExecutionOptions late{.deadline = std::chrono::steady_clock::now()};
  EXPECT_THAT(store->administration().CommitFragments("video", {good}, "job", late),
              FailsWith(ErrorCode::kTimeout, ""));
  EXPECT_THAT(
      store->administration().WriteFragments("video", Reader(Video("b", 1)), {.execution = late}),
      FailsWith(ErrorCode::kTimeout, ""));
  EXPECT_EQ(CountAll(*store), 0);
}

}  // namespace
}  // namespace metaxy::testing

#endif
