// Writing files so that nobody ever sees half of one.
#pragma once

#include <arrow/status.h>

#include <filesystem>
#include <string_view>

namespace metaxy::internal {

/// \brief Writes a file, which has its new content wholly or, after a failure, its old one. Where
/// `path` is a link, the file that it leads to is written. PermissionDenied, ResourceExhausted or
/// Io, naming the file and the system's reason.
arrow::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view text);

}  // namespace metaxy::internal
