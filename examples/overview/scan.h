// From a folder of files to the samples of photo/raw.
#pragma once

#include <arrow/result.h>

#include <filesystem>

#include "tables.h"

namespace overview {

struct ScanOptions {
  bool trim = false;  ///< remove spaces around the strings of the EXIF block
};

/// \brief A row per picture: photo_id (the file's name), path, width, height, camera, taken_at and
/// `metaxy_provenance_by_field`. Fails at the first file that cannot be read.
arrow::Result<TablePtr> ScanPhotos(const std::filesystem::path& directory, ScanOptions options);

}  // namespace overview
