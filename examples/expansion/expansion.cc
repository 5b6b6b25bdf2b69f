// 1:N: a video is cut into chunks, and faces are detected in each chunk. Counterpart of the Python
// package's example-expansion.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string video_id, path;
  std::string audio, frames;  // Hashes of the audio and the frames.
};

struct Chunk {
  std::string video_id, video_chunk_id, path;
  std::string audio, frames;  // The provenance, which all chunks of a video share.
};

struct Faces {
  int64_t num_faces = 0;
};

template <class Row>
metaxy::RowType<Row> VideoRows() {
  return metaxy::RowType<Row>()
      .Column("video_id", &Row::video_id)
      .Column("path", &Row::path)
      .Provenance("audio", &Row::audio)
      .Provenance("frames", &Row::frames);
}

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  const std::string project = "example_expansion";
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "video/raw",
                         .id_columns = {"video_id"},
                         .fields = {{.key = "audio", .code_version = "1"}, {.key = "frames"}}},
                        project));
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "video/chunk",
                         .id_columns = {"video_chunk_id"},
                         .deps = {metaxy::FeatureDep{
                             .feature = "video/raw",
                             .lineage = metaxy::LineageRelationship::Expansion({"video_id"})}},
                         .fields = {"audio", "frames"}},
                        project));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "video/faces",
       .id_columns = {"video_chunk_id"},
       .deps = {"video/chunk"},
       .fields = {{.key = "faces", .deps = {{.feature = "video/chunk", .fields = {{"frames"}}}}}}},
      project));
  return graph;
}

arrow::Result<std::vector<std::shared_ptr<arrow::Table>>> Changed(
    metaxy::MetadataStore& store, const char* feature,
    const metaxy::ResolveUpdateOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto increment, store.ResolveUpdate(feature, options));
  std::cout << "  " << feature << ": " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale, " << increment.orphaned->num_rows()
            << " orphaned\n";
  std::vector<std::shared_ptr<arrow::Table>> changed;
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) changed.push_back(rows);
  }
  return changed;
}

// An increment of an expanded feature has one row per video; three chunk rows are made from it.
arrow::Status UpdateChunks(metaxy::MetadataStore& store) {
  auto chunk_rows = VideoRows<Chunk>();
  chunk_rows.Column("video_chunk_id", &Chunk::video_chunk_id);
  ARROW_ASSIGN_OR_RAISE(const auto changed, Changed(store, "video/chunk"));
  for (const auto& rows : changed) {
    std::vector<Chunk> chunks;
    ARROW_RETURN_NOT_OK(VideoRows<Video>().ForEach(*rows, [&](const Video& video) {
      for (int i = 0; i < 3; ++i) {
        const std::string id = video.video_id + "_" + std::to_string(i);
        chunks.push_back({video.video_id, id, "chunks/" + id + ".mp4", video.audio, video.frames});
      }
    }));
    ARROW_ASSIGN_OR_RAISE(const auto written, chunk_rows.ToTable(chunks));
    ARROW_RETURN_NOT_OK(store.Write("video/chunk", written));
  }
  return arrow::Status::OK();
}

arrow::Status Update(metaxy::MetadataStore& store, const std::vector<Video>& videos) {
  ARROW_ASSIGN_OR_RAISE(auto samples, VideoRows<Video>().ToTable(videos));
  ARROW_ASSIGN_OR_RAISE(auto changed, Changed(store, "video/raw", {.samples = samples}));
  for (const auto& rows : changed) ARROW_RETURN_NOT_OK(store.Write("video/raw", rows));
  ARROW_RETURN_NOT_OK(UpdateChunks(store));

  const auto chunk = metaxy::RowType<Chunk>().Column("path", &Chunk::path);
  const auto faces = metaxy::RowType<Faces>().Column("num_faces", &Faces::num_faces);
  ARROW_ASSIGN_OR_RAISE(changed, Changed(store, "video/faces"));
  for (const auto& rows : changed) {
    ARROW_ASSIGN_OR_RAISE(auto found, metaxy::MapRows(rows, chunk, faces, [](const Chunk& row) {
                            return Faces{static_cast<int64_t>(row.path.size() % 4)};
                          }));
    ARROW_RETURN_NOT_OK(store.Write("video/faces", found));
  }
  return arrow::Status::OK();
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));

  std::vector<Video> videos = {{"1", "video1.mp4", "v1", "v1"},
                               {"2", "video2.mp4", "v2", "v2"},
                               {"3", "video3.mp4", "v3", "v3"}};
  std::cout << "Three videos:\n";
  ARROW_RETURN_NOT_OK(Update(*store, videos));
  std::cout << "Nothing has changed:\n";
  ARROW_RETURN_NOT_OK(Update(*store, videos));
  std::cout << "The audio of video 1 changes; its chunks are cut again, faces are unchanged:\n";
  videos[0].audio = "v1-dubbed";
  ARROW_RETURN_NOT_OK(Update(*store, videos));
  std::cout << "The frames of video 2 change:\n";
  videos[1].frames = "v2-graded";
  return Update(*store, videos);
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
