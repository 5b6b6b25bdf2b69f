// Several writers on one table, and writes whose response is lost.
#include <arrow/array.h>
#include <arrow/json/from_string.h>

#include <thread>

#include "backends.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"
#include "store/write/retries.h"
#include "store/write/row_spool.h"
#include "store/write/table_writer.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<arrow::Table> OneVideo(const std::string& id, const std::string& more = "") {
  std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>> columns = {
      {"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio", "frames"})}};
  if (!more.empty()) columns.emplace_back(more, arrow::int64());
  return TableFromJson(
      columns, R"([{"id": ")" + id + R"(",)" + (more.empty() ? "" : "\"" + more + "\": 1,") +
                   R"("metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
}

class WritersTest : public StoreTest {
 protected:
  std::vector<std::string> Ids() { return Rows(*database_->tables.at("video"), {"id"}); }

  static arrow::Status Lost() {
    return MakeError(ErrorCode::kNetwork, "the connection was reset", /*retryable=*/true);
  }
};

TEST_F(WritersTest, AWriteWhoseAnswerWasLostIsNotRetried) {
  auto store = OpenStore(VideoGraph());
  for (const char* what : {"first", "second"}) {
    SCOPED_TRACE(what);
    database_->failures.push_back({Lost(), /*committed=*/true});
    ASSERT_THAT(store->Write("video", OneVideo(what)), IsOk());
  }
  EXPECT_THAT(Ids(), ElementsAre("first", "second"));
}

TEST_F(WritersTest, AWriteThatDidNotArriveIsRetried) {
  auto store = OpenStore(VideoGraph());
  for (const char* what : {"first", "second"}) {
    SCOPED_TRACE(what);
    database_->failures.push_back({Lost()});
    database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "conflict", true)});
    database_->failures.push_back({Lost(), /*committed=*/true});
    ASSERT_THAT(store->Write("video", std::make_shared<arrow::TableBatchReader>(OneVideo(what))),
                IsOk());
  }
  EXPECT_THAT(Ids(), ElementsAre("first", "second"));
  database_->failures.push_back({MakeError(ErrorCode::kIo, "the disk is gone")});
  EXPECT_THAT(store->Write("video", OneVideo("third")),
              FailsWith(ErrorCode::kIo, "the disk is gone"));
  EXPECT_THAT(Ids(), ElementsAre("first", "second"));
}

// What another writer does between inspection of the table and the write to it.
// Whether others have changed the table cannot be found out: the write fails as it did at first.
TEST_F(WritersTest, AFailedCheckDoesNotHideTheEarlierFailure) {
  ASSERT_THAT(OpenStore(VideoGraph())->Write("video", TwoVideos()), IsOk());
  database_->failures.push_back({MakeError(ErrorCode::kInvalidInput, "this row is too large")});
  // After that for failures of the samples, and the first one of the write.
  database_->open_failures = {arrow::Status::OK(), arrow::Status::OK(),
                              MakeError(ErrorCode::kNetwork, "the network is gone")};
  EXPECT_THAT(OpenStore(VideoGraph())->Write("video", TwoVideos()),
              FailsWith(ErrorCode::kInvalidInput, "this row is too large"));
  EXPECT_TRUE(database_->open_failures.empty());
}

