// Arrow's output into a descriptor: a file, a pipe, a device.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

namespace metaxy::cli {

/// \brief Writes into a descriptor of somebody else, who keeps it open until Close(). Arrow's own
/// stream asks the system for the position, which pipes do not have; here it is what was written.
/// Small pieces are put together; without Close() the last ones are never written, so that the end
/// which an encoder adds when it is destroyed does not make half a file look like a whole one.
/// Where the reader of a pipe has gone away, the program ends as by SIGPIPE (EndByBrokenPipe).
class DescriptorStream : public arrow::io::OutputStream {
 public:
  explicit DescriptorStream(int descriptor) : descriptor_(descriptor) {}

  arrow::Status Write(const void* data, int64_t size) override;
  using OutputStream::Write;
  arrow::Status Flush() override;
  /// \brief Writes out what is pending. The descriptor stays open.
  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }

 private:
  arrow::Status Send(const char* data, size_t size);

  int descriptor_;
  bool closed_ = false;
  int64_t position_ = 0;
  std::string pending_;
};

}  // namespace metaxy::cli
