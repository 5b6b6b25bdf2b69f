// Every operation ends on request or at its deadline, and leaves the store as it was.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "metaxy/buffered_metadata_writer.h"
#include "metaxy/project.h"
#include "support/temp_dir.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

class InterruptTest : public StoreTest {
 protected:
  struct Operation {
    std::string name;  // starts with the function's name
    std::function<arrow::Status(MetadataStore&, const ExecutionOptions&)> run;
  };

  // Runs each operation with these options on a store that holds two videos and their crops.
  void ExpectEach(const ExecutionOptions& execution, ErrorCode code, const char* words) {
    auto store = OpenStore(VideoGraph());
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
    for (const Operation& operation : Operations()) {
      SCOPED_TRACE(operation.name);
      EXPECT_THAT(operation.run(*store, execution), FailsWith(code, words));
      EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}),
                (std::vector<std::string>{"a|1", "b|2"}));
      EXPECT_EQ(database_->tables.size(), 2U);
    }
  }

  std::vector<Operation> Operations() {
    std::vector<Operation> all = Writes();
    for (Operation& operation : Reads()) all.push_back(std::move(operation));
    for (Operation& operation : OnTables()) all.push_back(std::move(operation));
    for (Operation& operation : OnDefinitions()) all.push_back(std::move(operation));
    for (Operation& operation : OnSnapshots()) all.push_back(std::move(operation));
    for (Operation& operation : OnFragments()) all.push_back(std::move(operation));
    for (Operation& operation : OnFailures()) all.push_back(std::move(operation));
    return all;
  }

 private:
  using Store = MetadataStore;
  using Execution = ExecutionOptions;

  static std::shared_ptr<MemoryMetadataStore> Another() {
    return MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                     {.graph = VideoGraph(), .project = "test"});
  }

  static std::shared_ptr<arrow::Table> Other() {
    return Videos(R"([{"id": "c", "size": 3,
                       "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])");
  }

  static std::vector<Operation> Writes() {
    return {
        {"Write of a table",
         [](Store& store, const Execution& execution) {
           return store.Write("video", Other(), {.execution = execution});
         }},
        {"Write of a reader",
         [](Store& store, const Execution& execution) {
           return store.Write("video", std::make_shared<arrow::TableBatchReader>(Other()),
                              {.execution = execution});
         }},
        {"CheckWrite",
         [](Store& store, const Execution& execution) {
           return store.CheckWrite("video", std::make_shared<arrow::TableBatchReader>(Other()),
                                   {.execution = execution});
         }},
        {"AppendSystemRows",
         [](Store& store, const Execution& execution) {
           return store.administration().AppendSystemRows(
               "metaxy-system/notes", std::make_shared<arrow::TableBatchReader>(Other()),
               execution);
         }},
        {"WriteMulti",
         [](Store& store, const Execution& execution) {
           return store.WriteMulti({{"video", Other()}}, {.execution = execution});
         }},
        {"Delete, soft",
         [](Store& store, const Execution& execution) {
           return store.Delete("video", {}, {.execution = execution});
         }},
        {"Delete, hard",
         [](Store& store, const Execution& execution) {
           return store.Delete("video", {}, {.soft = false, .execution = execution});
         }},
        {"RebaseVersion",
         [](Store& store, const Execution& execution) {
           return store.RebaseVersion("video/crop", "old", {.execution = execution}).status();
         }},
        {"CopyMetadata",
         [](Store& store, const Execution& execution) -> arrow::Status {
           auto target = Another();
           ARROW_RETURN_NOT_OK(target->Open(AccessMode::kWrite));
           const auto copied = target->CopyMetadata(store, std::nullopt, {.execution = execution});
           EXPECT_FALSE(Get(target->HasFeature("video")));
           return copied.status();
         }},
        {"BufferedMetadataWriter",
         [](Store& store, const Execution& execution) -> arrow::Status {
           // It shares the store, which outlives it.
           const std::shared_ptr<MetadataStore> shared(&store, [](MetadataStore*) {});
           ARROW_ASSIGN_OR_RAISE(auto writer, BufferedMetadataWriter::Make(
                                                  shared, {.write = {.execution = execution}}));
           ARROW_RETURN_NOT_OK(writer->Put("video", Other()));
           const arrow::Status closed = writer->Close().status();
           EXPECT_EQ(writer->Unwritten().size(), 1U);
           return closed;
         }},
    };
  }

  static std::vector<Operation> OnFragments() {
    return {
        {"WriteFragments",
         [](Store& store, const Execution& execution) {
           return store.administration()
               .WriteFragments("video", std::make_shared<arrow::TableBatchReader>(Other()),
                               {.execution = execution})
               .status();
         }},
        {"CommitFragments",
         [](Store& store, const Execution& execution) {
           return store.administration().CommitFragments("video", {}, "id", execution).status();
         }},
    };
  }

  static std::vector<Operation> OnFailures() {
    return {
        {"Record",
         [](Store& store, const Execution& execution) {
           return store.failures().Record("video", Other(), {.execution = execution});
         }},
        {"Read of failures",
         [](Store& store, const Execution& execution) {
           return store.failures().Read({.execution = execution}).status();
         }},
        {"Clear",
         [](Store& store, const Execution& execution) {
           return store.failures().Clear({.execution = execution});
         }},
    };
  }

  static std::vector<Operation> Reads() {
    return {
        {"Read",
         [](Store& store, const Execution& execution) {
           return store.Read("video", {.execution = execution}).status();
         }},
        {"CountRows",
         [](Store& store, const Execution& execution) {
           return store.CountRows("video", {.execution = execution}).status();
         }},
        {"ResolveUpdate",
         [](Store& store, const Execution& execution) {
           return store.ResolveUpdate("video/crop", {.execution = execution}).status();
         }},
        {"ResolveUpdateLazy",
         [](Store& store, const Execution& execution) {
           return store.ResolveUpdateLazy("video/crop", {.execution = execution}).status();
         }},
        {"Explain",
         [](Store& store, const Execution& execution) {
           return store.Explain("video/crop", {.execution = execution}).status();
         }},
        {"ComputeProvenance",
         [](Store& store, const Execution& execution) {
           return store.ComputeProvenance("video/crop", TwoVideos(), execution).status();
         }},
        {"HasFeature",
         [](Store& store, const Execution& execution) {
           return store.HasFeature("video", true, execution).status();
         }},
        {"FindWrite",
         [](Store& store, const Execution& execution) {
           return store.administration().FindWrite("video", "id", 0, execution).status();
         }},
        {"FindStoreForFeature",
         [](Store& store, const Execution& execution) {
           return store.FindStoreForFeature("video", true, execution).status();
         }},
        {"GetStoreMetadata",
         [](Store& store, const Execution& execution) {
           return store.GetStoreMetadata("video", true, execution).status();
         }},
        {"Rebase",
         [](Store& store, const Execution& execution) -> arrow::Status {
           ARROW_ASSIGN_OR_RAISE(auto rows, store.Read("video/crop"));
           return store.Rebase("video/crop", std::move(rows), {.execution = execution}).status();
         }},
    };
  }

  static std::vector<Operation> OnTables() {
    return {
        {"Open",
         [](Store&, const Execution& execution) {
           return Another()->Open(AccessMode::kRead, execution);
         }},
        {"MigrateByFieldLayout",
         [](Store& store, const Execution& execution) {
           return store.administration()
               .MigrateByFieldLayout("video", ByFieldLayout::kMap, {.execution = execution})
               .status();
         }},
        {"DropFeatureMetadata",
         [](Store& store, const Execution& execution) {
           return store.DropFeatureMetadata("video", execution);
         }},
        {"Promote",
         [](Store& store, const Execution& execution) {
           auto other = Another();
           EXPECT_THAT(other->Open(), IsOk());
           return store.administration().Promote(*other, {.execution = execution}).status();
         }},
        {"CompactMetadata",
         [](Store& store, const Execution& execution) {
           return store.administration()
               .CompactMetadata("video", {.execution = execution})
               .status();
         }},
        {"SupportsConditionalWrites",
         [](Store& store, const Execution& execution) {
           return store.administration().SupportsConditionalWrites(execution).status();
         }},
        {"ClockSkew",
         [](Store& store, const Execution& execution) {
           return store.administration().ClockSkew(execution).status();
         }},
        {"ListTables",
         [](Store& store, const Execution& execution) {
           return store.administration().ListTables(execution).status();
         }},
        {"CheckTable",
         [](Store& store, const Execution& execution) {
           return store.administration().CheckTable("video", execution).status();
         }},
        {"RepairTable",
         [](Store& store, const Execution& execution) {
           return store.administration().RepairTable("video", execution).status();
         }},
        {"GetTableStatistics",
         [](Store& store, const Execution& execution) {
           return store.administration().GetTableStatistics("video", 1, execution).status();
         }},
    };
  }

  std::vector<Operation> OnDefinitions() {
    return {
        {"PushGraphSnapshot",
         [](Store& store, const Execution& execution) {
           return store.definitions().PushGraphSnapshot("test", {.execution = execution}).status();
         }},
        {"SyncExternalFeatures",
         [](Store& store, const Execution& execution) {
           return store.definitions().SyncExternalFeatures({.execution = execution}).status();
         }},
        {"LoadGraphSnapshot",
         [](Store& store, const Execution& execution) {
           return store.definitions()
               .LoadGraphSnapshot("version", std::nullopt, execution)
               .status();
         }},
        {"ReadGraphSnapshots",
         [](Store& store, const Execution& execution) {
           return store.definitions().ReadGraphSnapshots(std::nullopt, execution).status();
         }},
        {"Lock of a project",
         [this](Store& store, const Execution& execution) {
           MetaxyConfig config;
           config.project = "test";
           const std::filesystem::path file = directory_.path() / "metaxy.lock";
           const auto locked = Project::Make(std::move(config), VideoGraph())
                                   ->Lock(store, {.output = file, .execution = execution});
           EXPECT_FALSE(std::filesystem::exists(file));
           return locked.status();
         }},
    };
  }

  static std::vector<Operation> OnSnapshots() {
    const auto operation = [](const char* name, auto run) {
      return Operation{name, [run](Store& store, const Execution& execution) {
                         return run(store.snapshots(), execution);
                       }};
    };
    using Snapshots = StoreSnapshots;
    return {
        operation("Create",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Create("s", {.execution = execution}).status();
                  }),
        operation("List",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.List(execution).status();
                  }),
        operation("Get",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Get("s", execution).status();
                  }),
        operation("Open, of a snapshot",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Open("s", execution).status();
                  }),
        operation("Diff",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Diff("s", "s", {.execution = execution}).status();
                  }),
        operation("Delete, of a snapshot",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Delete("s", execution);
                  }),
        operation("Check",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.Check(execution).status();
                  }),
        operation("RemoveLeftovers",
                  [](Snapshots snapshots, const Execution& execution) {
                    return snapshots.RemoveLeftovers({.execution = execution}).status();
                  }),
    };
  }

  TempDir directory_;
};

