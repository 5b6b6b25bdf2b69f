// One store used by many threads.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "metaxy/metadata_store.h"
#include "metaxy/row_type.h"
#include "support/matchers.h"

namespace metaxy::testing {

struct ThreadsSample {
  std::string id;
  int64_t size = 0;
  std::string audio, frames;
};

/// Each thread writes its own samples to `video` (of VideoGraph()) and to its downstream features,
/// and reads and resolves meanwhile; at the end nothing is missing.
inline void UseFromManyThreads(MetadataStore& store, int threads, int rounds) {
  const auto type = RowType<ThreadsSample>()
                        .Column("id", &ThreadsSample::id)
                        .Column("size", &ThreadsSample::size)
                        .Provenance("audio", &ThreadsSample::audio)
                        .Provenance("frames", &ThreadsSample::frames);
  const auto work = [&](int thread) -> arrow::Status {
    for (int round = 0; round < rounds; ++round) {
      const std::string id = std::to_string(thread) + "-" + std::to_string(round);
      ARROW_ASSIGN_OR_RAISE(const auto samples,
                            type.ToTable(std::vector<ThreadsSample>{{id, round, "a" + id, "f"}}));
      ARROW_RETURN_NOT_OK(store.Write("video", samples));
      ARROW_ASSIGN_OR_RAISE(
          const auto crops,
          store.ResolveUpdate("video/crop", {.global_filters = {"id = '" + id + "'"}}));
      if (crops.new_samples->num_rows() != 1) {
        return arrow::Status::Invalid("sample ", id, " is not new");
      }
      ARROW_RETURN_NOT_OK(store.Write("video/crop", crops.new_samples));
      ARROW_ASSIGN_OR_RAISE(const auto reader, store.Read("video"));
      ARROW_ASSIGN_OR_RAISE(const auto rows, reader->ToTable());
      if (rows->num_rows() < round + 1) return arrow::Status::Invalid("rows are missing");
    }
    return arrow::Status::OK();
  };
  std::vector<arrow::Status> results(static_cast<size_t>(threads));
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] { results[static_cast<size_t>(thread)] = work(thread); });
  }
  for (std::thread& thread : running) thread.join();
  for (const arrow::Status& result : results) EXPECT_THAT(result, IsOk());
  EXPECT_EQ(Get(store.CountRows("video")), threads * rounds);
  EXPECT_TRUE(Get(store.ResolveUpdateLazy("video/crop"))->counts().empty());
}

}  // namespace metaxy::testing
