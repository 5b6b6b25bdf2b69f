// File formats of rows, by extension.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <optional>
#include <string_view>

namespace metaxy::cli {

enum class FileFormat { kParquet, kIpc, kCsv, kJsonLines };

/// \brief By the extension of `path`, if it is a known one.
std::optional<FileFormat> FormatByName(const std::filesystem::path& path);

/// \brief The same. InvalidInput, listing the known ones, for any other.
arrow::Result<FileFormat> FormatOf(const std::filesystem::path& path);

/// \brief By its name: "parquet", "arrow", "csv" or "ndjson".
std::optional<FileFormat> FormatNamed(std::string_view name);

}  // namespace metaxy::cli
