// Execution of operations: budgets, temporary files, failures, cancellation.
#include "versioning/summary/execution.h"

#include <arrow/compute/initialize.h>

#include <filesystem>
#include <mutex>
#include <vector>

#include "base/machine_memory.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/temp_dir.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::testing {
namespace {

using internal::Execution;
using internal::MemoryTable;
using internal::Resolve;
using internal::ResolveInput;
using internal::SpillFile;

// A thousand samples, none of them stored yet, in a table that exists.
ResolveInput ThousandSamples() {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  FeatureGraph graph;
  EXPECT_THAT(graph.AddFeature({.key = "video", .id_columns = {"id"}}, "test"), IsOk());
  std::string rows;
  for (int i = 0; i < 1000; ++i) {
    rows += std::string(i == 0 ? "[" : ",") + R"({"id": )" + std::to_string(i) +
            R"(, "metaxy_provenance_by_field": {"default": "1"}})";
  }
  ResolveInput input;
  input.plan = std::make_shared<const FeaturePlan>(Get(graph.GetFeaturePlan("video")));
  input.samples = TableFromJson(
      {{"id", arrow::int64()}, {"metaxy_provenance_by_field", ByField({"default"})}}, rows + "]");
  input.current = Get(MemoryTable::Make(TableFromJson({{"id", arrow::int64()},
                                                       {"metaxy_provenance", arrow::utf8()},
                                                       {"metaxy_feature_version", arrow::utf8()}},
                                                      "[]")));
  return input;
}

TEST(SpillFileTest, GivesBytesBackAndLeavesNothing) {
  const TempDir directory;
  {
    SpillFile file(directory.path());
    const auto first = Get(file.Write("one"));
    const auto second = Get(file.Write(std::string(100000, 'x')));
    EXPECT_EQ(Get(file.Read(first)), "one");
    EXPECT_EQ(Get(file.Read(second)), std::string(100000, 'x'));
    // Not even while it is in use.
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(ExecutionTest, SpillDirectoryThatCannotBeUsedIsNamed) {
  ResolveInput input = ThousandSamples();
  input.execution.memory_limit = 0;
  input.execution.spill_directory = "/nowhere/at/all";
  EXPECT_THAT(
      Resolve(std::move(input)),
      FailsWith(
          ErrorCode::kIo,
          "in '/nowhere/at/all': No such file or directory; rows that exceed the memory limit"));
  // It is not used at all if memory suffices.
  input = ThousandSamples();
  input.execution.spill_directory = "/nowhere/at/all";
  EXPECT_EQ(Get(Resolve(std::move(input)))->counts().new_samples, 1000);
}

TEST(ExecutionTest, StopsInEveryPhase) {
  for (const ExecutionPhase phase : {ExecutionPhase::kReading, ExecutionPhase::kComparing}) {
    for (const int threads : {1, 2}) {
      const TempDir spill;
      arrow::StopSource stop;
      ResolveInput input = ThousandSamples();
      input.execution.memory_limit = 0;
      input.execution.threads = threads;
      input.execution.scan_batch_size = 100;
      input.execution.spill_directory = spill.path().string();
      input.execution.stop_token = stop.token();
      input.execution.on_progress = [&](const ExecutionProgress& progress) {
        if (progress.phase == phase && progress.rows > 0) stop.RequestStop();
      };
      EXPECT_THAT(Resolve(std::move(input)), FailsWith(ErrorCode::kCancelled, "cancelled"));
      EXPECT_TRUE(std::filesystem::is_empty(spill.path()));
    }
  }
}

TEST(ExecutionTest, ReadersStopToo) {
  arrow::StopSource stop;
  ResolveInput input = ThousandSamples();
  input.execution.stop_token = stop.token();
  const auto increment = Get(Resolve(std::move(input)));
  const auto reader = Get(increment->new_samples());
  stop.RequestStop();
  EXPECT_THAT(reader->ToTable(), FailsWith(ErrorCode::kCancelled, "cancelled"));
}

TEST(ExecutionTest, SaysHowFarItIs) {
  ResolveInput input = ThousandSamples();
  input.execution.scan_batch_size = 100;
  std::vector<ExecutionProgress> seen;
  input.execution.on_progress = [&](const ExecutionProgress& progress) {
    seen.push_back(progress);
  };
  Get(Resolve(std::move(input)));
  ASSERT_GE(seen.size(), 4U);
  EXPECT_EQ(seen.front().phase, ExecutionPhase::kReading);
  EXPECT_EQ(seen.front().rows, 0);
  EXPECT_EQ(seen.front().total_rows, 1000);
  EXPECT_EQ(seen.back().phase, ExecutionPhase::kComparing);
  EXPECT_EQ(seen.back().rows, 1000);
}

TEST(ExecutionTest, FirstFailureStopsTheOthers) {
  for (const int threads : {1, 2}) {
    Execution execution({.threads = threads});
    std::atomic<int> tasks{0};
    const arrow::Status status = execution.ForEach(1000, [&](size_t task) {
      ++tasks;
      return task == 3 ? MakeError(ErrorCode::kIo, "broken") : arrow::Status::OK();
    });
    EXPECT_THAT(status, FailsWith(ErrorCode::kIo, "broken"));
    if (threads == 1) {
      EXPECT_EQ(tasks, 4);
    }
  }
  EXPECT_THAT(Execution({}).ForEach(2, [](size_t) -> arrow::Status { throw std::bad_alloc(); }),
              FailsWith(ErrorCode::kResourceExhausted, "not enough memory"));
}

TEST(ExecutionTest, SplitsTablesByBudget) {
  EXPECT_EQ(Execution({.memory_limit = int64_t{1} << 30}).PartitionsFor(100), 1U);
  EXPECT_EQ(Execution({.memory_limit = int64_t{8} << 30}).PartitionsFor(1 << 20), 32U);
  EXPECT_GT(Execution({.memory_limit = 1 << 20}).PartitionsFor(1 << 20), 1024U);
}

TEST(MachineMemoryTest, IsKnown) {
  EXPECT_GT(internal::MachineMemory(), int64_t{1} << 24);
  EXPECT_EQ(internal::DefaultMemoryLimit(), internal::MachineMemory() / 4);
}

}  // namespace
}  // namespace metaxy::testing
