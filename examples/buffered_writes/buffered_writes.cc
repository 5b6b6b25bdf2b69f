// Many small writes from several threads in few commits: each worker passes on one sample at a
// time, and BufferedMetadataWriter writes them together.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kWorkers = 4;
constexpr int kSamplesPerWorker = 25;

struct Video {
  std::string video_id, frames;
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  const std::string project = "example_buffered_writes";
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "video", .id_columns = {"video_id"}, .fields = {"frames"}}, project));
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "crop", .id_columns = {"video_id"}, .deps = {"video"}}, project));
  return graph;
}

// The work of one thread: a sample is computed and passed on.
arrow::Status Work(metaxy::BufferedMetadataWriter& writer, int worker) {
  const auto video = metaxy::RowType<Video>()
                         .Column("video_id", &Video::video_id)
                         .Provenance("frames", &Video::frames);
  for (int i = 0; i < kSamplesPerWorker; ++i) {
    const std::string id = std::to_string(worker) + "-" + std::to_string(i);
    ARROW_ASSIGN_OR_RAISE(auto rows, video.ToTable(std::vector<Video>{{id, "hash-" + id}}));
    ARROW_RETURN_NOT_OK(writer.Put("video", std::move(rows)));
  }
  return arrow::Status::OK();
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        metaxy::BufferedMetadataWriter::Make(store, {.flush_batch_size = 1000}));

  std::vector<arrow::Status> results(kWorkers);
  std::vector<std::thread> threads;
  for (int worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&results, &writer, worker] {
      results[static_cast<size_t>(worker)] = Work(*writer, worker);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& result : results) ARROW_RETURN_NOT_OK(result);

  ARROW_ASSIGN_OR_RAISE(const auto written, writer->Close());
  for (const auto& [feature, rows] : written) {
    std::cout << feature << ": " << rows << " rows of " << kWorkers << " threads written\n";
  }
  ARROW_ASSIGN_OR_RAISE(const auto crops, store->ResolveUpdateLazy("crop"));
  std::cout << "crop: " << crops->counts().new_samples << " new\n";
  return arrow::Status::OK();
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
