// Whole files as strings.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace overview {

arrow::Result<std::string> ReadFile(const std::filesystem::path& file);

/// \brief Replaces the file; creates a missing directory.
arrow::Status WriteFile(const std::filesystem::path& file, std::string_view bytes);

/// \brief The JPEG files of a directory, by name.
arrow::Result<std::vector<std::filesystem::path>> ListPictures(
    const std::filesystem::path& directory);

}  // namespace overview
