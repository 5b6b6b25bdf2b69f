// Tables with `*_by_field` as maps, as structs, and conversion between them.
#include <arrow/array.h>

#include <mutex>

#include "backends.h"
#include "columns/entry_list.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class MapLayoutTest : public BackendTest {
 protected:
  static arrow::Type::type LayoutOf(MetadataStore& store, const FeatureKey& feature) {
    const auto provenance = TypeOf(store, feature, "metaxy_provenance_by_field")->id();
    EXPECT_EQ(TypeOf(store, feature, "metaxy_data_version_by_field")->id(), provenance);
    return provenance;
  }

  static std::shared_ptr<arrow::Table> Changed() {
    return Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "new"}},
      {"id": "c", "size": 3, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])");
  }
};

INSTANTIATE_TEST_SUITE_P(On, MapLayoutTest, ::testing::ValuesIn(Backends()), BackendName);

// Whatever the layouts of the parents and the feature itself, the results are the same.
TEST_P(MapLayoutTest, AllVerbsGiveTheSameForAllLayouts) {
  std::vector<std::vector<std::string>> hashes;
  for (int layouts = 0; layouts < 8; ++layouts) {
    SCOPED_TRACE(layouts);
    Fresh();
    auto video = Open(VideoGraph(), (layouts & 1) != 0);
    auto crop = Open(VideoGraph(), (layouts & 2) != 0);
    auto transcript = Open(VideoGraph(), (layouts & 4) != 0);
    ASSERT_THAT(video->Write("video", TwoVideos()), IsOk());
    Update(*crop, "video/crop");
    Update(*transcript, "transcript");
    EXPECT_EQ(LayoutOf(*video, "video"), layouts & 1 ? arrow::Type::MAP : arrow::Type::STRUCT);
    EXPECT_EQ(LayoutOf(*video, "video/crop"), layouts & 2 ? arrow::Type::MAP : arrow::Type::STRUCT);
    EXPECT_TRUE(Counts(*video, "video/crop").empty());
    EXPECT_TRUE(Counts(*crop, "transcript").empty());
    EXPECT_EQ(Counts(*crop, "video", {.samples = Changed()}),
              (IncrementCounts{.new_samples = 1, .stale = 1, .orphaned = 1}));
    // Writers of the other layout follow the table.
    ASSERT_THAT(transcript->Write("video", Changed()), IsOk());
    EXPECT_EQ(Counts(*video, "video/crop"), (IncrementCounts{.new_samples = 1, .stale = 1}));
    Update(*transcript, "video/crop");
    EXPECT_EQ(Counts(*video, "transcript"), (IncrementCounts{.new_samples = 1, .stale = 0}));
    ASSERT_THAT(crop->Delete("video/crop", {Get(ParseFilter("id = 'b'"))}), IsOk());
    EXPECT_EQ(Counts(*video, "transcript"),
              (IncrementCounts{.new_samples = 1, .stale = 0, .orphaned = 1}));
    EXPECT_EQ(LayoutOf(*video, "video"), layouts & 1 ? arrow::Type::MAP : arrow::Type::STRUCT);
    hashes.push_back(
        ReadRows(*video, "video/crop", {"id", "metaxy_provenance", "metaxy_data_version"}));
    EXPECT_EQ(hashes.back(), hashes.front());
  }
}

TEST_P(MapLayoutTest, RowsMayComeAsMaps) {
  const auto by_field = arrow::map(arrow::utf8(), arrow::utf8());
  const auto rows = TableFromJson(
      {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", by_field}},
      R"([{"id": "a", "metaxy_provenance_by_field": [["audio", "1"], ["frames", "2"]]},
          {"id": "b", "metaxy_provenance_by_field": [["frames", "4"], ["audio", "3"], ["more", "5"]]}])");
  for (bool as_map : {false, true}) {
    Fresh();
    auto store = Open(VideoGraph(), as_map);
    ASSERT_THAT(store->Write("video", rows), IsOk());
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    EXPECT_EQ(LayoutOf(*store, "video"), as_map ? arrow::Type::MAP : arrow::Type::STRUCT);
    if (as_map) continue;
    EXPECT_THAT(
        Rows(*Everything(*store, "video"), {"id", "metaxy_provenance_by_field"}),
        ElementsAre("a|{audio:1, frames:2, more:null}", "a|{audio:a1, frames:f1, more:null}",
                    "b|{audio:3, frames:4, more:5}", "b|{audio:a2, frames:f2, more:null}"));
  }
}

