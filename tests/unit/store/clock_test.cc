// Rows count in the order in which they were written, whatever the clocks of the writers say.
#include "store/clock.h"

#include <arrow/scalar.h>

#include <algorithm>

#include "metaxy/buffered_metadata_writer.h"
#include "metaxy/errors.h"
#include "store_fixture.h"
#include "support/records.h"

namespace metaxy::testing {
namespace {

using internal::PretendedClock;
using std::chrono::days;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr days kYear{365};

class ClockTest : public StoreTest {
 protected:
  static std::shared_ptr<arrow::Table> Video(const std::string& id, int size) {
    return Videos(R"([{"id": ")" + id + R"(", "size": )" + std::to_string(size) +
                  R"(, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  }

  std::shared_ptr<MemoryMetadataStore> Open(std::shared_ptr<FeatureGraph> graph = VideoGraph()) {
    MetadataStoreOptions options{.graph = std::move(graph), .project = "test", .name = "dev"};
    options.on_log = records_.function();
    auto store = MemoryMetadataStore::Make(database_, std::move(options));
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  // Rows of a machine whose clock is ahead, as the package writes them: no note is left.
  void WriteAhead(std::chrono::microseconds ahead, const std::string& id, int size) {
    const PretendedClock clock(ahead);
    ASSERT_THAT(Open()->Write("video", Video(id, size)), IsOk());
  }

  // The times of all rows, in the order of the table.
  std::vector<int64_t> Times(const std::string& column = "metaxy_updated_at") const {
    std::vector<int64_t> times;
    for (const auto& chunk : database_->tables.at("video")->GetColumnByName(column)->chunks()) {
      for (int64_t i = 0; i < chunk->length(); ++i) {
        times.push_back(static_cast<const arrow::TimestampScalar&>(**chunk->GetScalar(i)).value);
      }
    }
    return times;
  }

  std::vector<LogRecord> notes() const { return records_.Of(LogSubject::kClock); }

  Records records_;
};

TEST_F(ClockTest, AnUpdateIsLaterThanTheRowsItReplaces) {
  WriteAhead(days(5), "a", 1);
  auto store = Open();
  ASSERT_THAT(store->Write("video", Video("a", 2)), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("2"));
  EXPECT_EQ(Times()[1], Times()[0] + 1);
  EXPECT_EQ(Times("metaxy_created_at")[1], Times()[1]);
  ASSERT_THAT(notes(), SizeIs(1));
  EXPECT_EQ(notes()[0].severity, LogSeverity::kWarning);
  EXPECT_THAT(notes()[0].message, HasSubstr("this machine's clock says"));
  EXPECT_EQ(TextIn(notes()[0], "table"), "video");
  EXPECT_NEAR(static_cast<double>(NumberIn(notes()[0], "seconds")), 5 * 86400.0, 60);
}

TEST_F(ClockTest, AYearAheadIsNoExcuse) {
  WriteAhead(kYear, "a", 1);
  auto store = Open();
  for (int size = 2; size < 5; ++size) {
    ASSERT_THAT(store->Write("video", Video("a", size)), IsOk());
    EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre(std::to_string(size)));
  }
}

TEST_F(ClockTest, ASoftDeleteIsLaterThanTheRowsItDeletes) {
  WriteAhead(days(5), "a", 1);
  auto store = Open();
  ASSERT_THAT(store->Delete("video", {}), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), IsEmpty());
  // And what is written again is later than the deletion.
  ASSERT_THAT(store->Write("video", Video("a", 3)), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("3"));
  // That a deletion is dated by the store is not the caller's doing.
  for (const LogRecord& note : notes()) EXPECT_THAT(note.message, HasSubstr("clock says"));
}

TEST_F(ClockTest, PutsOfABufferStayInTheirOrder) {
  WriteAhead(days(5), "a", 1);
  auto store = Open();
  const auto writer = Get(BufferedMetadataWriter::Make(store, {}));
  for (int size = 2; size < 5; ++size) ASSERT_THAT(writer->Put("video", Video("a", size)), IsOk());
  ASSERT_THAT(writer->Close(), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("4"));
  const std::vector<int64_t> times = Times();
  ASSERT_THAT(times, SizeIs(4));
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::adjacent_find(times.begin(), times.end()), times.end());
}

TEST_F(ClockTest, RebasedRowsAreLaterThanTheirOrigin) {
  {
    const PretendedClock clock{days(5)};
    auto store = Open(VideoGraph("1"));
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
  }
  auto store = Open(VideoGraph("2"));
  const std::string from = Get(VideoGraph("1")->GetFeatureVersion("video/crop"));
  ASSERT_EQ(Get(store->RebaseVersion("video/crop", from)), 2);
  const std::string to = Get(store->graph()->GetFeatureVersion("video/crop"));
  EXPECT_THAT(
      ReadRows(*store, "video/crop", {"metaxy_feature_version"}, {.with_feature_history = true}),
      ElementsAre(to, to));
}

TEST_F(ClockTest, ManyFeaturesAtOnceAndCopiesAreLater) {
  WriteAhead(days(5), "a", 1);
  auto store = Open();
  ASSERT_THAT(store->WriteMulti({{"video", Video("a", 2)}}), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("2"));
  auto other = std::make_shared<MemoryDatabase>();
  auto from =
      MemoryMetadataStore::Make(other, {.graph = VideoGraph(), .project = "test", .name = "other"});
  ASSERT_THAT(from->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(from->Write("video", Video("a", 3)), IsOk());
  ASSERT_THAT(store->CopyMetadata(*from), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("3"));
}

TEST_F(ClockTest, RowsOfOneStoreNeverHaveOneTime) {
  auto store = Open();
  // A clock that goes backwards, as one that is set does.
  for (int i = 0; i < 20; ++i) {
    const PretendedClock clock{-seconds(i)};
    ASSERT_THAT(store->Write("video", Video("a", i)), IsOk());
  }
  const std::vector<int64_t> times = Times();
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::adjacent_find(times.begin(), times.end()), times.end());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("19"));
  EXPECT_THAT(notes(), IsEmpty());  // Clocks differ by as much.
}

TEST_F(ClockTest, AWriterThatWasFasterIsFollowed) {
  auto store = Open();
  ASSERT_THAT(store->Write("video", Video("b", 1)), IsOk());
  database_->before_change = [this] {
    WriteAhead(days(5), "a", 1);
    database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "others", true), false});
  };
  ASSERT_THAT(store->Write("video", Video("a", 2)), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size"}), ElementsAre("a|2", "b|1"));
}

