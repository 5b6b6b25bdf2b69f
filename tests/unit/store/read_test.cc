// Which rows a read returns.
#include "metaxy/filter.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class ReadTest : public StoreTest {
 protected:
  // Sample a is written twice and b once; d is marked as deleted.
  std::shared_ptr<MemoryMetadataStore> StoreWithHistory() {
    auto store = OpenStore(VideoGraph());
    EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
    EXPECT_THAT(store->Write("video", Videos(R"([{"id": "a", "size": 10,
        "metaxy_provenance_by_field": {"audio": "new", "frames": "f1"}}])")),
                IsOk());
    const auto deleted = TableFromJson(
        {{"id", arrow::utf8()},
         {"size", arrow::int64()},
         {"metaxy_provenance_by_field", ByField({"audio", "frames"})},
         {"metaxy_deleted_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")}},
        R"([{"id": "d", "size": 4, "metaxy_provenance_by_field": {"audio": "1", "frames": "1"},
                                           "metaxy_deleted_at": 4102444800000000}])");
    EXPECT_THAT(store->Write("video", deleted), IsOk());
    return store;
  }
};

TEST_F(ReadTest, OptionsChooseTheRows) {
  auto store = StoreWithHistory();
  const auto filter = [](const char* text) { return Get(ParseFilter(text)); };
  struct Case {
    const char* what;
    ReadOptions options;
    std::vector<std::string> rows;
  };
  const std::vector<Case> cases = {
      {"latest row of each sample, without deleted ones", {}, {"a|10", "b|2"}},
      {"deleted ones, too", {.include_soft_deleted = true}, {"a|10", "b|2", "d|4"}},
      {"older rows, too", {.with_sample_history = true}, {"a|1", "a|10", "b|2"}},
      {"all there is",
       {.with_feature_history = true, .with_sample_history = true, .include_soft_deleted = true},
       {"a|1", "a|10", "b|2", "d|4"}},
      {"a version that was never written",
       {.feature_version = "none", .with_feature_history = true},
       {}},
      {"a filter sees latest rows only", {.filters = {filter("size = 1")}}, {}},
      {"a filter on ids", {.filters = {filter("id = 'a'")}}, {"a|10"}},
      {"all filters must hold", {.filters = {filter("size > 1"), filter("size < 10")}}, {"b|2"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}, c.options), c.rows);
    EXPECT_EQ(Get(store->CountRows("video", c.options)), static_cast<int64_t>(c.rows.size()));
  }
}

TEST_F(ReadTest, ColumnsAreExactlyThoseAskedFor) {
  auto store = StoreWithHistory();
  const auto table = Get(Get(store->Read("video", {.columns = {"size", "id"}}))->ToTable());
  EXPECT_THAT(table->schema()->field_names(), ElementsAre("size", "id"));
  EXPECT_THAT(store->Read("video", {.columns = {"siz"}}),
              FailsWith(ErrorCode::kMetadataSchema, "'siz'"));
  EXPECT_THAT(store->Read("video", {.columns = {"id", "id"}}),
              FailsWith(ErrorCode::kInvalidInput, "twice"));
}

TEST_F(ReadTest, BatchSizeDoesNotChangeTheRows) {
  auto store = StoreWithHistory();
  for (int64_t batch_size : {1, 2, 1000}) {
    ReadOptions options;
    options.execution.batch_size = batch_size;
    EXPECT_THAT(ReadRows(*store, "video", {"id", "size"}, options), ElementsAre("a|10", "b|2"))
        << batch_size;
  }
}

TEST_F(ReadTest, RefusesInvalidOptions) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->Read("video"), FailsWith(ErrorCode::kFeatureNotFound, "'video'"));
  EXPECT_THAT(store->Read("video", {.feature_version = "x"}),
              FailsWith(ErrorCode::kInvalidInput, "with_feature_history"));
  EXPECT_THAT(store->Read("nothing"), FailsWith(ErrorCode::kFeatureNotInGraph, "nothing"));
}

}  // namespace
}  // namespace metaxy::testing
