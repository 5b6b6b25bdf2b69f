#include "store/write/spilled_rows.h"

#include <arrow/ipc/reader.h>
#include <fcntl.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "base/temporary_file.h"

namespace metaxy::internal {
namespace {

constexpr const char* kRemedy = "set TMPDIR to a directory with room";

}  // namespace

class SpilledRows::Reader final : public arrow::RecordBatchReader {
 public:
  explicit Reader(std::shared_ptr<SpilledRows> rows) : rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (read_ == rows_->num_batches_) return arrow::Status::OK();
    if (!stream_) {
      // It reads at places of its own; the file grows beyond the size it has now.
      constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
      ARROW_ASSIGN_OR_RAISE(const auto file,
                            arrow::io::RandomAccessFile::GetStream(rows_->file_, 0, kAll));
      ARROW_ASSIGN_OR_RAISE(stream_, arrow::ipc::RecordBatchStreamReader::Open(file));
    }
    ++read_;
    return stream_->ReadNext(batch);
  }

 private:
  std::shared_ptr<SpilledRows> rows_;
  std::shared_ptr<arrow::RecordBatchReader> stream_;
  int64_t read_ = 0;
};

std::shared_ptr<SpilledRows> SpilledRows::Make(std::shared_ptr<arrow::Schema> schema,
                                               std::filesystem::path directory) {
  return std::shared_ptr<SpilledRows>(new SpilledRows(std::move(schema), std::move(directory)));
}

arrow::Status SpilledRows::Append(const arrow::RecordBatch& batch) {
  if (!file_) ARROW_RETURN_NOT_OK(OpenFile());
  ARROW_RETURN_NOT_OK(writer_->WriteRecordBatch(batch));
  ++num_batches_;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SpilledRows::Open() {
  return std::make_shared<Reader>(shared_from_this());
}

arrow::Status SpilledRows::OpenFile() {
  ARROW_ASSIGN_OR_RAISE(const int written, OpenTemporaryFile(directory_, kRemedy));
  ARROW_ASSIGN_OR_RAISE(const auto output, arrow::io::FileOutputStream::Open(written));
  const int read = ::fcntl(written, F_DUPFD_CLOEXEC, 0);
  if (read < 0) return arrow::internal::IOErrorFromErrno(errno, "cannot read a temporary file");
  ARROW_ASSIGN_OR_RAISE(file_, arrow::io::ReadableFile::Open(read));
  ARROW_ASSIGN_OR_RAISE(writer_, arrow::ipc::MakeStreamWriter(output, schema_));
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
