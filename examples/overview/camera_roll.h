// Where the example's photographs come from, and what happens to them between two runs of the
// pipeline.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>

namespace overview {

/// \brief Fills `to` with the photographs of the directory `from`; returns how many there are.
///
/// Files in which the picture was cut off, as in collections of EXIF samples, are made whole again:
/// the small picture that the camera put into the EXIF block becomes the picture. Files without any
/// picture are left out.
arrow::Result<int> ImportPhotos(const std::filesystem::path& from, const std::filesystem::path& to);

/// \brief Fills `to` with `count` drawn landscapes with EXIF blocks of imaginary cameras: for
/// machines without a network.
arrow::Status GeneratePhotos(int count, const std::filesystem::path& to);

/// \brief Sets the time of last modification to now; the content stays.
arrow::Status Touch(const std::filesystem::path& photo);

/// \brief Makes the picture brighter; its EXIF block stays.
arrow::Status Retouch(const std::filesystem::path& photo);

/// \brief Corrects the date in the EXIF block; the picture stays.
arrow::Status CorrectDate(const std::filesystem::path& photo, const std::string& taken_at);

}  // namespace overview
