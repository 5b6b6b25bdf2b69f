// What a write adds to rows, and what it refuses.
#include <arrow/array/util.h>
#include <arrow/chunked_array.h>

#include "metaxy/system_columns.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class WriteTest : public StoreTest {};

TEST_F(WriteTest, AddsSystemColumnsAsTheReferenceDoes) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos(), {.materialization_id = "run-1"}), IsOk());
  const auto& table = *database_->tables.at("video");
  EXPECT_THAT(table.schema()->field_names(),
              ElementsAre("id", "size", "metaxy_provenance_by_field", "metaxy_feature_version",
                          "metaxy_project_version", "metaxy_provenance", "metaxy_created_at",
                          "metaxy_updated_at", "metaxy_deleted_at", "metaxy_materialization_id",
                          "metaxy_data_version_by_field", "metaxy_data_version"));
  EXPECT_TRUE(table.schema()->GetFieldByName("id")->type()->Equals(arrow::large_utf8()));
  EXPECT_TRUE(table.schema()
                  ->GetFieldByName("metaxy_deleted_at")
                  ->type()
                  ->Equals(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  const std::string version = Get(store->graph()->GetFeatureVersion("video"));
  EXPECT_THAT(Rows(table, {"id", "metaxy_feature_version", "metaxy_materialization_id",
                           "metaxy_deleted_at"}),
              ElementsAre("a|" + version + "|run-1|null", "b|" + version + "|run-1|null"));
  EXPECT_EQ(Rows(table, {"metaxy_provenance"}), Rows(table, {"metaxy_data_version"}));
  EXPECT_EQ(Rows(table, {"metaxy_created_at"}), Rows(table, {"metaxy_updated_at"}));
}

TEST_F(WriteTest, KeepsOwnDataVersionsAndFillsTheRest) {
  auto store = OpenStore(VideoGraph());
  const auto rows = TableFromJson({{"id", arrow::utf8()},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})},
                                   {"metaxy_data_version_by_field", ByField({"audio", "frames"})}},
                                  R"([
      {"id": "own", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"},
       "metaxy_data_version_by_field": {"audio": "x", "frames": "y"}},
      {"id": "none", "metaxy_provenance_by_field": {"audio": "3", "frames": "4"}, "metaxy_data_version_by_field": null},
      {"id": "part", "metaxy_provenance_by_field": {"audio": "5", "frames": "6"},
       "metaxy_data_version_by_field": {"audio": "z", "frames": null}}])");
  ASSERT_THAT(store->Write("video", rows), IsOk());
  const auto stored = Rows(*database_->tables.at("video"), {"id", "metaxy_data_version_by_field"});
  EXPECT_THAT(stored, ElementsAre("none|{audio:3, frames:4}", "own|{audio:x, frames:y}",
                                  "part|{audio:z, frames:null}"));
  const auto versions = ReadRows(*store, "video", {"id", "metaxy_data_version"});
  EXPECT_EQ(versions[2], "part|null");  // one null member leaves nothing to hash
}

// Seed 900074 of the oracle: the reference fills nulls with the string that it hashes, which
// differs from LanceDB's string form of such a value in a string column.
TEST_F(WriteTest, FillsOwnDataVersionsWithTheStringsThatAreHashed) {
  auto store = OpenStore(VideoGraph());
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::NANO);
  const auto rows = TableFromJson(
      {{"id", arrow::utf8()},
       {"metaxy_provenance_by_field",
        arrow::struct_({arrow::field("audio", timestamp), arrow::field("frames", arrow::utf8())})},
       {"metaxy_data_version_by_field", ByField({"audio", "frames"})}},
      R"([{"id": "a", "metaxy_provenance_by_field": {"audio": "2024-06-08 10:00:00.000001", "frames": "f"},
           "metaxy_data_version_by_field": null},
          {"id": "b", "metaxy_provenance_by_field": {"audio": "2024-06-08 10:00:00", "frames": "f"},
           "metaxy_data_version_by_field": {"audio": "own", "frames": "g"}}])");
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "metaxy_data_version_by_field"}),
            (std::vector<std::string>{"a|{audio:2024-06-08 10:00:00.000001000, frames:f}",
                                      "b|{audio:own, frames:g}"}));
}

TEST_F(WriteTest, GrowsTheTableByNewColumnsAndFields) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto wider =
      TableFromJson({{"title", arrow::utf8()},
                     {"id", arrow::utf8()},
                     {"metaxy_provenance_by_field", ByField({"frames", "audio", "subtitles"})}},
                    R"([{"title": "T", "id": "c", "metaxy_provenance_by_field":
                                       {"frames": "f", "audio": "a", "subtitles": "s"}}])");
  ASSERT_THAT(store->Write("video", wider), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "size", "title", "metaxy_provenance_by_field"}),
              ElementsAre("a|1|null|{audio:a1, frames:f1, subtitles:null}",
                          "b|2|null|{audio:a2, frames:f2, subtitles:null}",
                          "c|null|T|{audio:a, frames:f, subtitles:s}"));
}