// What other programs have written as lists of entries, and rows in that form from Polars.
TEST_P(MapLayoutTest, ListsOfEntriesAreMaps) {
  const auto entries = arrow::list(
      arrow::struct_({arrow::field("key", arrow::utf8()), arrow::field("value", arrow::utf8())}));
  const auto rows =
      TableFromJson({{"id", arrow::utf8()}, {"metaxy_provenance_by_field", entries}},
                    R"([{"id": "a", "metaxy_provenance_by_field": [{"key": "audio", "value": "a1"},
                                                     {"key": "frames", "value": "f1"}]}])");
  for (bool as_map : {false, true}) {
    Fresh();
    auto store = Open(VideoGraph(), as_map);
    ASSERT_THAT(store->Write("video", rows), IsOk());
    ASSERT_THAT(store->Write("video", rows), IsOk());
    EXPECT_EQ(LayoutOf(*store, "video"), as_map ? arrow::Type::MAP : arrow::Type::STRUCT);
    EXPECT_TRUE(Counts(*store, "video", {.samples = rows}).empty());
  }
  if (GetParam() != Backend::kMemory) return;  // LanceDB is given such a table by test_maps.py.
  auto store = Open(VideoGraph(), /*as_map=*/true);
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto before = ReadRows(*store, "video", {"id", "metaxy_provenance"});
  {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    std::shared_ptr<arrow::Table>& table = database_->tables["video"];
    for (const char* name : {"metaxy_provenance_by_field", "metaxy_data_version_by_field"}) {
      const int i = table->schema()->GetFieldIndex(name);
      arrow::ArrayVector chunks;
      for (const auto& chunk : table->column(i)->chunks()) {
        chunks.push_back(Get(internal::MapAsEntries(static_cast<const arrow::MapArray&>(*chunk))));
      }
      table = Get(table->SetColumn(i, arrow::field(name, chunks[0]->type()),
                                   std::make_shared<arrow::ChunkedArray>(chunks)));
    }
  }
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::LARGE_LIST);
  EXPECT_EQ(ReadRows(*store, "video", {"id", "metaxy_provenance"}), before);
  EXPECT_TRUE(Counts(*store, "video", {.samples = TwoVideos()}).empty());
  Update(*store, "video/crop");
  EXPECT_TRUE(Counts(*store, "video/crop").empty());
  // Writers follow the table, whatever form their rows have.
  ASSERT_THAT(store->Write("video", Changed()), IsOk());
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::LARGE_LIST);
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{.new_samples = 1, .stale = 0}));
  EXPECT_TRUE(
      Get(store->administration().MigrateByFieldLayout("video", ByFieldLayout::kMap)).changed);
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::MAP);
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{.new_samples = 1, .stale = 0}));
}

TEST_P(MapLayoutTest, MigratesThereAndBack) {
  auto store = Open(VideoGraph(), false);
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  const auto before = Everything(*store, "video")->schema();
  EXPECT_FALSE(
      Get(store->administration().MigrateByFieldLayout("video", ByFieldLayout::kStruct)).changed);
  const MigrationResult planned = Get(store->administration().MigrateByFieldLayout(
      "video", ByFieldLayout::kMap, {.dry_run = true}));
  EXPECT_TRUE(planned.changed);
  EXPECT_EQ(planned.rows, 2);
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::STRUCT);

  // Another writer appends at the same time: none of its rows are lost.
  const auto append = [&] {
    ASSERT_THAT(Open(VideoGraph(), false)->Write("video", Changed()), IsOk());
  };
  if (GetParam() == Backend::kMemory) {
    database_->before_change = append;
  } else {
    append();
  }
  EXPECT_TRUE(
      Get(store->administration().MigrateByFieldLayout("video", ByFieldLayout::kMap)).changed);
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::MAP);
  EXPECT_EQ(Everything(*store, "video")->num_rows(), 4);
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{.new_samples = 1, .stale = 1}));
  EXPECT_TRUE(
      Get(store->administration().MigrateByFieldLayout("video", ByFieldLayout::kStruct)).changed);
  EXPECT_EQ(LayoutOf(*store, "video"), arrow::Type::STRUCT);
  EXPECT_TRUE(Everything(*store, "video")->schema()->Equals(*before));
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{.new_samples = 1, .stale = 1}));
  EXPECT_THAT(
      store->administration().MigrateByFieldLayout("transcript", ByFieldLayout::kMap).status(),
      FailsWith(ErrorCode::kFeatureNotFound, "'transcript'"));
}

// Keys that are others in each row are values: a struct with a member for each would take keys
// times rows.
TEST_P(MapLayoutTest, MapsWithTooManyKeysAreNotStructs) {
  auto store = Open(VideoGraph(), /*as_map=*/false);
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto rows_with = [](int count) {
    std::string json;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      json +=
          (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + number +
          R"(", "size": 1, "metaxy_provenance_by_field": [["audio", "a"], ["frames", "f"], ["k)" +
          number + R"(", "v"]]})";
    }
    return TableFromJson({{"id", arrow::utf8()},
                          {"size", arrow::int64()},
                          {"metaxy_provenance_by_field", arrow::map(arrow::utf8(), arrow::utf8())}},
                         "[" + json + "]");
  };
  ASSERT_THAT(store->Write("video", rows_with(3)), IsOk());
  const auto type = TypeOf(*store, "video", "metaxy_provenance_by_field");
  EXPECT_EQ(type->num_fields(), 5);
  EXPECT_THAT(
      store->Write("video", rows_with(2500)),
      FailsWith(ErrorCode::kMetadataSchema, "more than 2000; write structs, or store maps"));
  EXPECT_TRUE(TypeOf(*store, "video", "metaxy_provenance_by_field")->Equals(*type));
}

}  // namespace
}  // namespace metaxy::testing
