#include "metaxy/buffered_metadata_writer.h"

#include <thread>

#include "columns/categories.h"
#include "columns/exact_cast.h"
#include "metaxy/errors.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

class BufferedMetadataWriterTest : public StoreTest {
 protected:
  static std::shared_ptr<arrow::Table> Video(const std::string& id, const std::string& size = "1") {
    return Videos(R"([{"id": ")" + id + R"(", "size": )" + size +
                  R"(, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  }

  std::unique_ptr<BufferedMetadataWriter> Writer(const BufferedMetadataWriterOptions& options) {
    store_ = OpenStore(VideoGraph());
    return Get(BufferedMetadataWriter::Make(store_, options));
  }

  std::shared_ptr<MetadataStore> store_;
};

TEST_F(BufferedMetadataWriterTest, CloseWritesWhatIsLeftInOneCommitPerFeature) {
  auto writer = Writer({.flush_interval = 1h});
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(writer->Put("video", Video(id)), IsOk());
  ASSERT_THAT(
      writer->Put({{"video", Video("d")},
                   {"transcript", TableFromJson({{"id", arrow::utf8()},
                                                 {"metaxy_provenance_by_field", ByField({"text"})}},
                                                R"([{"id": "a",
                                "metaxy_provenance_by_field": {"text": "1"}}])")}}),
      IsOk());
  EXPECT_EQ(writer->Unwritten().size(), 5U);
  EXPECT_TRUE(database_->tables.empty());
  EXPECT_THAT(Get(writer->Close()),
              ElementsAre(Pair(FeatureKey("video"), 4), Pair(FeatureKey("transcript"), 1)));
  EXPECT_EQ(database_->versions.at("video"), 1U);
  EXPECT_THAT(Rows(*database_->tables.at("video"), {"id"}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(writer->Put("video", Video("e")), FailsWith(ErrorCode::kInvalidInput, "closed"));
  EXPECT_THAT(Get(writer->Close()).size(), 2U);
}

TEST_F(BufferedMetadataWriterTest, WritesByRowsByTimeAndWhenAsked) {
  auto by_rows = Writer({.flush_batch_size = 2, .flush_interval = 1h});
  ASSERT_THAT(by_rows->Put("video", Video("a")), IsOk());
  EXPECT_TRUE(by_rows->num_written().empty());
  ASSERT_THAT(by_rows->Put("video", Video("b")), IsOk());
  while (by_rows->num_written().empty()) std::this_thread::yield();
  EXPECT_THAT(by_rows->num_written(), ElementsAre(Pair(FeatureKey("video"), 2)));
  ASSERT_THAT(by_rows->Put("video", Video("c")), IsOk());
  ASSERT_THAT(by_rows->Flush(), IsOk());
  EXPECT_THAT(by_rows->num_written(), ElementsAre(Pair(FeatureKey("video"), 3)));
  ASSERT_THAT(by_rows->Flush(), IsOk());  // nothing to do

  auto by_time = Writer({.flush_interval = 1ms});
  ASSERT_THAT(by_time->Put("video", Video("d")), IsOk());
  while (by_time->num_written().empty()) std::this_thread::yield();
  EXPECT_THAT(Rows(*database_->tables.at("video"), {"id"}), ElementsAre("a", "b", "c", "d"));
}

// Both rows are in one commit, and would have the same timestamp in an ordinary write: then the
// first would count.
TEST_F(BufferedMetadataWriterTest, TheLaterPutOfASampleCounts) {
  auto writer = Writer({.flush_interval = 1h});
  for (const char* size : {"1", "2", "3"})
    ASSERT_THAT(writer->Put("video", Video("a", size)), IsOk());
  ASSERT_THAT(writer->Flush(), IsOk());
  EXPECT_EQ(database_->versions.at("video"), 1U);
  EXPECT_THAT(ReadRows(*store_, "video", {"size"}), ElementsAre("3"));
}

TEST_F(BufferedMetadataWriterTest, RowsOfOtherColumnsGoTogether) {
  auto writer = Writer({.flush_interval = 1h});
  ASSERT_THAT(writer->Put("video", Video("a")), IsOk());
  ASSERT_THAT(
      writer->Put("video",
                  TableFromJson({{"id", arrow::utf8()},
                                 {"title", arrow::utf8()},
                                 {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                R"([{"id": "b", "title": "t", "metaxy_provenance_by_field":
                                             {"audio": "1", "frames": "2"}}])")),
      IsOk());
  ASSERT_THAT(writer->Put("video", Video("c")), IsOk());
  EXPECT_THAT(Get(writer->Close()), ElementsAre(Pair(FeatureKey("video"), 3)));
  EXPECT_THAT(ReadRows(*store_, "video", {"id", "title"}), ElementsAre("a|null", "b|t", "c|null"));
}

TEST_F(BufferedMetadataWriterTest, RowsOfOtherCategoriesAreAllWritten) {
  auto writer = Writer({.flush_interval = 1h});
  for (const std::string id : {"a", "b"}) {
    const auto rows = Video(id);
    const auto kind = internal::EnumField("kind", {id});
    const auto values =
        Get(internal::CastColumn(rows->GetColumnByName("id")->chunk(0), *kind, "kind"));
    ASSERT_THAT(writer->Put("video", Get(rows->AddColumn(
                                         0, kind, std::make_shared<arrow::ChunkedArray>(values)))),
                IsOk());
  }
  EXPECT_THAT(Get(writer->Close()), ElementsAre(Pair(FeatureKey("video"), 2)));
  EXPECT_EQ(ReadRows(*store_, "video", {"id"}).size(), 2U);
}

TEST_F(BufferedMetadataWriterTest, KeepsWhatCouldNotBeWrittenAndSaysWhy) {
  auto writer = Writer({.flush_interval = 1h});
  ASSERT_THAT(
      writer->Put({{"video", TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "x"}])")},
                   {"transcript", TableFromJson({{"id", arrow::utf8()},
                                                 {"metaxy_provenance_by_field", ByField({"text"})}},
                                                R"([{"id": "a",
                                "metaxy_provenance_by_field": {"text": "1"}}])")}}),
      IsOk());
  EXPECT_THAT(writer->Flush(), FailsWith(ErrorCode::kMetadataSchema, "feature 'video'"));
  EXPECT_TRUE(writer->has_error());
  EXPECT_THAT(writer->num_written(), ElementsAre(Pair(FeatureKey("transcript"), 1)));
  EXPECT_THAT(writer->Put("video", Video("a")),
              FailsWith(ErrorCode::kMetadataSchema, "an earlier write failed"));
  EXPECT_THAT(writer->Close().status(), FailsWith(ErrorCode::kMetadataSchema, "feature 'video'"));
  const FeatureTables left = writer->Unwritten();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].first, FeatureKey("video"));
  EXPECT_EQ(left[0].second->num_rows(), 1);
}

TEST_F(BufferedMetadataWriterTest, WorksAgainOnceTheRestIsWritten) {
  auto writer = Writer({.flush_interval = 1h});
  database_->failures.push_back({MakeError(ErrorCode::kIo, "the disk is full")});
  ASSERT_THAT(writer->Put("video", Video("a")), IsOk());
  EXPECT_THAT(writer->Flush(), FailsWith(ErrorCode::kIo, "the disk is full"));
  ASSERT_THAT(writer->Flush(), IsOk());
  ASSERT_THAT(writer->Put("video", Video("b")), IsOk());
  EXPECT_THAT(Get(writer->Close()), ElementsAre(Pair(FeatureKey("video"), 2)));
  EXPECT_THAT(Rows(*database_->tables.at("video"), {"id"}), ElementsAre("a", "b"));
}

TEST_F(BufferedMetadataWriterTest, ManyThreadsPutIntoAShortQueue) {
  constexpr int kThreads = 4;
  constexpr int kPuts = 25;
  auto writer = Writer({.flush_batch_size = 7, .flush_interval = 1ms, .max_queue_size = 3});
  std::vector<std::thread> threads;
  std::vector<arrow::Status> outcomes(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < kPuts && outcomes[static_cast<size_t>(i)].ok(); ++j) {
        outcomes[static_cast<size_t>(i)] =
            writer->Put("video", Video(std::to_string(i * kPuts + j)));
        if (j % 10 == 9 && outcomes[static_cast<size_t>(i)].ok())
          outcomes[static_cast<size_t>(i)] = writer->Flush();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& outcome : outcomes) EXPECT_THAT(outcome, IsOk());
  EXPECT_THAT(Get(writer->Close()), ElementsAre(Pair(FeatureKey("video"), kThreads * kPuts)));
  EXPECT_EQ(ReadRows(*store_, "video", {"id"}).size(), size_t{kThreads * kPuts});
}

TEST_F(BufferedMetadataWriterTest, NeedsAStoreThatIsOpenForWriting) {
  auto store = MemoryMetadataStore::Make(database_,
                                         {.graph = VideoGraph(), .project = "test", .name = "dev"});
  EXPECT_THAT(BufferedMetadataWriter::Make(store).status(),
              FailsWith(ErrorCode::kStoreNotOpen, "'dev'"));
  EXPECT_THAT(BufferedMetadataWriter::Make(nullptr).status(),
              FailsWith(ErrorCode::kInvalidInput, "needs a store"));
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  EXPECT_THAT(BufferedMetadataWriter::Make(store, {.flush_batch_size = 0}).status(),
              FailsWith(ErrorCode::kInvalidInput, "flush_batch_size is 0"));
}

}  // namespace
}  // namespace metaxy::testing
