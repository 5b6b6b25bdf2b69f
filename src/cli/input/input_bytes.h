// Input streams for rows: files, pipes, devices and standard input, compressed or not.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include <memory>
#include <string>

namespace metaxy::cli {

/// \brief Bytes that can be read repeatedly: those of a pipe are copied to an unnamed temporary
/// file.
class InputBytes {
 public:
  enum class Compression { kNone, kGzip, kZstd };

  /// \brief `path`, or standard input for "-". InvalidInput if there is no such file or it is a
  /// directory; Io and PermissionDenied from the system; Cancelled if a signal arrives while it
  /// waits for a pipe. Streams end with Cancelled once `stop` requests it.
  static arrow::Result<InputBytes> Open(const std::string& path,
                                        arrow::StopToken stop = arrow::StopToken::Unstoppable());

  /// \brief Its name in messages: the path, or "standard input".
  const std::string& name() const { return name_; }

  /// \brief Its compression, by its first bytes.
  Compression compression() const { return compression_; }

  /// \brief From the start, decompressed. Each stream has its own position.
  arrow::Result<std::shared_ptr<arrow::io::InputStream>> Stream() const;

  /// \brief Replaces compressed data by a decompressed temporary file.
  arrow::Status Decompress();
  /// \brief The raw bytes, with random access.
  const std::shared_ptr<arrow::io::RandomAccessFile>& file() const { return file_; }

  /// \brief The first `size` bytes, decompressed, or fewer if there are no more.
  arrow::Result<std::string> Head(int64_t size) const;

 private:
  InputBytes(std::string name, std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size,
             arrow::StopToken stop)
      : name_(std::move(name)), file_(std::move(file)), size_(size), stop_(std::move(stop)) {}

  std::string name_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t size_;
  arrow::StopToken stop_;
  Compression compression_ = Compression::kNone;
};

}  // namespace metaxy::cli
