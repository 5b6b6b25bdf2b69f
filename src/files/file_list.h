// Directory traversal: the files in and below a folder.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "base/program_export.h"
#include "metaxy/scan_files.h"

namespace metaxy::internal {

struct ListedFile {
  std::string id;  ///< its path relative to the folder; valid UTF-8
  int64_t size = 0;
  int64_t modified_ns = 0;  ///< nanoseconds since 1970
};

struct FileList {
  std::vector<ListedFile> files = {};  ///< by id
  std::vector<FileProblem> problems = {};
  int64_t links_skipped = 0;
};

/// \brief InvalidInput, with what to do, if `folder` is missing or not a directory.
METAXY_PROGRAM_EXPORT arrow::Status CheckFolder(const std::filesystem::path& folder);

/// \brief The files that `options` select. What cannot be listed or has a name that cannot be
/// stored is a problem, not an error. `on_count` is told now and then how many there are so far.
/// Fails as CheckFolder() does; PermissionDenied or Io if it cannot be listed; Cancelled or
/// Timeout.
arrow::Result<FileList> ListFiles(const std::filesystem::path& folder,
                                  const ScanFilesOptions& options, const Interrupt& interrupt,
                                  const std::function<arrow::Status(int64_t)>& on_count);

}  // namespace metaxy::internal
