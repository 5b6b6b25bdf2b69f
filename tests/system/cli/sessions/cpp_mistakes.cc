// Mistakes of the first minutes with the C++ library, on the store of examples/quickstart: each
// ends with the error that a program gets.
#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Video {
  std::string id;
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "example/video", .id_columns = {"video_id"}, .fields = {"audio", "frames"}},
      "quickstart"));
  return graph;
}

arrow::Status Make(const std::string& mistake) {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  if (mistake == "unknown-parent") {
    ARROW_RETURN_NOT_OK(graph->AddFeature(
        {.key = "example/crop", .id_columns = {"video_id"}, .deps = {"example/vidoe"}},
        "quickstart"));
  }
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  if (mistake != "not-open") {
    ARROW_RETURN_NOT_OK(store->Open(mistake == "open-for-reading" ? metaxy::AccessMode::kRead
                                                                  : metaxy::AccessMode::kWrite));
  }
  if (mistake == "unknown-parent") return store->ResolveUpdate("example/crop").status();
  if (mistake == "misspelt") return store->Read("example/vidoe").status();
  const auto video = metaxy::RowType<Video>().Column("video_id", &Video::id);
  ARROW_ASSIGN_OR_RAISE(auto rows, video.ToTable(std::vector<Video>{{"v1"}}));
  return store->Write("example/video", rows).status();
}

}  // namespace

int main(int argc, char** argv) {
  const arrow::Status status = Make(argc > 1 ? argv[1] : "");
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
