// Samples of a root feature from the files of a folder.
//
// The reference has no counterpart: there, every project lists and hashes its files by itself.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/keys.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

/// \brief What a file's version is made from.
enum class FileVersion {
  kContents,          ///< a hash of its bytes; the file is read
  kModificationTime,  ///< its size and modification time; the file is not read
};

/// \brief How contents are hashed.
enum class FileHash {
  kXxh128,  ///< XXH3 with 128 bits, as `xxh128sum` prints it: as fast as memory
  kSha256,  ///< as `sha256sum` prints it: also against files that are made to collide
};

/// \brief A file or folder that was left out, and why.
struct FileProblem {
  std::string file;  ///< relative to the folder; bytes that are not UTF-8 are escaped
  std::string text;
};

/// \brief What a scan is doing, and how far it is.
struct FileScanProgress {
  int64_t files_found = 0;
  int64_t files_read = 0;
  int64_t files_to_read = 0;  ///< 0 while the folder is being listed
  int64_t bytes_read = 0;
  int64_t bytes_to_read = 0;
  int64_t samples_written = 0;  ///< these stay written, whatever happens next
};

struct METAXY_EXPORT ScanFilesOptions {
  FileVersion version_from = FileVersion::kContents;
  FileHash hash = FileHash::kXxh128;
  /// Only files that match one of these patterns, or are below a folder that does; all if empty.
  /// Patterns are those of `.gitignore` without `!`, except that they ignore the case of ASCII
  /// letters: `*.jpg` matches a name in any folder, `raw/**` and `/a/*.png` paths from the folder
  /// on, `tmp/` folders.
  std::vector<std::string> include = {};
  /// No file that matches one of these, and nothing below a folder that does. Files named
  /// `.metaxyignore` in the folder and below it say the same for what is beside and below them,
  /// also with `!`.
  std::vector<std::string> exclude = {};
  /// Also files and folders whose names begin with a dot.
  bool hidden = false;
  /// Also what is behind links to folders; loops are not followed. Links to files are read as
  /// files in any case.
  bool follow_links = false;
  /// Files and folders that are not samples, such as those of the project itself. The directories
  /// of the store and of its fallback stores are never scanned.
  std::vector<std::filesystem::path> skip = {};
  /// Read every file, also those that have the size and the modification time of the last scan.
  bool rehash = false;
  /// Soft-delete the samples whose files are gone.
  bool delete_missing = false;
  /// Only report what would be written and deleted. Files are read all the same.
  bool dry_run = false;
  /// Written with the rows, instead of the store's default.
  std::optional<std::string> materialization_id = std::nullopt;
  /// Called now and then, by one thread at a time, but not always the same one. If it throws, the
  /// scan ends with InvalidInput.
  std::function<void(const FileScanProgress&)> on_progress = nullptr;
  /// `threads` is the number of files that are read at the same time. Not used: on_progress, and
  /// batch_size except for reading what is stored.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief What a scan has found. `files` = new_samples + changed + unchanged + files with problems
/// or that have vanished while they were scanned.
struct FileScanResult {
  int64_t files = 0;
  int64_t new_samples = 0;
  int64_t changed = 0;
  int64_t unchanged = 0;
  /// Of the unchanged ones: written again, because path, size or modification time differ from
  /// those of the last scan. Nothing downstream becomes stale by that.
  int64_t refreshed = 0;
  /// Samples whose file is gone.
  int64_t missing = 0;
  /// Of these: soft-deleted.
  int64_t deleted = 0;
  /// Samples from another folder. They are left alone.
  int64_t elsewhere = 0;
  /// Links to folders that were not followed.
  int64_t links_skipped = 0;
  int64_t files_read = 0;
  int64_t bytes_read = 0;
  int64_t samples_written = 0;
  /// Files and folders that could not be read, in the order of their names. A sample whose file is
  /// among them, or below such a folder, stays as it was.
  std::vector<FileProblem> problems = {};
};

/// \brief Makes the samples of a root feature agree with the files in and below a folder: a sample
/// per file, and a new row only where something has changed.
///
/// The feature must have one id column; the id is the path relative to `directory`, with `/`. Every
/// field gets the version of the file, "xxh128:...", "sha256:..." or "mtime:SIZE:MICROSECONDS". The
/// other columns are `path` (absolute; left out if it is the id column), `size` in bytes,
/// `modified_at`, and `scanned_at`, when size and time were looked at. A file that has the size and
/// the time of the last scan is not read again, unless it was modified just before that scan, so
/// that a later change may have left both as they were.
///
/// Rows are written in several commits, each after some GiB were read: what was read before an
/// interruption is not read again by the next scan. The store must be open for writing, or for
/// reading in a dry run. Files are read by several threads; one file is in one of them, in pieces
/// of 1 MiB. Memory: some 150 bytes per file, and as much again per file that is written at once.
///
/// InvalidInput if `directory` is not a directory, if there are no files in it that match (which
/// also protects the samples of a disk that is not mounted), or if the feature is not a root, or
/// has several id columns or one with a name of the columns above; FeatureNotInGraph;
/// PermissionDenied or Io if `directory` itself cannot be listed; what MetadataStore::Read(),
/// Write() and Delete() fail with. Files that cannot be read are reported in the result, and do not
/// stop it.
METAXY_EXPORT arrow::Result<FileScanResult> ScanFiles(MetadataStore& store,
                                                      const FeatureKey& feature,
                                                      const std::filesystem::path& directory,
                                                      const ScanFilesOptions& options = {});

}  // namespace metaxy
