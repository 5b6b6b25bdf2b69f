#include "compute.h"

#include <arrow/builder.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "files.h"
#include "picture.h"

namespace overview {

arrow::Result<TablePtr> MakeThumbnails(const TablePtr& rows, int edge) {
  ARROW_ASSIGN_OR_RAISE(auto ids, Texts(*rows, "photo_id"));
  ARROW_ASSIGN_OR_RAISE(auto paths, Texts(*rows, "path"));
  std::vector<std::string> files;
  std::vector<int32_t> widths, heights;
  for (size_t i = 0; i < ids.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Picture picture, Picture::Load(paths[i]));
    ARROW_ASSIGN_OR_RAISE(Picture thumbnail, picture.ScaledToFit(edge));
    ARROW_ASSIGN_OR_RAISE(std::string jpeg, thumbnail.ToJpeg());
    files.push_back("thumbnails/" + ids[i]);
    ARROW_RETURN_NOT_OK(WriteFile(files.back(), jpeg));
    widths.push_back(thumbnail.width());
    heights.push_back(thumbnail.height());
  }
  ARROW_ASSIGN_OR_RAISE(auto file_column, ToArray<arrow::StringBuilder>(files));
  ARROW_ASSIGN_OR_RAISE(auto width_column, ToArray<arrow::Int32Builder>(widths));
  ARROW_ASSIGN_OR_RAISE(auto height_column, ToArray<arrow::Int32Builder>(heights));
  ARROW_ASSIGN_OR_RAISE(TablePtr table, WithColumn(rows, "thumbnail", file_column));
  ARROW_ASSIGN_OR_RAISE(table, WithColumn(table, "thumbnail_width", width_column));
  return WithColumn(table, "thumbnail_height", height_column);
}

arrow::Result<TablePtr> MakeHistograms(const TablePtr& rows) {
  ARROW_ASSIGN_OR_RAISE(auto paths, Texts(*rows, "path"));
  auto bins = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder histograms(arrow::default_memory_pool(), bins);
  for (const std::string& path : paths) {
    ARROW_ASSIGN_OR_RAISE(Picture picture, Picture::Load(path));
    const Histogram histogram = picture.Luminance();
    ARROW_RETURN_NOT_OK(histograms.Append());
    ARROW_RETURN_NOT_OK(bins->AppendValues(histogram.data(), kHistogramBins));
  }
  ARROW_ASSIGN_OR_RAISE(auto column, histograms.Finish());
  return WithColumn(rows, "luminance", column);
}

arrow::Result<TablePtr> MakeCaptions(const TablePtr& rows) {
  ARROW_ASSIGN_OR_RAISE(auto cameras, Texts(*rows, "camera"));
  ARROW_ASSIGN_OR_RAISE(auto dates, Texts(*rows, "taken_at"));
  std::vector<std::string> captions;
  for (size_t i = 0; i < cameras.size(); ++i) {
    std::string caption = "Photograph";
    if (!dates[i].empty()) caption += " of " + dates[i].substr(0, 10);
    if (!cameras[i].empty()) caption += " (" + cameras[i] + ")";
    captions.push_back(caption);
  }
  ARROW_ASSIGN_OR_RAISE(auto column, ToArray<arrow::StringBuilder>(captions));
  return WithColumn(rows, "caption", column);
}

}  // namespace overview