TEST_F(InterruptTest, AStopTokenEndsEachOperation) {
  arrow::StopSource source;
  source.RequestStop();
  ExpectEach({.stop_token = source.token()}, ErrorCode::kCancelled, "cancelled while");
}

TEST_F(InterruptTest, ADeadlineEndsEachOperation) {
  ExpectEach({.deadline = std::chrono::steady_clock::now()}, ErrorCode::kTimeout,
             "the deadline passed while");
}

// A fallible function of the header that is not among the operations above.
TEST_F(InterruptTest, TheOperationsAboveAreAllThereAre) {
  std::set<std::string> shown = {
      "Close",     // closes in any case; lance_log_test.cc
      "View",      // asks nothing of the database
      "Validate",  // of options
  };
  for (const Operation& operation : Operations())
    shown.insert(operation.name.substr(0, operation.name.find_first_of(" ,")));
  std::ostringstream headers;
  for (const char* name : {"metadata_store", "store_administration", "store_definitions",
                           "store_failures", "store_snapshots"})
    headers << std::ifstream("include/metaxy/" + std::string(name) + ".h").rdbuf();
  const std::string text = headers.str();
  const std::regex fallible(
      R"((?:arrow::Status|arrow::Result<[^;()]*>|StatusWith<[^;()]*>)\s+(\w+)\()");
  int found = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), fallible), end; match != end; ++match) {
    EXPECT_TRUE(shown.contains((*match)[1])) << (*match)[1];
    ++found;
  }
  EXPECT_GT(found, 25);
}