TEST_F(WritersTest, PlansAgainWhenAnotherWriterChangedTheTable) {
  auto store = OpenStore(VideoGraph());
  auto other = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", OneVideo("a")), IsOk());
  struct Case {
    const char* what;
    std::shared_ptr<arrow::Table> theirs;
    std::shared_ptr<arrow::Table> ours;
  };
  const auto wide = [](const std::shared_ptr<arrow::DataType>& type, const char* id,
                       const char* value) {
    return TableFromJson({{"id", arrow::utf8()},
                          {"w", type},
                          {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                         std::string(R"([{"id": ")") + id + R"(", "w": )" + value +
                             R"(, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  };
  const std::vector<Case> cases = {
      {"adds the same column", OneVideo("b", "n"), OneVideo("c", "n")},
      {"adds a column while we append", OneVideo("d", "m"), OneVideo("e")},
      {"adds our column in a narrower type", wide(arrow::int8(), "f", "1"),
       wide(arrow::int64(), "g", "70000")},
      {"appends while we append", wide(arrow::int64(), "h", "3000000000000"),
       wide(arrow::int32(), "i", "5")},
      {"appends while we append another type", wide(arrow::int64(), "j", "6"),
       wide(arrow::uint64(), "k", "7")},
  };
  size_t rows = 1;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    arrow::Status theirs;
    database_->before_change = [&] { theirs = other->Write("video", c.theirs); };
    ASSERT_THAT(store->Write("video", c.ours), IsOk());
    ASSERT_THAT(theirs, IsOk());
    rows += 2;
    EXPECT_EQ(Ids().size(), rows);
  }
  EXPECT_THAT(
      ReadRows(*store, "video", {"id", "n", "m", "w"}),
      ElementsAre("a|null|null|null", "b|1|null|null", "c|1|null|null", "d|null|1|null",
                  "e|null|null|null", "f|null|null|1", "g|null|null|70000",
                  "h|null|null|3000000000000", "i|null|null|5", "j|null|null|6", "k|null|null|7"));
}

// A stream can be read only once; the loser of the race for the first write has its rows all the
// same.
TEST_F(WritersTest, AStreamThatLosesARaceIsWrittenOnce) {
  auto store = OpenStore(VideoGraph());
  auto other = OpenStore(VideoGraph());
  database_->before_change = [&] {
    ASSERT_THAT(other->Write("video", OneVideo("theirs")), IsOk());
  };
  ASSERT_THAT(store->Write("video", std::make_shared<arrow::TableBatchReader>(OneVideo("ours"))),
              IsOk());
  EXPECT_THAT(Ids(), ElementsAre("ours", "theirs"));
}

class ManyWritersTest : public BackendTest {
 protected:
  /// Compacts files, or yields to other writers.
  static arrow::Status Compact(MetadataStore& store) {
    if (GetParam() == Backend::kMemory) return arrow::Status::OK();
    const arrow::Status compacted = store.administration().CompactMetadata("video").status();
    return IsError(compacted, ErrorCode::kCommitConflict) ? arrow::Status::OK() : compacted;
  }
};

INSTANTIATE_TEST_SUITE_P(On, ManyWritersTest, ::testing::ValuesIn(Backends()), BackendName);

// Each thread creates, appends, grows, widens, converts, compacts and deletes, concurrently with
// the others.
TEST_P(ManyWritersTest, LoseAndDoubleNothing) {
  constexpr int kThreads = 6;
  constexpr int kWrites = 5;
  std::vector<arrow::Status> outcomes(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto store = Open(VideoGraph(), /*as_map=*/i % 2 == 0);
      const auto write = [&](int j) {
        const std::string id = std::to_string(i) + "." + std::to_string(j);
        // Some add a column that others add, too, and some need it wider.
        return store->Write(
            "video",
            j % 2 == 0
                ? Videos(R"([{"id": ")" + id + R"(", "size": )" + (i == 3 ? "3000000000" : "1") +
                         R"(, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])")
                : OneVideo(id, "c" + std::to_string((i + j) % 3)));
      };
      arrow::Status& outcome = outcomes[static_cast<size_t>(i)];
      for (int j = 0; j < kWrites && outcome.ok(); ++j) {
        outcome = write(j);
        if (i == 1 && outcome.ok()) outcome = Compact(*store);
      }
      if (outcome.ok() && i == 0)
        outcome =
            store->administration().MigrateByFieldLayout("video", ByFieldLayout::kMap).status();
      if (outcome.ok()) {
        outcome = store->Delete("video", {Get(ParseFilter("id = '" + std::to_string(i) + ".1'"))},
                                {.soft = false});
      }
      if (outcome.ok())
        outcome = store->Delete("video", {Get(ParseFilter("id = '" + std::to_string(i) + ".3'"))});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& outcome : outcomes) EXPECT_THAT(outcome, IsOk());
  std::vector<std::string> expected;
  for (int i = 0; i < kThreads; ++i) {
    for (int j : {0, 2, 3, 3, 4}) expected.push_back(std::to_string(i) + "." + std::to_string(j));
  }
  const auto store = Open(VideoGraph());
  EXPECT_THAT(Rows(*Everything(*store, "video"), {"id"}),
              ::testing::UnorderedElementsAreArray(expected));
  EXPECT_EQ(Get(store->CountRows("video", {.filters = {Get(ParseFilter("size = 3000000000"))}})),
            3);
  EXPECT_EQ(Get(store->CountRows("video")), kThreads * 3);
}

TEST_F(WritersTest, DeletesAreRetried) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", OneVideo("a")), IsOk());
  int attempts = 0;
  EXPECT_THAT(internal::RetryConflicts(
                  internal::Retries("deleting rows of", "video"),
                  [&] {
                    return ++attempts < 3 ? MakeError(ErrorCode::kCommitConflict, "conflict")
                                          : arrow::Status::OK();
                  }),
              IsOk());
  EXPECT_EQ(attempts, 3);
  EXPECT_THAT(internal::RetryConflicts(internal::Retries("deleting rows of", "video"),
                                       [] { return MakeError(ErrorCode::kIo, "broken"); }),
              FailsWith(ErrorCode::kIo, "broken"));
}

// Takes some seconds: the pauses between attempts are real.
TEST_F(WritersTest, AWriterThatAlwaysLosesGivesUpAndSaysSo) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", OneVideo("first")), IsOk());
  const arrow::Status conflict = MakeError(ErrorCode::kCommitConflict, "another was faster", true);
  for (int i = 0; i < internal::Retries::kMostAttempts; ++i)
    database_->failures.push_back({conflict});
  const arrow::Status given_up = store->Write("video", OneVideo("second"));
  EXPECT_THAT(given_up, FailsWith(ErrorCode::kCommitConflict,
                                  "gave up writing to table 'video' after 40 attempts: another was "
                                  "faster"));
  EXPECT_TRUE(IsRetryable(given_up));
  EXPECT_TRUE(database_->failures.empty());
  EXPECT_THAT(Ids(), ElementsAre("first"));
}

// Not caused by other writers: the storage layer has already retried, so the write is given up
// soon.
TEST_F(WritersTest, AStoreThatFailsIsNotAskedForLong) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", OneVideo("first")), IsOk());
  for (const ErrorCode code :
       {ErrorCode::kNetwork, ErrorCode::kTimeout, ErrorCode::kResourceExhausted}) {
    const arrow::Status failure = MakeError(code, "the store is overloaded", true);
    database_->failures.clear();
    for (int i = 0; i < 2; ++i) database_->failures.push_back({failure});
    ASSERT_THAT(store->Write("video", OneVideo("again")), IsOk());
    for (int i = 0; i < 5; ++i) database_->failures.push_back({failure});
    EXPECT_THAT(store->Write("video", OneVideo("never")), FailsWith(code, "is overloaded"));
    EXPECT_EQ(database_->failures.size(), 2U);
  }
  EXPECT_THAT(Ids(), ElementsAre("again", "again", "again", "first"));
}

// Rows of a stream, read repeatedly, from memory, from a file, and after a pass that stopped early.
TEST(RowSpoolTest, ReplaysTheRows) {
  const auto table = TableFromJson({{"n", arrow::int64()}, {"t", arrow::utf8()}},
                                   R"([{"n": 1, "t": "a"}, {"n": 2, "t": "b"}, {"n": 3, "t": null},
                                       {"n": 4, "t": "d"}, {"n": 5, "t": "e"}])");
  for (const int64_t limit : {int64_t{0}, int64_t{40}, int64_t{64} << 20}) {
    SCOPED_TRACE(limit);
    auto input = std::make_shared<arrow::TableBatchReader>(table);
    input->set_chunksize(1);
    const auto spool = internal::RowSpool::Make(input, limit);
    for (int batches : {2, 0, 4, 3}) {
      const auto reader = Get(spool->Open());
      std::shared_ptr<arrow::RecordBatch> batch;
      for (int i = 0; i < batches; ++i) {
        ASSERT_THAT(reader->ReadNext(&batch), IsOk());
        EXPECT_TRUE(batch->Equals(*Get(table->Slice(i, 1)->CombineChunksToBatch())));
      }
    }
    EXPECT_EQ(spool->is_on_disk(), limit < (int64_t{64} << 20));
    for (int pass = 0; pass < 2; ++pass) {
      const auto all = Get(Get(spool->Open())->ToTable());
      EXPECT_TRUE(Get(all->CombineChunks())->Equals(*table));
    }
  }
}

