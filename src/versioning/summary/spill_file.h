// Spill file: a temporary file for what exceeds the memory budget.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// A location in a SpillFile.
struct SpillExtent {
  uint64_t offset;
  uint64_t size;
};

/// The file is created at the first write, and is unnamed: the system frees its space however the
/// process ends. Thread-safe.
class SpillFile {
 public:
  /// The system's directory for temporary files if `directory` is empty.
  explicit SpillFile(std::filesystem::path directory) : directory_(std::move(directory)) {}
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  ~SpillFile();

  /// PermissionDenied, ResourceExhausted (the disk is full) or Io, naming the directory.
  arrow::Result<SpillExtent> Write(std::string_view bytes) { return Write(std::span(&bytes, 1)); }
  /// Pieces that become one extent.
  arrow::Result<SpillExtent> Write(std::span<const std::string_view> pieces);
  arrow::Result<std::string> Read(const SpillExtent& extent) const;

  uint64_t bytes_written() const { return size_; }

 private:
  arrow::Status Open();
  arrow::Status WriteAt(std::string_view bytes, uint64_t offset);

  std::filesystem::path directory_;
  std::mutex open_mutex_;
  std::atomic<int> file_{-1};
  std::atomic<uint64_t> size_{0};
};

}  // namespace metaxy::internal