TEST_F(InterruptTest, ATimeoutMayBeRetriedACancellationNot) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_TRUE(IsRetryable(
      store->Read("video", {.execution = {.deadline = std::chrono::steady_clock::now()}})
          .status()));
  arrow::StopSource source;
  source.RequestStop();
  EXPECT_FALSE(
      IsRetryable(store->Read("video", {.execution = {.stop_token = source.token()}}).status()));
}

TEST_F(InterruptTest, WhatHasTimeLeftIsDone) {
  auto store = OpenStore(VideoGraph());
  const ExecutionOptions hour{.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)};
  ASSERT_THAT(store->Write("video", TwoVideos(), {.execution = hour}), IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}, {.execution = hour}),
            (std::vector<std::string>{"a|1", "b|2"}));
}

TEST_F(InterruptTest, ReadersStopBetweenBatches) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  // The latest rows, and all rows as they are.
  for (const bool history : {false, true}) {
    arrow::StopSource source;
    const auto rows =
        Get(store->Read("video", {.with_feature_history = history,
                                  .with_sample_history = history,
                                  .include_soft_deleted = history,
                                  .execution = {.batch_size = 1, .stop_token = source.token()}}));
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_THAT(rows->ReadNext(&batch), IsOk());
    source.RequestStop();
    EXPECT_THAT(rows->ReadNext(&batch), FailsWith(ErrorCode::kCancelled, "fetching rows"));
  }
}

