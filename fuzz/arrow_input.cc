// User tables through write, read, resolve and delete, on a store in memory.
#include <arrow/table.h>

#include <memory>

#include "arrow_rows.h"
#include "metaxy/metadata_store.h"
#include "support/memory_store.h"
#include "targets.h"

namespace metaxy::fuzz {
namespace {

std::shared_ptr<FeatureGraph> MakeGraph() {
  auto graph = std::make_shared<FeatureGraph>();
  Require(graph
              ->AddFeature({.key = "video", .id_columns = {"id"}, .fields = {"audio", "frames"}},
                           "fuzz")
              .ok(),
          "the root is a feature");
  Require(graph
              ->AddFeature({.key = "crop",
                            .id_columns = {"id"},
                            .deps = {"video"},
                            .fields = {{.key = "audio", .code_version = "1"}}},
                           "fuzz")
              .ok(),
          "its child is one, too");
  return graph;
}

void RequireValid(const arrow::Result<std::shared_ptr<arrow::Table>>& table) {
  RequireOneLine(table.status());
  if (!table.ok()) return;
  const arrow::Status valid = (*table)->ValidateFull();
  Require(valid.ok(), "a table is valid: " + valid.ToString());
}

void ReadAll(MetadataStore& store, const FeatureKey& feature, const ReadOptions& options) {
  const auto reader = store.Read(feature, options);
  RequireOneLine(reader.status());
  if (reader.ok()) RequireValid((*reader)->ToTable());
}

void Resolve(MetadataStore& store, const FeatureKey& feature, const ResolveUpdateOptions& options) {
  const auto increment = store.ResolveUpdate(feature, options);
  RequireOneLine(increment.status());
  if (!increment.ok()) return;
  RequireValid(increment->new_samples);
  RequireValid(increment->stale);
  RequireValid(increment->orphaned);
  if (feature == FeatureKey("crop")) RequireOneLine(store.Write(feature, increment->new_samples));
}

}  // namespace

void FuzzArrowInput(Input input) {
  static const std::shared_ptr<FeatureGraph> graph = MakeGraph();
  const auto store =
      testing::MemoryMetadataStore::Make(std::make_shared<testing::MemoryDatabase>(),
                                         {.graph = graph, .project = "fuzz", .name = "memory"});
  Require(store->Open(AccessMode::kWrite).ok(), "a store in memory opens");
  Decisions decisions(input);
  // Several tables, so that later ones encounter the results of earlier ones.
  for (int i = 0; i < 4 && !decisions.done(); ++i) {
    const std::shared_ptr<arrow::Table> rows = MakeRows(decisions);
    if (!rows->ValidateFull().ok())
      continue;  // Invalid UTF-8 in a string: users have it, Arrow does not generate it.
    Resolve(*store, "video", {.samples = rows});
    RequireOneLine(store->Write("video", rows));
    ReadAll(*store, "video", {});
    Resolve(*store, "crop", {});
  }
  ReadAll(
      *store, "video",
      {.with_feature_history = true, .with_sample_history = true, .include_soft_deleted = true});
  RequireOneLine(store->Delete("video"));
  Resolve(*store, "crop", {});
}

}  // namespace metaxy::fuzz
