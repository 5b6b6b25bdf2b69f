#include "files/file_filter.h"

#include <algorithm>

namespace metaxy::internal {
namespace {

bool AnyMatches(const std::vector<PathPattern>& patterns, std::string_view path, bool is_folder) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PathPattern& pattern) { return pattern.Matches(path, is_folder); });
}

}  // namespace

FileFilter::FileFilter(const std::vector<std::string>& include,
                       const std::vector<std::string>& exclude, bool hidden)
    : include_(include.begin(), include.end()),
      exclude_(exclude.begin(), exclude.end()),
      hidden_(hidden) {}

bool FileFilter::IsExcluded(std::string_view path, bool is_folder,
                            const IgnoreFiles* ignored) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (!hidden_ && name.starts_with('.')) return true;
  if (AnyMatches(exclude_, path, is_folder)) return true;
  // The nearest file that says something counts, and in it the last line.
  for (const IgnoreFiles* file = ignored; file != nullptr; file = file->above.get()) {
    const std::string_view below = path.substr(file->folder.size());
    const auto last =
        std::find_if(file->patterns.rbegin(), file->patterns.rend(),
                     [&](const PathPattern& pattern) { return pattern.Matches(below, is_folder); });
    if (last != file->patterns.rend()) return !last->negated();
  }
  return false;
}

bool FileFilter::IsIncluded(std::string_view path) const {
  if (include_.empty() || AnyMatches(include_, path, /*is_folder=*/false)) return true;
  for (size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    if (AnyMatches(include_, path.substr(0, slash), /*is_folder=*/true)) return true;
  }
  return false;
}

}  // namespace metaxy::internal
