// Out-of-range options and null pointers are refused by every function that takes them, before
// anything is done.
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "metaxy/buffered_metadata_writer.h"
#include "metaxy/project.h"
#include "metaxy/row_type.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

struct WrongOption {
  const char* name;
  arrow::Status status;
  const char* words;
};

std::vector<WrongOption> WrongOptions() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  using Execution = ExecutionOptions;
  using Maintenance = MaintenanceOptions;
  using Writer = BufferedMetadataWriterOptions;
  return {
      {"batch", Execution{.batch_size = 0}.Validate(), "batch_size is 0; use 1 to 2147483647"},
      {"batch", Execution{.batch_size = kMost}.Validate(), "batch_size is 9223372036854775807"},
      {"scan", Execution{.scan_batch_size = 0}.Validate(), "scan_batch_size is 0; use 1 to"},
      {"scan", Execution{.scan_batch_size = -5}.Validate(), "scan_batch_size is -5"},
      {"memory", Execution{.memory_limit = -1}.Validate(), "memory_limit is -1; use 0 or more"},
      {"threads", Execution{.threads = -1}.Validate(), "threads is -1; use 0 to 4096"},
      {"threads", Execution{.threads = 5000}.Validate(), "threads is 5000"},
      {"commits", Maintenance{.every_commits = 0}.Validate(),
       "maintenance.every_commits is 0; use 1 or more"},
      {"rows", Maintenance{.target_rows = 0}.Validate(), "maintenance.target_rows is 0"},
      {"bytes", Maintenance{.target_bytes = -1}.Validate(), "maintenance.target_bytes is -1"},
      {"age", Maintenance{.keep_versions_for = seconds(-1)}.Validate(),
       "maintenance.keep_versions_for is -1 seconds; use 0 to"},
      {"age", Maintenance{.keep_versions_for = seconds::max()}.Validate(), "keep_versions_for"},
      {"versions", Maintenance{.keep_versions = 0}.Validate(),
       "maintenance.keep_versions is 0; use 1 or more"},
      {"compact rows", CompactOptions{.target_rows = 0}.Validate(), "target_rows is 0"},
      {"compact bytes", CompactOptions{.target_bytes = 0}.Validate(), "target_bytes is 0"},
      {"compact age", CompactOptions{.keep_versions_for = seconds(-1)}.Validate(),
       "keep_versions_for is -1 seconds"},
      {"compact history", CompactOptions{.keep_history = 0}.Validate(), "keep_history is 0"},
      {"compact deleted", CompactOptions{.drop_deleted_older_than = seconds(-1)}.Validate(),
       "drop_deleted_older_than is -1 seconds"},
      {"leftovers age", RemoveLeftoversOptions{.older_than = seconds(-1)}.Validate(),
       "older_than is -1 seconds"},
      {"compact threads", CompactOptions{.execution = {.threads = -1}}.Validate(), "threads is -1"},
      {"store graph", MetadataStoreOptions{}.Validate(), "a store needs a feature graph"},
      {"store fallback",
       MetadataStoreOptions{.graph = VideoGraph(), .fallback_stores = {nullptr}}.Validate(),
       "fallback store 1 of 1 is null"},
      {"store memory", MetadataStoreOptions{.graph = VideoGraph(), .memory_limit = -1}.Validate(),
       "memory_limit is -1"},
      {"store maintenance",
       MetadataStoreOptions{.graph = VideoGraph(), .maintenance = {.every_commits = -1}}.Validate(),
       "maintenance.every_commits is -1"},
      {"store truncation",
       MetadataStoreOptions{.graph = std::make_shared<FeatureGraph>(7)}.Validate(),
       "hash_truncation_length of the graph is 7; use 8 or more"},
      {"writer batch", Writer{.flush_batch_size = 0}.Validate(), "flush_batch_size is 0"},
      {"writer interval", Writer{.flush_interval = milliseconds(-1)}.Validate(),
       "flush_interval is -1 ms"},
      {"writer interval", Writer{.flush_interval = milliseconds::max()}.Validate(),
       "flush_interval is 9223372036854775807 ms"},
      {"writer queue", Writer{.max_queue_size = -1}.Validate(), "max_queue_size is -1"},
      {"write id", WriteOptions{.write_id = ""}.Validate(), "write_id has 0 bytes; use 1 to 256"},
      {"failures",
       ResolveUpdateOptions{.failures = FailurePolicy::Retry({.max_attempts = 0})}.Validate(),
       "max_attempts is 0; use 1 or more"},
      {"version without history", ReadOptions{.feature_version = "x"}.Validate(),
       "with_feature_history"},
  };
}

