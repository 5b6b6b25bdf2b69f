// A new code version of a parent: everything downstream has to be recomputed. Counterpart of the
// Python package's example-basic.

#include <metaxy/metaxy.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

struct Sample {
  std::string sample_uid;
  std::string embeddings;  // A hash of their input.
};

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features(const std::string& code_version) {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "examples/parent",
                         .id_columns = {"sample_uid"},
                         .fields = {{.key = "embeddings", .code_version = code_version}}},
                        "example_basic"));
  ARROW_RETURN_NOT_OK(graph->AddFeature({.key = "examples/child",
                                         .id_columns = {"sample_uid"},
                                         .deps = {"examples/parent"},
                                         .fields = {"predictions"}},
                                        "example_basic"));
  return graph;
}

arrow::Status UpdateFeature(metaxy::MetadataStore& store, const char* feature,
                            const metaxy::ResolveUpdateOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdate(feature, options));
  std::cout << "  " << feature << ": " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store.Write(feature, rows));
  }
  return arrow::Status::OK();
}

// A run of the pipeline whose code computes embeddings with this version.
arrow::Status Run(const std::string& code_version) {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features(code_version));
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));
  const std::vector<Sample> samples = {{"1", "v1"}, {"2", "v2"}, {"3", "v3"}};
  ARROW_ASSIGN_OR_RAISE(auto rows, metaxy::RowType<Sample>()
                                       .Column("sample_uid", &Sample::sample_uid)
                                       .Provenance("embeddings", &Sample::embeddings)
                                       .ToTable(samples));
  ARROW_RETURN_NOT_OK(UpdateFeature(*store, "examples/parent", {.samples = rows}));
  return UpdateFeature(*store, "examples/child", {});
}

arrow::Status Main() {
  std::cout << "Embeddings in version 1:\n";
  ARROW_RETURN_NOT_OK(Run("1"));
  std::cout << "Again:\n";
  ARROW_RETURN_NOT_OK(Run("1"));
  std::cout << "Embeddings in version 2:\n";
  return Run("2");
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
