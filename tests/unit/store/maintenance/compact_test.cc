// Maintenance on request, on LanceDB.
#include <gmock/gmock.h>

#include "lancedb/bridge.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::chrono::seconds kNone{0};

class CompactTest : public LanceStoreTest {
 protected:
  static std::vector<std::string> Ids(MetadataStore& store, const ReadOptions& options = {}) {
    return ReadRows(store, "video", {"id", "metaxy_provenance_by_field"}, options);
  }

  void WriteTenVideos(MetadataStore& store) {
    for (int i = 0; i < 10; ++i) ASSERT_THAT(store.Write("video", Video(i)), IsOk());
  }
};

TEST_F(CompactTest, MergesFilesAndRemovesVersions) {
  const auto store = OpenLance(Off());
  WriteTenVideos(*store);
  const auto before = Ids(*store);
  const Usage usage = UsageOf("video");
  const CompactResult result =
      Get(store->administration().CompactMetadata("video", {.keep_versions_for = kNone}));
  EXPECT_EQ(result.fragments_merged, 10);
  EXPECT_EQ(result.fragments_written, 1);
  EXPECT_GE(result.versions_removed, 10);  // Including what the compaction itself created.
  EXPECT_EQ(result.before.fragments, 10);
  EXPECT_EQ(result.before.versions, 10);
  EXPECT_EQ(result.before.disk_files, usage.files);
  EXPECT_EQ(result.before.disk_bytes, usage.bytes);
  EXPECT_EQ(result.before.layout, "struct");
  EXPECT_EQ(result.after.fragments, 1);
  EXPECT_EQ(result.after.versions, 1);
  EXPECT_EQ(result.after.rows, 10);
  EXPECT_EQ(*result.after.disk_files, UsageOf("video").files);
  EXPECT_LT(*result.after.disk_files, 6);
  EXPECT_LT(*result.after.disk_bytes, usage.bytes);
  EXPECT_GE(usage.bytes - *result.after.disk_bytes, 0);
  EXPECT_EQ(Ids(*store), before);
  const CompactResult again =
      Get(store->administration().CompactMetadata("video", {.keep_versions_for = kNone}));
  EXPECT_EQ(again.fragments_merged, 0);
  EXPECT_EQ(again.versions_removed, 0);
}

TEST_F(CompactTest, KeepsVersionsByAgeAndTag) {
  const auto store = OpenLance(Off());
  WriteTenVideos(*store);
  EXPECT_EQ(Get(store->administration().CompactMetadata("video")).versions_removed, 0);
  const auto connection = Get(internal::LanceConnection::Connect({.uri = database_path()}));
  const auto table = Get(connection->OpenTable("video"));
  ASSERT_THAT(table->CreateTag("experiment", 3), IsOk());
  const CompactResult planned = Get(store->administration().CompactMetadata(
      "video", {.keep_versions_for = kNone, .dry_run = true}));
  EXPECT_GE(planned.versions_removed, 9);
  const CompactResult result =
      Get(store->administration().CompactMetadata("video", {.keep_versions_for = kNone}));
  EXPECT_EQ(result.versions_removed, planned.versions_removed);
  EXPECT_EQ(result.after.versions, 2);
  ASSERT_THAT(table->Checkout(3), IsOk());
  EXPECT_EQ(Get(table->CountRows()), 3);
}

TEST_F(CompactTest, ADryRunChangesNothing) {
  const auto store = OpenLance(Off());
  WriteTenVideos(*store);
  ASSERT_THAT(store->Write("video", Video(0, "b")), IsOk());
  const Usage usage = UsageOf("video");
  // For inspection, the store need not be open for writing.
  const auto reader = OpenLance(Off(), AccessMode::kRead);
  const CompactResult result = Get(reader->administration().CompactMetadata(
      "video", {.keep_versions_for = kNone, .keep_history = 1, .dry_run = true}));
  EXPECT_EQ(result.fragments_merged, 11);
  EXPECT_EQ(result.versions_removed, 10);
  EXPECT_EQ(result.history_rows_removed, 1);
  EXPECT_EQ(result.after.disk_bytes, usage.bytes);
  EXPECT_EQ(UsageOf("video").files, usage.files);
  EXPECT_THAT(reader->administration().CompactMetadata("video"),
              FailsWith(ErrorCode::kStoreNotOpen, "open it for writing"));
}

TEST_F(CompactTest, TargetsLimitFiles) {
  const auto store = OpenLance(Off());
  WriteTenVideos(*store);
  EXPECT_EQ(
      Get(store->administration().CompactMetadata("video", {.target_rows = 1})).fragments_merged,
      0);
  EXPECT_EQ(
      Get(store->administration().CompactMetadata("video", {.target_bytes = 1})).fragments_merged,
      0);
  const CompactResult some =
      Get(store->administration().CompactMetadata("video", {.target_rows = 5}));
  EXPECT_EQ(some.fragments_merged, 10);
  EXPECT_EQ(some.after.fragments, 2);
}

