#include "photo_features.h"

#include <fstream>

namespace overview {
namespace {

// One row per file. Nothing is computed from another feature: its samples come from the folder.
metaxy::FeatureSpec RawSpec(const CodeVersions& code) {
  return {
      .key = kRaw,
      .id_columns = {"photo_id"},
      .fields = {{.key = "pixels"}, {.key = "exif", .code_version = code.exif_reader}},
      .description = "Photographs and their camera metadata",
  };
}

// Depends on one field of the parent: a corrected date in the EXIF block makes no thumbnail stale.
metaxy::FeatureSpec ThumbnailSpec(const CodeVersions& code) {
  return {
      .key = kThumbnail,
      .id_columns = {"photo_id"},
      .deps = {{.feature = kRaw, .select = {{"path"}}}},
      .fields = {{.key = "image",
                  .code_version = code.thumbnail,
                  .deps = {{.feature = kRaw, .fields = {{"pixels"}}}}}},
      .description = "Thumbnails",
  };
}

metaxy::FeatureSpec HistogramSpec() {
  return {
      .key = kHistogram,
      .id_columns = {"photo_id"},
      .deps = {{.feature = kRaw, .select = {{"path"}}}},
      .fields = {{.key = "luminance",
                  .code_version = "1",
                  .deps = {{.feature = kRaw, .fields = {{"pixels"}}}}}},
      .description = "Histogram of brightness",
  };
}

metaxy::FeatureSpec CaptionSpec() {
  return {
      .key = kCaption,
      .id_columns = {"photo_id"},
      .deps = {{.feature = kRaw, .select = {{"camera", "taken_at"}}}},
      .fields = {{.key = "text",
                  .code_version = "1",
                  .deps = {{.feature = kRaw, .fields = {{"exif"}}}}}},
      .description = "A sentence with camera and date",
  };
}

}  // namespace

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> DeclareFeatures(const CodeVersions& code,
                                                                     int hash_truncation_length) {
  auto graph = std::make_shared<metaxy::FeatureGraph>(hash_truncation_length);
  for (const metaxy::FeatureSpec& spec :
       {RawSpec(code), ThumbnailSpec(code), HistogramSpec(), CaptionSpec()}) {
    ARROW_RETURN_NOT_OK(graph->AddFeature(spec, kProject));
  }
  ARROW_RETURN_NOT_OK(graph->Validate());
  return graph;
}

arrow::Status WriteDefinitions(const metaxy::FeatureGraph& graph,
                               const std::filesystem::path& file) {
  metaxy::Json::Array definitions;
  for (const metaxy::FeatureDefinition& definition : graph.definitions()) {
    definitions.push_back(definition.ToJson());
  }
  std::ofstream out(file);
  out << metaxy::Json(std::move(definitions)).DumpIndented() << '\n';
  out.close();
  if (!out) {
    return arrow::Status::IOError("cannot write ", file.string(),
                                  ": check that the directory exists and is writable");
  }
  return arrow::Status::OK();
}

}  // namespace overview
