#include "cli/descriptor_stream.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/atomic_file.h"
#include "cli/output.h"
#include "cli/signals.h"

namespace metaxy::cli {

namespace {

constexpr size_t kPending = size_t{1} << 16;

// The size that a ready pipe accepts without blocking.
constexpr size_t kAtOnce = 4096;

bool MayBlock(int descriptor) {
  struct stat status{};
  return fstat(descriptor, &status) == 0 && !S_ISREG(status.st_mode);
}

// Writes to a descriptor that may block as long as its reader likes. Returns 0 or errno; EINTR when
// the program is to end.
int WriteInPieces(int descriptor, const char* data, size_t size) {
  constexpr int kMilliseconds = 100;
  while (size > 0) {
    pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
    const int count = poll(&ready, 1, kMilliseconds);
    if (ReceivedSignal() != 0) return EINTR;
    if (count < 0 && errno != EINTR) return errno;
    if (count <= 0) continue;
    const ssize_t written = write(descriptor, data, std::min(size, kAtOnce));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return errno;
    if (written <= 0) continue;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace

DescriptorStream::DescriptorStream(int descriptor)
    : descriptor_(descriptor), may_block_(MayBlock(descriptor)) {}

arrow::Status DescriptorStream::Send(const char* data, size_t size) {
  const int error = may_block_ ? WriteInPieces(descriptor_, data, size)
                               : internal::WriteToDescriptor(descriptor_, {data, size});
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
  // After a failure, nothing is written again when the stream is closed.
  const std::string pending = std::exchange(pending_, {});
  return Send(pending.data(), pending.size());
}

arrow::Status DescriptorStream::Close() {
  if (closed_) return arrow::Status::OK();
  closed_ = true;
  return Flush();
}

}  // namespace metaxy::cli
