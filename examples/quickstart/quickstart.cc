// The smallest program: two features, two videos, and the question what has to be done.
//
// Run it twice in an empty directory: the second time there is nothing to do. Then change "a1"
// below (the hash of a sound track, say): one transcript is stale. Change "f1" instead: none is, as
// transcripts depend on the sound alone.

#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <metaxy/metaxy.h>

#include <iostream>

namespace {

constexpr const char* kVideos = R"([
  {"video_id": "v1", "path": "v1.mp4",
   "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}},
  {"video_id": "v2", "path": "v2.mp4",
   "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}}
])";

arrow::Result<std::shared_ptr<arrow::Table>> Videos() {
  auto text = arrow::utf8();
  auto provenance = arrow::struct_({{"audio", text}, {"frames", text}});
  auto row = arrow::struct_(
      {{"video_id", text}, {"path", text}, {"metaxy_provenance_by_field", provenance}});
  ARROW_ASSIGN_OR_RAISE(auto rows, arrow::json::ChunkedArrayFromJSONString(row, {kVideos}));
  return arrow::Table::FromChunkedStructArray(rows);
}

// Asks what is new or stale, does it, and records it.
arrow::Status Update(metaxy::MetadataStore& store, const metaxy::FeatureKey& feature,
                     const metaxy::ResolveUpdateOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto increment, store.ResolveUpdate(feature, options));
  std::cout << feature << ": " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    // A real program computes something here, and adds columns with what it got.
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store.Write(feature, rows));
  }
  return arrow::Status::OK();
}

arrow::Status Main() {
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

  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));
  ARROW_ASSIGN_OR_RAISE(auto videos, Videos());
  ARROW_RETURN_NOT_OK(Update(*store, "example/video", {.samples = videos}));
  return Update(*store, "example/transcript", {});
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
