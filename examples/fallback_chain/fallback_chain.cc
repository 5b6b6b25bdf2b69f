// A development branch on top of production data: the store `branch` reads parents from
// `production` that it does not have itself, and writes nothing there.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string video_id, audio;
};

using StorePtr = std::shared_ptr<metaxy::MetadataStore>;

arrow::Result<StorePtr> OpenStore(const std::string& name, const std::string& code_version,
                                  std::vector<StorePtr> fallback_stores) {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "video", .id_columns = {"video_id"}, .fields = {"audio"}}, "example_fallback"));
  ARROW_RETURN_NOT_OK(graph->AddFeature({.key = "transcript",
                                         .id_columns = {"video_id"},
                                         .deps = {"video"},
                                         .fields = {{.key = "text", .code_version = code_version}}},
                                        "example_fallback"));
  ARROW_ASSIGN_OR_RAISE(
      auto store,
      metaxy::LanceDBMetadataStore::Make(
          {.uri = name},
          {.graph = graph, .name = name, .fallback_stores = std::move(fallback_stores)}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));
  return store;
}

arrow::Status Transcribe(metaxy::MetadataStore& store) {
  ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdate("transcript"));
  std::cout << "  transcript in " << store.name() << ": " << increment.new_samples->num_rows()
            << " new, " << increment.stale->num_rows() << " stale\n";
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store.Write("transcript", rows));
  }
  return arrow::Status::OK();
}

arrow::Status WhereFrom(metaxy::MetadataStore& store, const char* feature) {
  ARROW_ASSIGN_OR_RAISE(const metaxy::MetadataStore* owner, store.FindStoreForFeature(feature));
  std::cout << "  " << store.name() << " has " << feature << " from " << owner->name() << "\n";
  return arrow::Status::OK();
}

arrow::Status Main() {
  std::cout << "Production:\n";
  ARROW_ASSIGN_OR_RAISE(const StorePtr production, OpenStore("production", "1", {}));
  const std::vector<Video> videos = {{"v1", "a1"}, {"v2", "a2"}};
  ARROW_ASSIGN_OR_RAISE(const auto rows, metaxy::RowType<Video>()
                                             .Column("video_id", &Video::video_id)
                                             .Provenance("audio", &Video::audio)
                                             .ToTable(videos));
  ARROW_RETURN_NOT_OK(production->Write("video", rows));
  ARROW_RETURN_NOT_OK(Transcribe(*production));

  std::cout << "A branch tries version 2 of the transcripts:\n";
  ARROW_ASSIGN_OR_RAISE(const StorePtr branch, OpenStore("branch", "2", {production}));
  ARROW_RETURN_NOT_OK(Transcribe(*branch));
  ARROW_RETURN_NOT_OK(WhereFrom(*branch, "video"));
  ARROW_RETURN_NOT_OK(WhereFrom(*branch, "transcript"));

  std::cout << "Production goes on as before:\n";
  return Transcribe(*production);
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
