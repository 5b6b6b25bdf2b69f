// Checkpoint cache: the files that keep checkpoints from one process to the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/temporary_file.h"
#include "versioning/delta/checkpoint.h"

namespace metaxy::internal {

/// A file for a key run, whose summaries may be written to its beginning before the run is known.
/// Removed unless it was finished.
class KeyRunWriter {
 public:
  KeyRunWriter(std::filesystem::path path, std::string name, int descriptor);
  ~KeyRunWriter();
  KeyRunWriter(const KeyRunWriter&) = delete;
  KeyRunWriter& operator=(const KeyRunWriter&) = delete;

  int descriptor() const { return descriptor_; }
  /// Writes the run, and closes the file; none if that fails. Called once.
  std::optional<CheckpointKeys::Run> Finish(KeyRun run);

 private:
  TemporaryPath temporary_;
  std::string name_;
  int descriptor_;
};

/// A directory of checkpoints, one file each, by the place of the store and the fingerprint. It may
/// be shared by processes, lost, or damaged at any time: whatever cannot be read or written is
/// treated as absent, and nothing fails. Files are replaced as a whole, and only their owner may
/// read them. A value type.
class CheckpointCache {
 public:
  /// `metaxy/delta` in $XDG_CACHE_HOME, or else in ~/.cache; none if neither is known.
  static std::optional<CheckpointCache> OfUser();

  explicit CheckpointCache(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// How files are named: a directory per store, in it a checkpoint per question, and beside that
  /// its key runs.
  static constexpr size_t kNameLength = 32;
  static constexpr std::string_view kRunSuffix = ".keys";
  static std::filesystem::path RunPath(const std::filesystem::path& checkpoint,
                                       const std::string& run);
  /// Beyond these, what was not used for longest is removed.
  static constexpr uint64_t kMostBytes = uint64_t{8} << 30;

  const std::filesystem::path& directory() const { return directory_; }

  /// The checkpoint in a file, which does not count as a use; none if it cannot be read, or is of
  /// another release.
  static std::optional<Checkpoint> Peek(const std::filesystem::path& path, bool* other_release);

  /// The checkpoint with this fingerprint, and how often it was read, this time included; 0 where
  /// that cannot be counted.
  struct Entry {
    Checkpoint checkpoint;
    uint64_t uses = 0;
  };
  std::optional<Entry> Read(const std::string& place, const std::string& fingerprint) const;

  /// Whether it was written, as one that was read `uses` times. Removes the key runs of the
  /// question that it does not name, and, from time to time, what was not used for longest.
  bool Write(const std::string& place, const Checkpoint& checkpoint, uint64_t uses = 0) const;

  /// A file for a key run of a checkpoint that is yet to be written; null if there cannot be one.
  std::unique_ptr<KeyRunWriter> CreateRun(const std::string& place,
                                          const std::string& fingerprint) const;
  /// Writes a key run in one go; none if that fails.
  std::optional<CheckpointKeys::Run> WriteRun(const std::string& place,
                                              const std::string& fingerprint, KeyRun run) const;
  std::optional<KeyRunFile> OpenRun(const std::string& place, const std::string& fingerprint,
                                    const CheckpointKeys::Run& run) const;
  void Remove(const std::string& place, const std::string& fingerprint) const;

  /// Removes the files that were not used for longest until the others take at most `bytes`.
  void Trim(uint64_t bytes) const;

  std::filesystem::path PathOf(const std::string& place, const std::string& fingerprint) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace metaxy::internal
