// Every operation that may take long ends when it is asked to, or when its time is over, and leaves
// the store as it was.
#include <chrono>
#include <functional>

#include "store/store_fixture.h"

namespace metaxy::testing {
namespace {

class InterruptTest : public StoreTest {
 protected:
  struct Operation {
    const char* name;
    std::function<arrow::Status(MetadataStore&, const ExecutionOptions&)> run;
  };

  // Runs each operation with these options on a store that holds two videos and a crop.
  void ExpectEach(const ExecutionOptions& execution, ErrorCode code, const char* words) {
    auto store = OpenStore(VideoGraph());
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
    for (const Operation& operation : Operations()) {
      SCOPED_TRACE(operation.name);
      EXPECT_THAT(operation.run(*store, execution), FailsWith(code, words));
      EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}),
                (std::vector<std::string>{"a|1", "b|2"}));
    }
  }

 private:
  std::vector<Operation> Operations() {
    return {
        {"Write of a table",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.Write("video", Other(), {.execution = execution});
         }},
        {"Write of a reader",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.Write("video", std::make_shared<arrow::TableBatchReader>(Other()),
                              {.execution = execution});
         }},
        {"WriteMulti",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.WriteMulti({{"video", Other()}}, {.execution = execution});
         }},
        {"Read and its reader",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.Read("video", {.execution = execution}).status();
         }},
        {"CountRows",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.CountRows("video", {.execution = execution}).status();
         }},
        {"ResolveUpdate",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.ResolveUpdate("video/crop", {.execution = execution}).status();
         }},
        {"soft Delete",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.Delete("video", {}, {.execution = execution});
         }},
        {"hard Delete",
         [](MetadataStore& store, const ExecutionOptions& execution) {
           return store.Delete("video", {}, {.soft = false, .execution = execution});
         }},
        {"CopyMetadata",
         [this](MetadataStore& store, const ExecutionOptions& execution) -> arrow::Status {
           auto target = MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                                   {.graph = VideoGraph(), .project = "test"});
           ARROW_RETURN_NOT_OK(target->Open(AccessMode::kWrite));
           const auto copied = target->CopyMetadata(store, std::nullopt, {.execution = execution});
           EXPECT_THAT(target->HasFeature("video"), IsOk());
           EXPECT_FALSE(*target->HasFeature("video"));
           return copied.status();
         }},
    };
  }

  static std::shared_ptr<arrow::Table> Other() {
    return Videos(R"([{"id": "c", "size": 3,
                       "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])");
  }
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

TEST_F(InterruptTest, ATimeoutMayBeTriedAgainACancellationNot) {
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

}  // namespace
}  // namespace metaxy::testing
