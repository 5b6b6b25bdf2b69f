// No exception leaves the library: exceptions of the user's callbacks and readers end the operation
// with a status, or are ignored if nothing depends on them.
#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "base/contained.h"
#include "metaxy/buffered_metadata_writer.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

enum class Thrown { kException, kLines, kMemory, kNumber };

[[noreturn]] void Throw(Thrown what) {
  if (what == Thrown::kException) throw std::runtime_error("boom");
  if (what == Thrown::kLines) throw std::runtime_error("boom\nand more");
  if (what == Thrown::kMemory) throw std::bad_alloc();
  throw 42;
}

// Returns one batch, then throws; or throws immediately, or when its schema is requested.
class ThrowingReader final : public arrow::RecordBatchReader {
 public:
  enum class When { kSchema, kFirst, kSecond };

  ThrowingReader(std::shared_ptr<arrow::Table> rows, When when, Thrown what)
      : rows_(std::move(rows)), when_(when), what_(what) {}

  std::shared_ptr<arrow::Schema> schema() const override {
    if (when_ == When::kSchema) Throw(what_);
    return rows_->schema();
  }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (when_ == When::kFirst || given_) Throw(what_);
    given_ = true;
    return rows_->CombineChunksToBatch().Value(batch);
  }

 private:
  std::shared_ptr<arrow::Table> rows_;
  When when_;
  Thrown what_;
  bool given_ = false;
};

struct ThrowCase {
  Thrown what;
  ErrorCode code;
  const char* words;
};

constexpr ThrowCase kThrown[] = {
    {Thrown::kException, ErrorCode::kInvalidInput, "threw an exception: boom"},
    {Thrown::kLines, ErrorCode::kInvalidInput, "threw an exception: boom and more"},
    {Thrown::kMemory, ErrorCode::kResourceExhausted, "ran out of memory"},
    {Thrown::kNumber, ErrorCode::kInvalidInput, "threw an object that is not a std::exception"},
};

class ExceptionsTest : public StoreTest {};

TEST_F(ExceptionsTest, OfAReaderBecomeTheStatusOfTheWrite) {
  const auto store = OpenStore(VideoGraph());
  using When = ThrowingReader::When;
  for (const bool exists : {false, true}) {
    for (const ThrowCase& thrown : kThrown) {
      for (const When when : {When::kSchema, When::kFirst, When::kSecond}) {
        const auto reader = std::make_shared<ThrowingReader>(TwoVideos(), when, thrown.what);
        EXPECT_THAT(store->Write("video", reader), FailsWith(thrown.code, thrown.words));
        EXPECT_EQ(database_->tables.size(), exists ? 1U : 0U);
      }
    }
    if (!exists) {
      ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    }
  }
  EXPECT_EQ(Get(store->CountRows("video", {.with_sample_history = true})), 2);
}

TEST_F(ExceptionsTest, OfProgressBecomeTheStatusOfTheOperation) {
  const auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  for (const ThrowCase& thrown : kThrown) {
    for (int when = 0; when < 3; ++when) {
      std::atomic<int> calls{0};
      const ExecutionOptions execution{.on_progress = [&](const ExecutionProgress&) {
        if (calls++ == when) Throw(thrown.what);
      }};
      const arrow::Status resolved =
          store->ResolveUpdate("video/crop", {.execution = execution}).status();
      if (calls > when) {
        EXPECT_THAT(resolved, FailsWith(thrown.code, thrown.words));
        EXPECT_THAT(resolved, FailsWith(thrown.code, "on_progress"));
      }
      EXPECT_GT(calls, 0);
    }
  }
  EXPECT_EQ(Counts(*store, "video/crop").new_samples, 2);
}

TEST_F(ExceptionsTest, OfALogAreDropped) {
  int calls = 0;
  const auto store = MemoryMetadataStore::Make(
      database_, {.graph = VideoGraph(), .project = "test", .on_log = [&](const LogRecord&) {
                    ++calls;
                    throw std::runtime_error("boom");
                  }});
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "a writer was first")});
  EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_GT(calls, 0);
}

// The writer's thread survives, and what could not be written is kept.
TEST_F(ExceptionsTest, OnTheThreadOfAWriterAreItsFailure) {
  const auto store = OpenStore(VideoGraph());
  const auto writer = Get(BufferedMetadataWriter::Make(store));
  database_->before_change = [] { throw std::bad_alloc(); };
  ASSERT_THAT(writer->Put("video", TwoVideos()), IsOk());
  EXPECT_THAT(writer->Flush(), FailsWith(ErrorCode::kResourceExhausted, "not enough memory"));
  ASSERT_EQ(writer->Unwritten().size(), 1U);
  EXPECT_THAT(writer->Flush(), IsOk());
  EXPECT_EQ(Get(writer->Close()).front().second, 2);
}

TEST_F(ExceptionsTest, OfTheDatabaseBecomeStatuses) {
  const auto store = OpenStore(VideoGraph());
  database_->before_change = [] { throw std::runtime_error("a defect"); };
  EXPECT_THAT(store->Write("video", TwoVideos()), FailsWith(ErrorCode::kInternal, "a defect"));
  database_->before_change = [] { throw 42; };
  EXPECT_THAT(store->Write("video", TwoVideos()), FailsWith(ErrorCode::kInternal, "was thrown"));
  EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
}

TEST_F(ExceptionsTest, OfReadersThatAreGivenOutBecomeStatuses) {
  for (const ThrowCase& thrown : kThrown) {
    const auto rows = internal::ReaderForUser(
        std::make_shared<ThrowingReader>(TwoVideos(), ThrowingReader::When::kFirst, thrown.what));
    std::shared_ptr<arrow::RecordBatch> batch;
    EXPECT_FALSE(rows->ReadNext(&batch).ok());
  }
}

// A reader that does not follow its own schema.
TEST_F(ExceptionsTest, BatchesWithOtherColumnsAreRefused) {
  class Liar final : public arrow::RecordBatchReader {
   public:
    std::shared_ptr<arrow::Schema> schema() const override { return TwoVideos()->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
      return (*TwoVideos()->SelectColumns({0}))->CombineChunksToBatch().Value(batch);
    }
  };
  const auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->Write("video", std::make_shared<Liar>()),
              FailsWith(ErrorCode::kInvalidInput, "whose schema differs from the declared one"));
  EXPECT_TRUE(database_->tables.empty());
}

}  // namespace
}  // namespace metaxy::testing
