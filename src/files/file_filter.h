// File selection: include and exclude patterns, ignore files, hidden names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "files/glob.h"

namespace metaxy::internal {

/// \brief The ignore files that apply in a folder: its own, and those of the folders above it.
struct IgnoreFiles {
  std::shared_ptr<const IgnoreFiles> above = nullptr;
  /// The folder of the file, relative to the scanned one: empty, or with a slash at its end.
  std::string folder = {};
  std::vector<PathPattern> patterns = {};
};

/// \brief Which files are samples. Immutable; paths are relative to the scanned folder.
class FileFilter {
 public:
  FileFilter(const std::vector<std::string>& include, const std::vector<std::string>& exclude,
             bool hidden);

  /// \brief Whether a file, or everything below a folder, is left out. `ignored` may be null.
  bool IsExcluded(std::string_view path, bool is_folder, const IgnoreFiles* ignored) const;
  /// \brief Whether a file is asked for.
  bool IsIncluded(std::string_view path) const;

 private:
  std::vector<PathPattern> include_;
  std::vector<PathPattern> exclude_;
  bool hidden_;
};

}  // namespace metaxy::internal
