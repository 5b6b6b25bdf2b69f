// Ids of writes that the caller gives, and rows of system tables.
#include "backends.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

class WriteIdTest : public BackendTest {
 protected:
  void SetUp() override { Fresh(); }
};

INSTANTIATE_TEST_SUITE_P(On, WriteIdTest, ::testing::ValuesIn(Backends()), BackendName);

TEST_P(WriteIdTest, TellsWhetherAWriteWasMade) {
  auto store = Open(VideoGraph());
  EXPECT_EQ(Get(store->administration().FindWrite("video", "run-1")), std::nullopt);
  const WriteResult first =
      Get(arrow::Result<WriteResult>(store->Write("video", TwoVideos(), {.write_id = "run-1"})));
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const WriteResult third =
      Get(arrow::Result<WriteResult>(store->Write("video", TwoVideos(), {.write_id = "run-3"})));
  ASSERT_TRUE(first.version && third.version);
  // Another process asks.
  auto other = Open(VideoGraph());
  EXPECT_THAT(Get(other->administration().FindWrite("video", "run-1")), Optional(*first.version));
  EXPECT_THAT(Get(other->administration().FindWrite("video", "run-3")), Optional(*third.version));
  EXPECT_EQ(Get(other->administration().FindWrite("video", "run-2")), std::nullopt);
  EXPECT_EQ(Get(other->administration().FindWrite("video", "run-1", *first.version)), std::nullopt);
  EXPECT_EQ(Get(other->administration().FindWrite("video/crop", "run-1")), std::nullopt);
}

TEST_P(WriteIdTest, HasARange) {
  auto store = Open(VideoGraph());
  for (const auto& [id, words] : {std::pair{std::string(), "write_id has 0 bytes; use 1 to 256"},
                                  {std::string(257, 'x'), "write_id has 257 bytes"},
                                  {std::string("\xff"), "write_id is not valid UTF-8"}}) {
    EXPECT_THAT(store->Write("video", TwoVideos(), {.write_id = id}),
                FailsWith(ErrorCode::kInvalidInput, words));
  }
  EXPECT_THAT(store->administration().FindWrite("video", ""),
              FailsWith(ErrorCode::kInvalidInput, "write_id is empty"));
  EXPECT_FALSE(Get(store->HasFeature("video")));
}

class SystemRowsTest : public WriteIdTest {
 protected:
  static std::shared_ptr<arrow::RecordBatchReader> Rows(const std::string& json) {
    return std::make_shared<arrow::TableBatchReader>(
        TableFromJson({{"project", arrow::utf8()}, {"size", arrow::int64()}}, json));
  }
};

INSTANTIATE_TEST_SUITE_P(On, SystemRowsTest, ::testing::ValuesIn(Backends()), BackendName);

TEST_P(SystemRowsTest, AreAppendedAndReadAsTheyAre) {
  auto store = Open(VideoGraph());
  auto tables = store->administration();
  const WriteResult written = Get(arrow::Result<WriteResult>(
      tables.AppendSystemRows("metaxy-system/notes", Rows(R"([{"project": "a", "size": 1}])"))));
  EXPECT_EQ(written.rows, 1);
  ASSERT_THAT(tables.AppendSystemRows("metaxy-system/notes",
                                      Rows(R"([{"project": "a", "size": 1}, {"project": "b"}])")),
              IsOk());
  EXPECT_THAT(ReadRows(*store, "metaxy-system/notes", {"project", "size"}),
              ElementsAre("a|1", "a|1", "b|null"));
  EXPECT_THAT(tables.AppendSystemRows("video", Rows("[]")),
              FailsWith(ErrorCode::kInvalidInput, "'video' is not a system table"));
  EXPECT_THAT(tables.AppendSystemRows("metaxy-system/notes", nullptr),
              FailsWith(ErrorCode::kInvalidInput, ""));
}

}  // namespace
}  // namespace metaxy::testing
