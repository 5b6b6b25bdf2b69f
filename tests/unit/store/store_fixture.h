// A small project on a store in memory.
#pragma once

#include <arrow/table.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/graph.h"
#include "metaxy/metadata_store.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/memory_store.h"

namespace metaxy::testing {

/// video (fields audio, frames) -> crop (both) and transcript (audio alone).
inline std::shared_ptr<FeatureGraph> VideoGraph(const std::string& crop_audio_version = "1") {
  auto graph = std::make_shared<FeatureGraph>();
  EXPECT_THAT(graph->AddFeature(
                  {.key = "video", .id_columns = {"id"}, .fields = {"audio", "frames"}}, "test"),
              IsOk());
  EXPECT_THAT(graph->AddFeature({.key = "video/crop",
                                 .id_columns = {"id"},
                                 .deps = {"video"},
                                 .fields = {{.key = "audio", .code_version = crop_audio_version},
                                            {.key = "frames", .code_version = "1"}}},
                                "test"),
              IsOk());
  EXPECT_THAT(
      graph->AddFeature(
          {.key = "transcript",
           .id_columns = {"id"},
           .deps = {"video/crop"},
           .fields = {{.key = "text", .deps = {{.feature = "video/crop", .fields = {{"audio"}}}}}}},
          "test"),
      IsOk());
  return graph;
}

class StoreTest : public ::testing::Test {
 protected:
  std::shared_ptr<MemoryMetadataStore> OpenStore(std::shared_ptr<FeatureGraph> graph) {
    auto store = MemoryMetadataStore::Make(
        database_, {.graph = std::move(graph), .project = "test", .name = "dev"});
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  /// Samples of `video`: id, size and the provenance of audio and frames.
  static std::shared_ptr<arrow::Table> Videos(const std::string& json) {
    return TableFromJson({{"id", arrow::utf8()},
                          {"size", arrow::int64()},
                          {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                         json);
  }

  static std::shared_ptr<arrow::Table> TwoVideos() {
    return Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}},
      {"id": "b", "size": 2, "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}}])");
  }

  /// Writes everything that an update requests.
  static void Update(MetadataStore& store, const FeatureKey& feature) {
    const Increment increment = Get(store.ResolveUpdate(feature));
    ASSERT_THAT(store.Write(feature, increment.new_samples), IsOk());
    ASSERT_THAT(store.Write(feature, increment.stale), IsOk());
  }

  static std::vector<std::string> ReadRows(MetadataStore& store, const FeatureKey& feature,
                                           const std::vector<std::string>& columns,
                                           const ReadOptions& options = {}) {
    const auto reader = Get(store.Read(feature, options));
    return Rows(*Get(reader->ToTable()), columns);
  }

  static IncrementCounts Counts(MetadataStore& store, const FeatureKey& feature,
                                const ResolveUpdateOptions& options = {}) {
    return Get(store.ResolveUpdateLazy(feature, options))->counts();
  }

  std::shared_ptr<MemoryDatabase> database_ = std::make_shared<MemoryDatabase>();
};

}  // namespace metaxy::testing
