#include "cli/input/input_bytes.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/temporary_file.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using File = std::shared_ptr<arrow::io::RandomAccessFile>;

constexpr std::string_view kRemedy = "set TMPDIR to a directory with more space";

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

arrow::Status SystemFailure(int error) {
  const std::string reason = std::generic_category().message(error);
  if (error == ENOENT) return MakeError(ErrorCode::kInvalidInput, "there is no such file");
  if (error == EINTR) return MakeError(ErrorCode::kCancelled, "it was interrupted");
  const bool denied = error == EACCES || error == EPERM;
  return MakeError(denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo, reason);
}

arrow::Status WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      std::error_code ignored;
      return internal::TemporaryFileError("write", std::filesystem::temp_directory_path(ignored),
                                          errno, kRemedy);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return arrow::Status::OK();
}

// Copies the data returned by `read`, piece by piece until the end, to an unnamed file.
template <class Read>
arrow::Result<File> Spool(const Read& read) {
  ARROW_ASSIGN_OR_RAISE(const int opened, internal::OpenTemporaryFile({}, kRemedy));
  Descriptor spool(opened);
  std::string buffer(size_t{1} << 20, '\0');
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, read(buffer.data(), buffer.size()));
    if (count == 0) break;
    ARROW_RETURN_NOT_OK(
        WriteAll(spool.get(), std::string_view(buffer.data(), static_cast<size_t>(count))));
  }
  ARROW_ASSIGN_OR_RAISE(File file, arrow::io::ReadableFile::Open(spool.get()));
  spool.Release();
  return file;
}

arrow::Result<File> SpoolPipe(int descriptor) {
  return Spool([&](char* buffer, size_t size) -> arrow::Result<int64_t> {
    const ssize_t count = ::read(descriptor, buffer, size);
    return count < 0 ? arrow::Result<int64_t>(SystemFailure(errno)) : int64_t{count};
  });
}

// A descriptor of a file that can be read from its start; others are copied.
arrow::Result<File> OpenDescriptor(Descriptor descriptor) {
  struct stat status = {};
  if (::fstat(descriptor.get(), &status) != 0) return SystemFailure(errno);
  if (S_ISDIR(status.st_mode)) return MakeError(ErrorCode::kInvalidInput, "it is a directory");
  // Files in /proc and /sys report a size of zero, but are not empty.
  const bool whole = S_ISREG(status.st_mode) && status.st_size > 0;
  if (!whole || ::lseek(descriptor.get(), 0, SEEK_CUR) != 0) return SpoolPipe(descriptor.get());
  ARROW_ASSIGN_OR_RAISE(File file, arrow::io::ReadableFile::Open(descriptor.get()));
  descriptor.Release();
  return file;
}

arrow::Result<File> OpenPath(const std::string& path) {
  // A copy, because closing the file must not close standard input.
  const int descriptor = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                     : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return SystemFailure(errno);
  return OpenDescriptor(Descriptor(descriptor));
}

class StoppableStream : public arrow::io::InputStream {
 public:
  StoppableStream(std::shared_ptr<arrow::io::InputStream> stream, arrow::StopToken stop)
      : stream_(std::move(stream)), stop_(std::move(stop)) {}

  arrow::Status Close() override { return stream_->Close(); }
  bool closed() const override { return stream_->closed(); }
  arrow::Result<int64_t> Tell() const override { return stream_->Tell(); }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    ARROW_RETURN_NOT_OK(Check());
    return stream_->Read(size, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_RETURN_NOT_OK(Check());
    return stream_->Read(size);
  }

 private:
  arrow::Status Check() {
    if (!stop_.IsStopRequested()) return arrow::Status::OK();
    return MakeError(ErrorCode::kCancelled, "it was interrupted");
  }

  std::shared_ptr<arrow::io::InputStream> stream_;
  arrow::StopToken stop_;
};

arrow::Result<InputBytes::Compression> CompressionOf(const File& file) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, file->ReadAt(0, 4));
  const std::string_view start(reinterpret_cast<const char*>(bytes->data()),
                               static_cast<size_t>(bytes->size()));
  if (start.starts_with("\x1F\x8B")) return InputBytes::Compression::kGzip;
  if (start == "\x28\xB5\x2F\xFD") return InputBytes::Compression::kZstd;
  return InputBytes::Compression::kNone;
}

}  // namespace

arrow::Result<InputBytes> InputBytes::Open(const std::string& path, arrow::StopToken stop) {
  const std::string name = path == "-" ? "standard input" : path;
  const auto open = [&]() -> arrow::Result<InputBytes> {
    ARROW_ASSIGN_OR_RAISE(File file, OpenPath(path));
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    InputBytes bytes(name, std::move(file), size, std::move(stop));
    ARROW_ASSIGN_OR_RAISE(bytes.compression_, CompressionOf(bytes.file_));
    return bytes;
  };
  auto opened = open();
  return opened.ok() ? std::move(opened) : WithContext(opened.status(), "cannot read " + name);
}

arrow::Result<std::shared_ptr<arrow::io::InputStream>> InputBytes::Stream() const {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::InputStream> stream,
                        arrow::io::RandomAccessFile::GetStream(file_, 0, size_));
  stream = std::make_shared<StoppableStream>(std::move(stream), stop_);
  if (compression_ == Compression::kNone) return stream;
  const bool gzip = compression_ == Compression::kGzip;
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(gzip ? arrow::Compression::GZIP
                                                                    : arrow::Compression::ZSTD));
  // The stream does not keep its codec alive, so it is stored with it.
  auto owner = std::make_shared<std::unique_ptr<arrow::util::Codec>>(std::move(codec));
  ARROW_ASSIGN_OR_RAISE(auto plain, arrow::io::CompressedInputStream::Make(owner->get(), stream));
  arrow::io::InputStream* const raw = plain.get();
  return std::shared_ptr<arrow::io::InputStream>(
      raw, [plain = std::move(plain), owner](arrow::io::InputStream*) mutable {
        plain.reset();
        owner.reset();
      });
}

arrow::Status InputBytes::Decompress() {
  if (compression_ == Compression::kNone) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto stream, Stream());
  ARROW_ASSIGN_OR_RAISE(file_, Spool([&](char* buffer, size_t size) {
                          return stream->Read(static_cast<int64_t>(size), buffer);
                        }));
  ARROW_ASSIGN_OR_RAISE(size_, file_->GetSize());
  compression_ = Compression::kNone;
  return arrow::Status::OK();
}

arrow::Result<std::string> InputBytes::Head(int64_t size) const {
  ARROW_ASSIGN_OR_RAISE(const auto stream, Stream());
  std::string head(static_cast<size_t>(size), '\0');
  int64_t length = 0;
  while (length < size) {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, stream->Read(size - length, head.data() + length));
    if (count == 0) break;
    length += count;
  }
  head.resize(static_cast<size_t>(length));
  return head;
}

}  // namespace metaxy::cli
