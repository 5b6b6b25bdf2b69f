// An optional parent: summaries are made from videos, and from subtitles if there are any. When
// subtitles arrive later, only these summaries are stale.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Sample {
  std::string video_id, hash;
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  const std::string project = "example_optional_dependency";
  ARROW_RETURN_NOT_OK(graph->AddFeature({.key = "video", .id_columns = {"video_id"}}, project));
  ARROW_RETURN_NOT_OK(graph->AddFeature({.key = "subtitles", .id_columns = {"video_id"}}, project));
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "summary",
                         .id_columns = {"video_id"},
                         .deps = {metaxy::FeatureDep{.feature = "video"},
                                  metaxy::FeatureDep{.feature = "subtitles", .optional = true}}},
                        project));
  return graph;
}

arrow::Status Write(metaxy::MetadataStore& store, const char* feature,
                    const std::vector<Sample>& samples) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, metaxy::RowType<Sample>()
                                             .Column("video_id", &Sample::video_id)
                                             .Provenance("default", &Sample::hash)
                                             .ToTable(samples));
  return store.Write(feature, rows);
}

arrow::Status Summarise(metaxy::MetadataStore& store) {
  ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdate("summary"));
  std::cout << "  summary: " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store.Write("summary", rows));
  }
  return arrow::Status::OK();
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));

  std::cout << "Two videos, subtitles of one:\n";
  ARROW_RETURN_NOT_OK(Write(*store, "video", {{"v1", "a"}, {"v2", "b"}}));
  ARROW_RETURN_NOT_OK(Write(*store, "subtitles", {{"v1", "c"}}));
  ARROW_RETURN_NOT_OK(Summarise(*store));
  std::cout << "Nothing has changed:\n";
  ARROW_RETURN_NOT_OK(Summarise(*store));
  std::cout << "Subtitles of the other arrive:\n";
  ARROW_RETURN_NOT_OK(Write(*store, "subtitles", {{"v2", "d"}}));
  return Summarise(*store);
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
