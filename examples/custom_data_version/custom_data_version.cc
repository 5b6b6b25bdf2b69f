// A custom version of a result: thumbnails are versioned by their content, so that captions stay up
// to date if another video gives the same thumbnail.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string video_id, frames;
};

struct Thumbnail {
  std::string content;  // A hash of the frames.
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  const std::string project = "example_custom_data_version";
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "video", .id_columns = {"video_id"}, .fields = {"frames"}}, project));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "thumbnail", .id_columns = {"video_id"}, .deps = {"video"}, .fields = {"picture"}},
      project));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "caption", .id_columns = {"video_id"}, .deps = {"thumbnail"}, .fields = {"text"}},
      project));
  return graph;
}

arrow::Result<std::vector<std::shared_ptr<arrow::Table>>> Changed(
    metaxy::MetadataStore& store, const char* feature,
    const metaxy::ResolveUpdateOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto increment, store.ResolveUpdate(feature, options));
  std::cout << "  " << feature << ": " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
  std::vector<std::shared_ptr<arrow::Table>> changed;
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) changed.push_back(rows);
  }
  return changed;
}

// `brightness` is all that a thumbnail shows of its video.
arrow::Status Update(metaxy::MetadataStore& store, const std::vector<Video>& videos,
                     const std::string& brightness) {
  const auto video = metaxy::RowType<Video>()
                         .Column("video_id", &Video::video_id)
                         .Provenance("frames", &Video::frames);
  ARROW_ASSIGN_OR_RAISE(const auto samples, video.ToTable(videos));
  ARROW_ASSIGN_OR_RAISE(auto changed, Changed(store, "video", {.samples = samples}));
  for (const auto& rows : changed) ARROW_RETURN_NOT_OK(store.Write("video", rows));

  ARROW_ASSIGN_OR_RAISE(changed, Changed(store, "thumbnail"));
  for (const auto& rows : changed) {
    const auto ids = metaxy::RowType<Video>().Column("video_id", &Video::video_id);
    const auto versions = metaxy::RowType<Thumbnail>().DataVersion("picture", &Thumbnail::content);
    ARROW_ASSIGN_OR_RAISE(const auto made,
                          metaxy::MapRows(rows, ids, versions, [&](const Video& row) {
                            return Thumbnail{row.video_id + "-" + brightness};
                          }));
    ARROW_RETURN_NOT_OK(store.Write("thumbnail", made));
  }

  ARROW_ASSIGN_OR_RAISE(changed, Changed(store, "caption"));
  for (const auto& rows : changed) ARROW_RETURN_NOT_OK(store.Write("caption", rows));
  return arrow::Status::OK();
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));

  std::cout << "Two videos:\n";
  ARROW_RETURN_NOT_OK(Update(*store, {{"v1", "f1"}, {"v2", "f2"}}, "dark"));
  std::cout << "v1 is re-encoded; its thumbnail is the same:\n";
  ARROW_RETURN_NOT_OK(Update(*store, {{"v1", "f1-h265"}, {"v2", "f2"}}, "dark"));
  std::cout << "v1 is made brighter, which is visible:\n";
  return Update(*store, {{"v1", "f1-bright"}, {"v2", "f2"}}, "bright");
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