// Other writers win forever; the caller loses patience.
TEST_F(InterruptTest, AWriteThatIsRetriedStops) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  arrow::StopSource source;
  for (int i = 0; i < 40; ++i)
    database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "a writer was first")});
  std::thread impatient([&source, this] {
    while (true) {
      std::this_thread::yield();
      const std::lock_guard<std::mutex> lock(database_->mutex);
      if (database_->failures.size() < 38) break;
    }
    source.RequestStop();
  });
  EXPECT_THAT(store->Write("video", TwoVideos(), {.execution = {.stop_token = source.token()}}),
              FailsWith(ErrorCode::kCancelled, "writing"));
  impatient.join();
  EXPECT_FALSE(database_->failures.empty());
}

TEST_F(InterruptTest, APutThatWaitsForRoomStops) {
  auto store = OpenStore(VideoGraph());
  arrow::StopSource source;
  const auto writer = Get(BufferedMetadataWriter::Make(
      store, {.flush_interval = std::chrono::hours(1),
              .max_queue_size = 1,
              .write = {.execution = {.stop_token = source.token()}}}));
  ASSERT_THAT(writer->Put("video", TwoVideos()), IsOk());
  std::thread impatient([&source] { source.RequestStop(); });
  EXPECT_THAT(writer->Put("video", TwoVideos()),
              FailsWith(ErrorCode::kCancelled, "waiting for space"));
  impatient.join();
  EXPECT_THAT(writer->Close(), FailsWith(ErrorCode::kCancelled, "writing rows"));
  EXPECT_EQ(writer->Unwritten().size(), 1U);
}

}  // namespace
}  // namespace metaxy::testing
