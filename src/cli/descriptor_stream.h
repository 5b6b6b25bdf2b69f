// Arrow output stream over a file descriptor: a file, a pipe, a device.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

namespace metaxy::cli {

/// \brief Writes to a borrowed descriptor, whose owner keeps it open until Close(). Arrow's own
/// stream asks the system for the position, which pipes do not have; here it is the number of bytes
/// written. Small pieces are buffered; without Close() the last ones are never written, so that the
/// footer which an encoder adds when it is destroyed does not make half a file look complete. If
/// the reader of a pipe has exited, the program ends as by SIGPIPE (EndByBrokenPipe); if it just
/// does not read, a signal (ReceivedSignal) ends the wait with an error.
class DescriptorStream : public arrow::io::OutputStream {
 public:
  explicit DescriptorStream(int descriptor);

  arrow::Status Write(const void* data, int64_t size) override;
  using OutputStream::Write;
  arrow::Status Flush() override;
  /// \brief Writes pending data. The descriptor stays open.
  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }

 private:
  arrow::Status Send(const char* data, size_t size);

  int descriptor_;
  bool may_block_;
  bool closed_ = false;
  int64_t position_ = 0;
  std::string pending_;
};

}  // namespace metaxy::cli
