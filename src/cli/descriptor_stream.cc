#include "cli/descriptor_stream.h"

#include <cerrno>
#include <cstring>

#include "atomic_file.h"
#include "cli/output.h"

namespace metaxy::cli {

namespace {

constexpr size_t kPending = size_t{1} << 16;

}  // namespace

arrow::Status DescriptorStream::Send(const char* data, size_t size) {
  const int error = internal::WriteToDescriptor(descriptor_, {data, size});
  if (error == 0) return arrow::Status::OK();
  if (error == EPIPE) EndByBrokenPipe();
  return internal::SystemError(error);
}

arrow::Status DescriptorStream::Write(const void* data, int64_t size) {
  const auto* bytes = static_cast<const char*>(data);
  position_ += size;
  if (pending_.size() + static_cast<size_t>(size) > kPending) ARROW_RETURN_NOT_OK(Flush());
  if (static_cast<size_t>(size) > kPending) return Send(bytes, static_cast<size_t>(size));
  pending_.append(bytes, static_cast<size_t>(size));
  return arrow::Status::OK();
}

arrow::Status DescriptorStream::Flush() {
  // What failed once is not written again when the stream is closed.
  const std::string pending = std::exchange(pending_, {});
  return Send(pending.data(), pending.size());
}

arrow::Status DescriptorStream::Close() {
  if (closed_) return arrow::Status::OK();
  closed_ = true;
  return Flush();
}

}  // namespace metaxy::cli
