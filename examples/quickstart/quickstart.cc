// A minimal program: two features, two videos, and what has to be computed.
//
// Run it twice in an empty directory: the second time there is nothing to do. Then change "a1"
// below (say, the hash of an audio track): one transcript is stale. Change "f1" instead: none is,
// because transcripts depend only on the audio.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string id, path;
  std::string audio, frames;  // Hashes of the audio and the frames.
};

struct Transcript {
  std::string text;
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "example/video", .id_columns = {"video_id"}, .fields = {"audio", "frames"}},
      "quickstart"));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "example/transcript",
       .id_columns = {"video_id"},
       .deps = {"example/video"},
       .fields = {{.key = "text",
                   .code_version = "1",
                   .deps = {{.feature = "example/video", .fields = {{"audio"}}}}}}},
      "quickstart"));
  return graph;
}

void Report(const char* feature, const metaxy::Increment& increment) {
  std::cout << feature << ": " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));

  const std::vector<Video> videos = {{"v1", "v1.mp4", "a1", "f1"}, {"v2", "v2.mp4", "a2", "f2"}};
  const auto video = metaxy::RowType<Video>()
                         .Column("video_id", &Video::id)
                         .Column("path", &Video::path)
                         .Provenance("audio", &Video::audio)
                         .Provenance("frames", &Video::frames);
  ARROW_ASSIGN_OR_RAISE(auto samples, video.ToTable(videos));
  ARROW_ASSIGN_OR_RAISE(auto increment,
                        store->ResolveUpdate("example/video", {.samples = samples}));
  Report("example/video", increment);
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store->Write("example/video", rows));
  }

  // Each video that is new, or whose audio has changed, gets its transcript.
  const auto source = metaxy::RowType<Video>().Column("path", &Video::path);
  const auto transcript = metaxy::RowType<Transcript>().Column("text", &Transcript::text);
  ARROW_ASSIGN_OR_RAISE(increment, store->ResolveUpdate("example/transcript"));
  Report("example/transcript", increment);
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() == 0) continue;
    ARROW_ASSIGN_OR_RAISE(auto written,
                          metaxy::MapRows(rows, source, transcript, [](const Video& row) {
                            return Transcript{.text = "what is said in " + row.path};
                          }));
    ARROW_RETURN_NOT_OK(store->Write("example/transcript", written));
  }
  return arrow::Status::OK();
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
