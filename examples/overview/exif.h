// Camera metadata of a file. The only part of the example that uses libexif.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

namespace overview {

/// \brief The EXIF block of a file, and the values the example uses. All empty if a file has none.
struct Exif {
  std::string block;     ///< the bytes, beginning with "Exif\0\0"
  std::string camera;    ///< maker and model
  std::string taken_at;  ///< "2007-05-12 08:19:07"
};

/// \brief Reads the block of a JPEG file in memory. With `trim`, surrounding spaces are removed
/// from strings, which some cameras pad to a fixed width.
Exif ReadExif(std::string_view jpeg, bool trim);

/// \brief The thumbnail that cameras put into the block, as a JPEG file; empty if there is none.
std::string ExifPreview(std::string_view jpeg);

/// \brief The block without the thumbnail.
arrow::Result<std::string> ExifWithoutPreview(std::string_view jpeg);

/// \brief A block with just these two entries. `taken_at` as above.
arrow::Result<std::string> MakeExif(const std::string& camera, const std::string& taken_at);

/// \brief The block of a file with a different date.
arrow::Result<std::string> ExifWithDate(std::string_view jpeg, const std::string& taken_at);

/// \brief A JPEG file with its EXIF block, if any, replaced by `block`.
arrow::Result<std::string> ReplaceExif(std::string_view jpeg, std::string_view block);

}  // namespace overview
