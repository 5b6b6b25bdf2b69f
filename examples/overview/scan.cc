#include "scan.h"

#include <arrow/builder.h>
#include <metaxy/system_columns.h>

#include <cstdint>
#include <string>
#include <vector>

#include "content_hash.h"
#include "exif.h"
#include "files.h"
#include "picture.h"

namespace overview {
namespace {

// The rows, column by column.
struct Columns {
  std::vector<std::string> photo_id, path, camera, taken_at;
  std::vector<int32_t> width, height;
  std::vector<std::string> pixels, exif;  ///< provenance of the two fields
};

arrow::Status AddPhoto(const std::filesystem::path& file, ScanOptions options, Columns* columns) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFile(file));
  ARROW_ASSIGN_OR_RAISE(Picture picture, Picture::Load(file));
  const Exif exif = ReadExif(bytes, options.trim);
  columns->photo_id.push_back(file.filename().string());
  columns->path.push_back(file.generic_string());
  columns->width.push_back(picture.width());
  columns->height.push_back(picture.height());
  columns->camera.push_back(exif.camera);
  columns->taken_at.push_back(exif.taken_at);
  // For samples from outside, the program defines what "changed" means, separately for each field:
  // here that the decoded picture or the bytes of the EXIF block differ. File names and timestamps
  // are ignored.
  columns->pixels.push_back(picture.ContentHash());
  columns->exif.push_back(ContentHash(exif.block));
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<TablePtr> ScanPhotos(const std::filesystem::path& directory, ScanOptions options) {
  ARROW_ASSIGN_OR_RAISE(std::vector<std::filesystem::path> files, ListPictures(directory));
  Columns columns;
  for (const std::filesystem::path& file : files) {
    ARROW_RETURN_NOT_OK(AddPhoto(file, options, &columns));
  }
  using arrow::Int32Builder, arrow::StringBuilder;
  ARROW_ASSIGN_OR_RAISE(auto photo_id, ToArray<StringBuilder>(columns.photo_id));
  ARROW_ASSIGN_OR_RAISE(auto path, ToArray<StringBuilder>(columns.path));
  ARROW_ASSIGN_OR_RAISE(auto width, ToArray<Int32Builder>(columns.width));
  ARROW_ASSIGN_OR_RAISE(auto height, ToArray<Int32Builder>(columns.height));
  ARROW_ASSIGN_OR_RAISE(auto camera, ToArray<StringBuilder>(columns.camera));
  ARROW_ASSIGN_OR_RAISE(auto taken_at, ToArray<StringBuilder>(columns.taken_at));
  ARROW_ASSIGN_OR_RAISE(auto pixels, ToArray<StringBuilder>(columns.pixels));
  ARROW_ASSIGN_OR_RAISE(auto exif, ToArray<StringBuilder>(columns.exif));
  ARROW_ASSIGN_OR_RAISE(auto provenance,
                        arrow::StructArray::Make(arrow::ArrayVector{pixels, exif},
                                                 std::vector<std::string>{"pixels", "exif"}));
  const auto schema = arrow::schema({
      arrow::field("photo_id", arrow::utf8()),
      arrow::field("path", arrow::utf8()),
      arrow::field("width", arrow::int32()),
      arrow::field("height", arrow::int32()),
      arrow::field("camera", arrow::utf8()),
      arrow::field("taken_at", arrow::utf8()),
      arrow::field(std::string(metaxy::kProvenanceByField), provenance->type()),
  });
  return arrow::Table::Make(schema, {photo_id, path, width, height, camera, taken_at, provenance});
}

}  // namespace overview