TEST(OptionsTest, NameWhatIsOutOfRangeAndTheRange) {
  for (const WrongOption& wrong : WrongOptions()) {
    SCOPED_TRACE(wrong.name);
    EXPECT_THAT(wrong.status, FailsWith(ErrorCode::kInvalidInput, wrong.words));
  }
}

TEST(OptionsTest, DefaultsAreInRange) {
  EXPECT_THAT(ExecutionOptions().Validate(), IsOk());
  EXPECT_THAT(MaintenanceOptions().Validate(), IsOk());
  EXPECT_THAT(CompactOptions().Validate(), IsOk());
  EXPECT_THAT(MetadataStoreOptions{.graph = VideoGraph()}.Validate(), IsOk());
  EXPECT_THAT(BufferedMetadataWriterOptions().Validate(), IsOk());
  EXPECT_THAT(ExecutionOptions{.memory_limit = 0}.Validate(), IsOk());
}

class WrongCallTest : public StoreTest {
 protected:
  using Store = MetadataStore;

  struct Call {
    const char* name;
    std::function<arrow::Status(Store&, const ExecutionOptions&)> run;
  };

  // Every function that takes options.
  static std::vector<Call> Calls() {
    std::vector<Call> calls = PipelineCalls();
    for (Call& call : MaintenanceCalls()) calls.push_back(std::move(call));
    return calls;
  }

  static std::vector<Call> PipelineCalls() {
    return {
        {"Open", [](Store& s, const auto& e) { return s.Open(AccessMode::kRead, e); }},
        {"Write",
         [](Store& s, const auto& e) -> arrow::Status {
           return s.Write("video", TwoVideos(), {.execution = e});
         }},
        {"WriteMulti",
         [](Store& s, const auto& e) -> arrow::Status {
           return s.WriteMulti({{"video", TwoVideos()}}, {.execution = e});
         }},
        {"Read",
         [](Store& s, const auto& e) { return s.Read("video", {.execution = e}).status(); }},
        {"CountRows",
         [](Store& s, const auto& e) { return s.CountRows("video", {.execution = e}).status(); }},
        {"ResolveUpdate",
         [](Store& s, const auto& e) {
           return s.ResolveUpdate("video/crop", {.execution = e}).status();
         }},
        {"ComputeProvenance",
         [](Store& s, const auto& e) {
           return s.ComputeProvenance("video/crop", TwoVideos(), e).status();
         }},
        {"Delete",
         [](Store& s, const auto& e) -> arrow::Status {
           return s.Delete("video", {}, {.execution = e});
         }},
    };
  }

  static std::vector<Call> MaintenanceCalls() {
    return {
        {"RebaseVersion",
         [](Store& s, const auto& e) {
           return s.RebaseVersion("video/crop", "x", {.execution = e}).status();
         }},
        {"CopyMetadata",
         [](Store& s, const auto& e) {
           return s.CopyMetadata(s, std::nullopt, {.execution = e}).status();
         }},
        {"MigrateByFieldLayout",
         [](Store& s, const auto& e) {
           return s.administration()
               .MigrateByFieldLayout("video", ByFieldLayout::kMap, {.execution = e})
               .status();
         }},
        {"CompactMetadata",
         [](Store& s, const auto& e) {
           return s.administration().CompactMetadata("video", {.execution = e}).status();
         }},
        {"DropFeatureMetadata",
         [](Store& s, const auto& e) { return s.DropFeatureMetadata("video", e); }},
        {"ListTables",
         [](Store& s, const auto& e) { return s.administration().ListTables(e).status(); }},
        {"PushGraphSnapshot",
         [](Store& s, const auto& e) {
           return s.definitions().PushGraphSnapshot("test", {.execution = e}).status();
         }},
        {"SyncExternalFeatures",
         [](Store& s, const auto& e) {
           return s.definitions().SyncExternalFeatures({.execution = e}).status();
         }},
        {"Snapshots",
         [](Store& s, const auto& e) {
           return s.snapshots().Create("s", {.execution = e}).status();
         }},
        {"SnapshotDiff",
         [](Store& s, const auto& e) {
           return s.snapshots().Diff("s", "s", {.execution = e}).status();
         }},
        {"Record failures",
         [](Store& s, const auto& e) -> arrow::Status {
           return s.failures().Record("video", TwoVideos(), {.execution = e});
         }},
        {"Read failures",
         [](Store& s, const auto& e) { return s.failures().Read({.execution = e}).status(); }},
        {"Clear failures",
         [](Store& s, const auto& e) -> arrow::Status {
           return s.failures().Clear({.execution = e});
         }},
        {"BufferedMetadataWriter",
         [](Store& s, const auto& e) {
           // The writer does not outlive the call, and never uses the store.
           const std::shared_ptr<Store> store(&s, [](Store*) {});
           return BufferedMetadataWriter::Make(store, {.write = {.execution = e}}).status();
         }},
    };
  }
};

