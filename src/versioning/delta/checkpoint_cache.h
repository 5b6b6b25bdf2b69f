// Checkpoint cache: the files that keep checkpoints from one process to the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "versioning/delta/checkpoint.h"

namespace metaxy::internal {

/// A directory of checkpoints, one file each, by the place of the store and the fingerprint. It may
/// be shared by processes, lost, or damaged at any time: whatever cannot be read or written is
/// treated as absent, and nothing fails. Files are replaced as a whole, and only their owner may
/// read them. A value type.
class CheckpointCache {
 public:
  /// `metaxy/delta` in $XDG_CACHE_HOME, or else in ~/.cache; none if neither is known.
  static std::optional<CheckpointCache> OfUser();

  explicit CheckpointCache(std::filesystem::path directory) : directory_(std::move(directory)) {}

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

  /// Writes a key run, for a checkpoint that is yet to be written; none if that fails.
  std::optional<CheckpointKeys::Run> WriteRun(const std::string& place,
                                              const std::string& fingerprint,
                                              const KeyRun& run) const;
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