// Children hash these strings, so they are LanceDB's own (captured from it).
TEST_F(WriteTest, FloatsBecomeTheStringsThatLanceDbMakesOfThem) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto provenance = arrow::struct_(
      {arrow::field("audio", arrow::float64()), arrow::field("frames", arrow::float32())});
  const auto rows =
      TableFromJson({{"id", arrow::utf8()}, {"metaxy_provenance_by_field", provenance}}, R"([
      {"id": "c", "metaxy_provenance_by_field": {"audio": 16777216, "frames": 0}},
      {"id": "d", "metaxy_provenance_by_field": {"audio": 1e15, "frames": 1e12}},
      {"id": "e", "metaxy_provenance_by_field": {"audio": 1.5e16, "frames": 1e13}},
      {"id": "f", "metaxy_provenance_by_field": {"audio": 1e-6, "frames": 1e-6}}])");
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "metaxy_provenance_by_field"}),
              ElementsAre("a|{audio:a1, frames:f1}", "b|{audio:a2, frames:f2}",
                          "c|{audio:16777216.0, frames:0.0}",
                          "d|{audio:1000000000000000.0, frames:1000000000000.0}",
                          "e|{audio:1.5e16, frames:1e13}", "f|{audio:1e-6, frames:0.000001}"));
}

TEST_F(WriteTest, RefusesLossyCastsAndWrongShapes) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  struct Case {
    const char* what;
    std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>> columns;
    const char* rows;
    ErrorCode code;
    const char* words;
  };
  const auto by_field = ByField({"audio", "frames"});
  const std::vector<Case> cases = {
      {"a float in a column of integers",
       {{"id", arrow::utf8()},
        {"size", arrow::float64()},
        {"metaxy_provenance_by_field", by_field}},
       R"([{"id": "c", "size": 1.5, "metaxy_provenance_by_field": {"audio": "1", "frames": "1"}}])",
       ErrorCode::kLossyCast,
       "'size'"},
      {"no id column",
       {{"metaxy_provenance_by_field", by_field}},
       "[]",
       ErrorCode::kMetadataSchema,
       "'id'"},
      {"no provenance",
       {{"id", arrow::utf8()}},
       "[]",
       ErrorCode::kMetadataSchema,
       "metaxy_provenance_by_field"},
      {"provenance of a wrong type",
       {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", arrow::utf8()}},
       "[]",
       ErrorCode::kMetadataSchema,
       "must be a struct"},
      {"provenance without a field",
       {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio"})}},
       "[]",
       ErrorCode::kMetadataSchema,
       "'frames'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_THAT(store->Write("video", TableFromJson(c.columns, c.rows)),
                FailsWith(c.code, c.words));
    EXPECT_EQ(database_->tables.at("video")->num_rows(), 2);
  }
}

TEST_F(WriteTest, FirstWriteThatLosesARaceAppends) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  auto other = std::make_shared<MemoryDatabase>();
  other->racing_create = database_->tables.at("video");
  auto racing =
      MemoryMetadataStore::Make(other, {.graph = VideoGraph(), .project = "test", .name = "dev"});
  ASSERT_THAT(racing->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(racing->Write("video", TwoVideos()), IsOk());
  EXPECT_EQ(other->tables.at("video")->num_rows(), 4);
}

TEST_F(WriteTest, NeedsAStoreThatIsOpenForWriting) {
  auto store = MemoryMetadataStore::Make(database_,
                                         {.graph = VideoGraph(), .project = "test", .name = "dev"});
  EXPECT_THAT(store->Write("video", TwoVideos()),
              FailsWith(ErrorCode::kStoreNotOpen, "'dev' is not open"));
  ASSERT_THAT(store->Open(AccessMode::kRead), IsOk());
  EXPECT_THAT(store->Write("video", TwoVideos()),
              FailsWith(ErrorCode::kStoreNotOpen, "open for reading"));
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(store->Write("metaxy-system/feature_versions", TwoVideos()),
              FailsWith(ErrorCode::kInvalidInput, "metaxy push"));
}

TEST_F(WriteTest, PreservesVersionsWhenAsked) {
  auto store = OpenStore(VideoGraph());
  const auto rows =
      TableFromJson({{"id", arrow::utf8()},
                     {"metaxy_provenance_by_field", ByField({"audio", "frames"})},
                     {"metaxy_feature_version", arrow::utf8()},
                     {"metaxy_project_version", arrow::utf8()}},
                    R"([{"id": "a", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"},
                                      "metaxy_feature_version": "old", "metaxy_project_version": "older"}])");
  ASSERT_THAT(store->Write("video", rows, {.preserve_feature_version = true}), IsOk());
  EXPECT_THAT(
      Rows(*database_->tables.at("video"), {"metaxy_feature_version", "metaxy_project_version"}),
      ElementsAre("old|older"));
}

// Found by fuzzing: such a table became unreadable, and one of the columns was lost.
TEST_F(WriteTest, ColumnsOfOneNameAreRefused) {
  const auto store = OpenStore(VideoGraph());
  const auto videos = TwoVideos();
  const auto twice = Get(videos->AddColumn(1, videos->field(1), videos->column(1)));
  EXPECT_THAT(store->Write("video", twice),
              FailsWith(ErrorCode::kMetadataSchema, "more than one column 'size'"));
  EXPECT_THAT(store->ResolveUpdate("video", {.samples = twice}),
              FailsWith(ErrorCode::kMetadataSchema, "more than one column 'size'"));
  const auto member = arrow::field("x", arrow::int64());
  const auto pair = Get(arrow::MakeArrayOfNull(arrow::struct_({member, member}), 2));
  EXPECT_THAT(
      store->Write("video", Get(videos->AddColumn(0, arrow::field("pair", pair->type()),
                                                  std::make_shared<arrow::ChunkedArray>(pair)))),
      FailsWith(ErrorCode::kMetadataSchema, "more than one member 'x' in 'pair'"));
  EXPECT_THAT(
      store->Write("video",
                   Get(videos->RenameColumns({"id", "_rowid", "metaxy_provenance_by_field"}))),
      FailsWith(ErrorCode::kMetadataSchema, "is reserved by the database"));
  EXPECT_FALSE(Get(store->HasFeature("video")));
}

}  // namespace
}  // namespace metaxy::testing
