// Contents of the checkpoint cache: which questions have a remembered answer, and what else is in
// its directory.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/program_export.h"

namespace metaxy::internal {

struct CacheFile {
  std::filesystem::path path;
  int64_t bytes = 0;
};

/// A remembered answer.
struct CachedAnswer {
  CacheFile checkpoint;
  std::string store;    ///< as the store is displayed
  std::string subject;  ///< the feature, or the table whose rows were counted
  bool is_count = false;
  int64_t rows = 0;   ///< of its tables, those included that are deleted; of a count, the count
  int64_t files = 0;  ///< with those of keys
  int64_t bytes = 0;
  int64_t last_used = 0;                   ///< seconds since 1970, UTC
  bool has_keys = false;                   ///< whether changes are looked up, and not only noticed
  std::vector<CacheFile> companions = {};  ///< files of its name, those of no use included
};

/// A file that is of no use.
struct UselessFile : CacheFile {
  enum class Kind {
    kDamaged,
    kOtherRelease,  ///< of another layout
    kLeftOver,      ///< of a process that was killed, or of an answer that is gone
    kForeign,       ///< not written by metaxy, which leaves it alone
  };

  Kind kind = Kind::kForeign;
};

struct METAXY_PROGRAM_EXPORT CacheContents {
  /// The directory of the user's cache; none if neither XDG_CACHE_HOME nor HOME tells it.
  static std::optional<std::filesystem::path> Directory();
  /// How many bytes it may have before what was not used for longest is removed.
  static int64_t Limit();

  std::vector<CachedAnswer> answers = {};  ///< the latest used first
  std::vector<UselessFile> useless = {};
  int64_t bytes = 0;  ///< of all files
  /// Whether others may read or write it.
  bool is_shared = false;
};

/// Looks at all files. With `verify`, their content is read and compared with its checksums. A
/// directory that does not exist is empty; Io or PermissionDenied if it cannot be read.
METAXY_PROGRAM_EXPORT arrow::Result<CacheContents> ListCache(const std::filesystem::path& directory,
                                                             bool verify);

struct ClearedCache {
  int64_t answers = 0;
  int64_t files = 0;
  int64_t bytes = 0;
};

/// Removes answers, and, without a store, all useless files that are not foreign. Others may remove
/// them at the same time. With `dry_run` it only counts. Io or PermissionDenied, naming the first
/// file that could not be removed.
METAXY_PROGRAM_EXPORT arrow::Result<ClearedCache> ClearCache(
    const std::filesystem::path& directory, const std::optional<std::string>& store, bool dry_run);

}  // namespace metaxy::internal