// Each batch has its own categories.
TEST(RowSpoolTest, ReplaysCategories) {
  const auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto schema = arrow::schema({arrow::field("kind", type)});
  arrow::RecordBatchVector batches;
  for (const auto& [indices, categories] : std::vector<std::pair<std::string, std::string>>{
           {"[0, 1, null]", R"(["a", "b"])"}, {"[1, 0]", R"(["c", "a"])"}, {"[0]", R"(["d"])"}}) {
    const auto column = Get(arrow::json::DictArrayFromJSONString(type, indices, categories));
    batches.push_back(arrow::RecordBatch::Make(schema, column->length(), {column}));
  }
  for (const int64_t limit : {int64_t{0}, int64_t{64} << 20}) {
    SCOPED_TRACE(limit);
    const auto spool =
        internal::RowSpool::Make(Get(arrow::RecordBatchReader::Make(batches, schema)), limit);
    for (int pass = 0; pass < 3; ++pass) {
      const auto reader = Get(spool->Open());
      for (const auto& expected : batches) {
        const auto batch = Get(reader->Next());
        ASSERT_NE(batch, nullptr);
        EXPECT_TRUE(batch->Equals(*expected)) << batch->ToString();
      }
      EXPECT_EQ(Get(reader->Next()), nullptr);
    }
    EXPECT_EQ(spool->is_on_disk(), limit == 0);
  }
}

}  // namespace
}  // namespace metaxy::testing
