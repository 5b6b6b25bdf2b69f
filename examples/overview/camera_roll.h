// The example's photographs, and the changes to them between two runs of the pipeline.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>

namespace overview {

/// \brief Fills `to` with the photographs of the directory `from`; returns their number.
///
/// Files without image data, as in collections of EXIF samples, are completed: the thumbnail that
/// the camera put into the EXIF block becomes the image. Files without any image are skipped.
arrow::Result<int> ImportPhotos(const std::filesystem::path& from, const std::filesystem::path& to);

/// \brief Fills `to` with `count` generated landscapes with EXIF blocks of imaginary cameras: for
/// machines without a network.
arrow::Status GeneratePhotos(int count, const std::filesystem::path& to);

/// \brief Sets the modification time to now; the content is unchanged.
arrow::Status Touch(const std::filesystem::path& photo);

/// \brief Makes the picture brighter; its EXIF block is unchanged.
arrow::Status Retouch(const std::filesystem::path& photo);

/// \brief Corrects the date in the EXIF block; the picture is unchanged.
arrow::Status CorrectDate(const std::filesystem::path& photo, const std::string& taken_at);

}  // namespace overview