TEST_F(CompactTest, RemovingHistoryChangesNoRead) {
  const auto store = OpenLance(Off());
  WriteTenVideos(*store);
  Update(*store, "video/crop");
  for (const char* audio : {"b", "c"}) {
    for (int i = 0; i < 5; ++i) ASSERT_THAT(store->Write("video", Video(i, audio)), IsOk());
  }
  namespace cp = arrow::compute;
  for (const char* id : {"v4", "v9"}) {
    ASSERT_THAT(store->Delete("video", {cp::equal(cp::field_ref("id"), cp::literal(id))}), IsOk());
  }
  const auto read = Ids(*store);
  const auto counts = Counts(*store, "video/crop");
  EXPECT_EQ(counts.stale, 4);
  EXPECT_EQ(counts.orphaned, 2);
  EXPECT_THAT(Ids(*store, {.with_sample_history = true, .include_soft_deleted = true}), SizeIs(22));

  const CompactResult recent = Get(store->administration().CompactMetadata(
      "video", {.keep_history = 2, .drop_deleted_older_than = std::chrono::hours(1)}));
  EXPECT_EQ(recent.history_rows_removed, 4 + 2);
  EXPECT_EQ(recent.deleted_rows_removed, 0);
  EXPECT_EQ(Ids(*store), read);
  const CompactResult all = Get(store->administration().CompactMetadata(
      "video", {.keep_versions_for = kNone, .keep_history = 1, .drop_deleted_older_than = kNone}));
  EXPECT_EQ(all.deleted_rows_removed, 4);
  EXPECT_EQ(all.history_rows_removed, 4);
  EXPECT_EQ(all.after.rows, 8);
  EXPECT_EQ(all.after.deleted_rows, 0);
  EXPECT_EQ(Ids(*store), read);
  EXPECT_EQ(Counts(*store, "video/crop").stale, counts.stale);
  EXPECT_EQ(Counts(*store, "video/crop").orphaned, counts.orphaned);
  EXPECT_THAT(Ids(*store, {.with_sample_history = true, .include_soft_deleted = true}), SizeIs(8));
}

TEST_F(CompactTest, RefusesInvalidOptions) {
  const auto store = OpenLance(Off());
  EXPECT_THAT(store->administration().CompactMetadata("video"),
              FailsWith(ErrorCode::kFeatureNotFound, "video"));
  ASSERT_THAT(store->Write("video", Video(1)), IsOk());
  struct Case {
    CompactOptions options;
    const char* words;
  };
  for (const Case& c : std::vector<Case>{
           {{.target_rows = 0}, "target_rows is 0"},
           {{.target_bytes = -5}, "target_bytes is -5"},
           {{.keep_history = 0}, "keep_history is 0"},
           {{.keep_versions_for = std::chrono::seconds(-1)}, "keep_versions_for is -1"},
           {{.drop_deleted_older_than = std::chrono::seconds(-1)},
            "drop_deleted_older_than is -1"}}) {
    EXPECT_THAT(store->administration().CompactMetadata("video", c.options),
                FailsWith(ErrorCode::kInvalidInput, c.words));
  }
  EXPECT_THAT(store->administration().CompactMetadata("metaxy-system/feature_versions",
                                                      {.keep_history = 1}),
              FailsWith(ErrorCode::kInvalidInput, "system table of metaxy"));
  const auto memory = OpenStore(VideoGraph());
  ASSERT_THAT(memory->Write("video", Video(1)), IsOk());
  EXPECT_THAT(memory->administration().CompactMetadata("video"),
              FailsWith(ErrorCode::kNotSupported, "itself"));
}

TEST_F(CompactTest, ListsTables) {
  EXPECT_THAT(Get(OpenLance(Off(), AccessMode::kRead)->administration().ListTables()), SizeIs(0));
  const auto store = OpenLance(Off());
  ASSERT_THAT(store->Write("video", Video(1)), IsOk());
  ASSERT_THAT(store->definitions().PushGraphSnapshot("test"), IsOk());
  EXPECT_THAT(Get(store->administration().ListTables()),
              ElementsAre("metaxy_system__feature_versions", "video"));
  EXPECT_EQ(Get(store->administration().GetTableStatistics("video")).rows, 1);
  EXPECT_EQ(
      Get(store->administration().GetTableStatistics("metaxy_system__feature_versions")).layout,
      "");
  EXPECT_THAT(store->administration().GetTableStatistics("nothing"),
              FailsWith(ErrorCode::kTableNotFound, "nothing"));
  EXPECT_EQ(Get(store->administration().CompactMetadata("metaxy-system/feature_versions"))
                .fragments_merged,
            0);
}

}  // namespace
}  // namespace metaxy::testing
