// Files that rows are read from and written to, by their extension.
#pragma once

#include <arrow/result.h>

#include <filesystem>

namespace metaxy::cli {

enum class FileFormat { kParquet, kIpc, kCsv, kJsonLines };

/// \brief By the extension of `path`. InvalidInput, listing the known ones, for any other.
arrow::Result<FileFormat> FormatOf(const std::filesystem::path& path);

}  // namespace metaxy::cli
