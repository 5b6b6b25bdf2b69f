// What a camera notes in a file. The only part of the example that knows libexif.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

namespace overview {

/// \brief The EXIF block of a file, and what the example takes from it. All empty where a file has
/// none.
struct Exif {
  std::string block;     ///< the bytes, beginning with "Exif\0\0"
  std::string camera;    ///< maker and model
  std::string taken_at;  ///< "2007-05-12 08:19:07"
};

/// \brief Reads the block of a JPEG file in memory. With `trim` blanks around texts are removed,
/// which some cameras write to fill their fixed widths.
Exif ReadExif(std::string_view jpeg, bool trim);

/// \brief The small picture that cameras put into the block, as a JPEG file; empty if there is
/// none.
std::string ExifPreview(std::string_view jpeg);

/// \brief The block without that picture.
arrow::Result<std::string> ExifWithoutPreview(std::string_view jpeg);

/// \brief A block with these two entries and no others. `taken_at` as above.
arrow::Result<std::string> MakeExif(const std::string& camera, const std::string& taken_at);

/// \brief The block of a file with another date in it.
arrow::Result<std::string> ExifWithDate(std::string_view jpeg, const std::string& taken_at);

/// \brief A JPEG file with `block` in the place of the EXIF block it has, if it has one.
arrow::Result<std::string> ReplaceExif(std::string_view jpeg, std::string_view block);

}  // namespace overview
