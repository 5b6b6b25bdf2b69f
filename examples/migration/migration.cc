// After a change of a feature that does not affect its results: rows are rebased to the new version
// instead of being recomputed.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string video_id, audio;
};

struct Transcript {
  std::string text;
};

// `code_version` is that of the code that computes transcripts.
arrow::Result<std::shared_ptr<metaxy::MetadataStore>> OpenStore(const std::string& code_version) {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "video", .id_columns = {"video_id"}, .fields = {"audio"}}, "example_migration"));
  ARROW_RETURN_NOT_OK(graph->AddFeature({.key = "transcript",
                                         .id_columns = {"video_id"},
                                         .deps = {"video"},
                                         .fields = {{.key = "text", .code_version = code_version}}},
                                        "example_migration"));
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));
  return store;
}

arrow::Status Report(metaxy::MetadataStore& store) {
  ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdateLazy("transcript"));
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, store.CountRows("transcript"));
  std::cout << "  transcript: " << rows << " rows, " << increment->counts().new_samples << " new, "
            << increment->counts().stale << " stale\n";
  return arrow::Status::OK();
}

arrow::Status Compute(metaxy::MetadataStore& store) {
  const auto video = metaxy::RowType<Video>()
                         .Column("video_id", &Video::video_id)
                         .Provenance("audio", &Video::audio);
  const std::vector<Video> videos = {{"v1", "a1"}, {"v2", "a2"}};
  ARROW_ASSIGN_OR_RAISE(const auto samples, video.ToTable(videos));
  ARROW_RETURN_NOT_OK(store.Write("video", samples));
  ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdate("transcript"));
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      metaxy::MapRows(
          increment.new_samples, metaxy::RowType<Video>().Column("video_id", &Video::video_id),
          metaxy::RowType<Transcript>().Column("text", &Transcript::text),
          [](const Video& row) { return Transcript{"what is said in " + row.video_id}; }));
  return store.Write("transcript", rows);
}

arrow::Status Main() {
  std::cout << "Two transcripts are computed:\n";
  ARROW_ASSIGN_OR_RAISE(auto store, OpenStore("1"));
  ARROW_RETURN_NOT_OK(Compute(*store));
  ARROW_RETURN_NOT_OK(Report(*store));
  ARROW_ASSIGN_OR_RAISE(const std::string old_version,
                        store->graph()->GetFeatureVersion("transcript"));
  ARROW_RETURN_NOT_OK(store->Close());

  std::cout << "The code is refactored and gets version 2; it has no transcripts yet:\n";
  ARROW_ASSIGN_OR_RAISE(store, OpenStore("2"));
  ARROW_RETURN_NOT_OK(Report(*store));

  ARROW_ASSIGN_OR_RAISE(const int64_t rebased, store->RebaseVersion("transcript", old_version));
  std::cout << "Its results are the same, so " << rebased << " rows are rebased:\n";
  return Report(*store);
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
