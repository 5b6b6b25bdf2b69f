#include "cli/frame_reader.h"

#include <arrow/compute/initialize.h>
#include <arrow/csv/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/reader.h>
#include <fmt/core.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <exception>
#include <string>
#include <utility>

#include "cli/file_format.h"
#include "cli/output.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Reader = arrow::RecordBatchReader;
using InputFile = std::shared_ptr<arrow::io::ReadableFile>;

constexpr int64_t kBatchRows = 65536;

arrow::Status Failure(const std::filesystem::path& path, const std::string& reason) {
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("cannot read {}: {}", path.string(), OneLine(reason)));
}

// Keeps the file's reader alive, and names the file when reading fails on the way.
class NamedReader : public Reader {
 public:
  NamedReader(std::filesystem::path path, std::shared_ptr<Reader> rows, std::shared_ptr<void> owner)
      : path_(std::move(path)), owner_(std::move(owner)), rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    try {
      arrow::Status status = rows_->ReadNext(batch);
      return status.ok() ? status : Failure(path_, status.message());
    } catch (const std::exception& error) {
      return Failure(path_, error.what());
    }
  }

 private:
  std::filesystem::path path_;
  std::shared_ptr<void> owner_;  // outlives the rows
  std::shared_ptr<Reader> rows_;
};

// Batches of an IPC file, one after the other.
class IpcFileReader : public Reader {
 public:
  explicit IpcFileReader(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file)
      : file_(std::move(file)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == file_->num_record_batches()) return arrow::Status::OK();
    return file_->ReadRecordBatch(next_++).Value(batch);
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

arrow::Result<std::shared_ptr<Reader>> OpenParquet(const std::filesystem::path& path,
                                                   const InputFile& file) {
  parquet::ArrowReaderProperties properties;
  properties.set_batch_size(kBatchRows);
  properties.set_use_threads(true);
  properties.set_pre_buffer(true);
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(file));
  std::unique_ptr<parquet::arrow::FileReader> opened;
  ARROW_RETURN_NOT_OK(
      builder.memory_pool(arrow::default_memory_pool())->properties(properties)->Build(&opened));
  std::shared_ptr<parquet::arrow::FileReader> owner = std::move(opened);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Reader> rows, owner->GetRecordBatchReader());
  return std::make_shared<NamedReader>(path, std::move(rows), std::move(owner));
}

// Both forms of Arrow IPC: the file format, which begins with a mark, and the stream.
arrow::Result<std::shared_ptr<Reader>> OpenIpc(const InputFile& file) {
  ARROW_ASSIGN_OR_RAISE(auto mark, file->ReadAt(0, 6));
  if (mark->ToString() == "ARROW1") {
    ARROW_ASSIGN_OR_RAISE(auto opened, arrow::ipc::RecordBatchFileReader::Open(file));
    return std::make_shared<IpcFileReader>(std::move(opened));
  }
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::ipc::RecordBatchStreamReader::Open(file));
  return stream;
}

arrow::Result<std::shared_ptr<Reader>> OpenCsv(const InputFile& file) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  arrow::csv::ConvertOptions convert = arrow::csv::ConvertOptions::Defaults();
  convert.strings_can_be_null = true;
  convert.quoted_strings_can_be_null = false;
  ARROW_ASSIGN_OR_RAISE(
      auto rows, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), file,
                                                   arrow::csv::ReadOptions::Defaults(),
                                                   arrow::csv::ParseOptions::Defaults(), convert));
  return rows;
}

arrow::Result<std::shared_ptr<Reader>> OpenJsonLines(const InputFile& file) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(
      auto rows, arrow::json::StreamingReader::Make(file, arrow::json::ReadOptions::Defaults(),
                                                    arrow::json::ParseOptions::Defaults()));
  return rows;
}

arrow::Result<std::shared_ptr<Reader>> Open(const std::filesystem::path& path, FileFormat format) {
  ARROW_ASSIGN_OR_RAISE(InputFile file, arrow::io::ReadableFile::Open(path.string()));
  switch (format) {
    case FileFormat::kParquet:
      return OpenParquet(path, file);
    case FileFormat::kIpc:
      return OpenIpc(file);
    case FileFormat::kCsv:
      return OpenCsv(file);
    default:
      return OpenJsonLines(file);
  }
}

}  // namespace

arrow::Result<std::shared_ptr<Reader>> OpenFrames(const std::filesystem::path& path) {
  ARROW_ASSIGN_OR_RAISE(FileFormat format, FormatOf(path));
  std::error_code code;
  auto kind = std::filesystem::status(path, code).type();
  if (kind == std::filesystem::file_type::not_found) return Failure(path, "there is no such file");
  if (kind == std::filesystem::file_type::directory) return Failure(path, "it is a directory");
  try {
    arrow::Result<std::shared_ptr<Reader>> rows = Open(path, format);
    if (!rows.ok()) return Failure(path, rows.status().message());
    return std::make_shared<NamedReader>(path, std::move(*rows), nullptr);
  } catch (const std::exception& error) {
    return Failure(path, error.what());
  }
}

}  // namespace metaxy::cli