TEST_F(ClockTest, ADeletionThatTheCallerDatesIsKeptAndNamedIfItWillNotCount) {
  auto store = Open();
  ASSERT_THAT(store->Write("video", Video("a", 1)), IsOk());
  const auto rows =
      TableFromJson({{"id", arrow::utf8()},
                     {"size", arrow::int64()},
                     {"metaxy_provenance_by_field", ByField({"audio", "frames"})},
                     {"metaxy_deleted_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")}},
                    R"([
      {"id": "a", "size": 2, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"},
       "metaxy_deleted_at": "2020-01-01 00:00:00"}])");
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"size"}), ElementsAre("1"));
  ASSERT_THAT(notes(), SizeIs(1));
  EXPECT_THAT(notes()[0].message, HasSubstr("given as deleted at 2020-01-01 00:00:00 UTC"));
}

TEST_F(ClockTest, APushIsLaterThanTheOneBefore) {
  {
    const PretendedClock clock{days(5)};
    ASSERT_THAT(Open(VideoGraph("1"))->definitions().PushGraphSnapshot("test"), IsOk());
  }
  auto store = Open(VideoGraph("2"));
  ASSERT_THAT(store->definitions().PushGraphSnapshot("test"), IsOk());
  EXPECT_TRUE(Get(store->definitions().PushGraphSnapshot("test")).already_pushed);
}

TEST_F(ClockTest, TimesAreNamedAsPeopleReadThem) {
  EXPECT_EQ(internal::MicrosText(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(internal::MicrosText(1'764'511'323'000'001), "2025-11-30 14:02:03 UTC");
}

}  // namespace
}  // namespace metaxy::testing