TEST_F(WrongCallTest, OptionsAreRefusedByEveryFunction) {
  const auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  for (const Call& call : Calls()) {
    SCOPED_TRACE(call.name);
    EXPECT_THAT(call.run(*store, {.scan_batch_size = 0}),
                FailsWith(ErrorCode::kInvalidInput, "scan_batch_size is 0"));
    EXPECT_THAT(call.run(*store, {.batch_size = -1}),
                FailsWith(ErrorCode::kInvalidInput, "batch_size is -1"));
  }
  EXPECT_EQ(Get(store->CountRows("video")), 2);
}

TEST_F(WrongCallTest, AStoreWithWrongOptionsDoesNotOpen) {
  const auto store = MemoryMetadataStore::Make(
      database_, {.graph = VideoGraph(), .maintenance = {.keep_versions = 0}});
  EXPECT_THAT(store->Open(AccessMode::kWrite),
              FailsWith(ErrorCode::kInvalidInput, "keep_versions is 0"));
  EXPECT_FALSE(store->is_open());
}

TEST_F(WrongCallTest, NullPointersAreRefused) {
  const auto store = OpenStore(VideoGraph());
  const std::shared_ptr<arrow::Table> table;
  const std::shared_ptr<arrow::RecordBatch> batch;
  const std::shared_ptr<arrow::RecordBatchReader> reader;
  struct Row {
    std::string id;
  };
  const auto row = RowType<Row>().Column("id", &Row::id);
  const auto project = Project::Make(MetaxyConfig(), nullptr);
  const auto writer = Get(BufferedMetadataWriter::Make(store));
  const std::vector<std::pair<const char*, arrow::Status>> refused = {
      {"table", store->Write("video", table)},
      {"batch", store->Write("video", batch)},
      {"reader", store->Write("video", reader)},
      {"multi", store->WriteMulti({{"video", table}})},
      {"system rows",
       store->administration().AppendSystemRows("metaxy-system/notes", reader).status()},
      {"parent", store->ResolveUpdate("video/crop", {.parents = {{"video", table}}}).status()},
      {"provenance", store->ComputeProvenance("video/crop", table).status()},
      {"rebase", store->Rebase("video/crop", reader).status()},
      {"put", writer->Put("video", table)},
      {"failures", store->failures().Record("video", table)},
      {"failures", store->failures().Record("video", reader)},
      {"writer", BufferedMetadataWriter::Make(nullptr).status()},
      {"rows", row.AddTo(table, std::vector<Row>()).status()},
      {"map", MapRows(table, row, row, [](Row r) { return r; }).status()},
      {"filter",
       store->CountRows("video", {.filters = {static_cast<const char*>(nullptr)}}).status()},
      {"expression",
       store->CountRows("video", {.filters = {arrow::compute::Expression()}}).status()},
      {"project name", project->name().status()},
      {"project store", project->GetStore().status()},
      {"project sync", project->SyncExternalFeatures(*store).status()},
      {"project lock", project->Lock(*store).status()},
  };
  for (const auto& [name, status] : refused) {
    SCOPED_TRACE(name);
    EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidInput, ""));
  }
  EXPECT_TRUE(database_->tables.empty());
  // A key is only split when it is constructed.
  EXPECT_TRUE(FeatureKey(static_cast<const char*>(nullptr)).parts().size() <= 1);
  EXPECT_THAT(store->Write(static_cast<const char*>(nullptr), TwoVideos()),
              FailsWith(ErrorCode::kFeatureNotInGraph, ""));
}

TEST_F(WrongCallTest, TablesThatBreakArrowsRulesAreRefused) {
  const auto store = OpenStore(VideoGraph());
  const auto rows = TwoVideos();
  auto columns = rows->columns();
  columns[0] = columns[0]->Slice(1);
  EXPECT_THAT(store->Write("video", arrow::Table::Make(rows->schema(), columns, 2)),
              FailsWith(ErrorCode::kInvalidInput, "the rows are not valid Arrow data"));
  EXPECT_TRUE(database_->tables.empty());
}

}  // namespace
}  // namespace metaxy::testing
