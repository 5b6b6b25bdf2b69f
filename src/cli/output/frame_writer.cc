#include "cli/output/frame_writer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "cli/descriptor_stream.h"
#include "cli/output/frame_encoder.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

arrow::Result<FileFormat> ChooseFormat(const fs::path& path, std::optional<FileFormat> given) {
  if (given) return *given;
  if (path == kStandardOutput) return FileFormat::kJsonLines;
  arrow::Result<FileFormat> format = FormatOf(path);
  if (format.ok()) return format;
  return MakeError(ErrorCode::kInvalidInput,
                   format.status().message() + ", or name the format with --format");
}

class OutputWriter : public FrameWriter {
 public:
  arrow::Status Start(const fs::path& path, const std::shared_ptr<arrow::Schema>& schema,
                      FileFormat format) {
    const bool standard = path == kStandardOutput;
    name_ = standard ? "standard output" : path.string();
    ARROW_ASSIGN_OR_RAISE(file_, standard ? internal::OutputFile::OfDescriptor(STDOUT_FILENO, name_)
                                          : internal::OutputFile::Open(path));
    const bool is_binary = format == FileFormat::kParquet || format == FileFormat::kIpc;
    if (is_binary && isatty(file_->descriptor()) != 0) {
      return MakeError(ErrorCode::kInvalidInput,
                       "Parquet and Arrow files cannot be printed to a terminal; name a file with "
                       "--to, or redirect the output");
    }
    return Guarded([&]() -> arrow::Status {
      sink_ = std::make_shared<DescriptorStream>(file_->descriptor());
      ARROW_ASSIGN_OR_RAISE(encoder_, FrameEncoder::Make(format, sink_, schema));
      return arrow::Status::OK();
    });
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    rows_ += batch.num_rows();
    return Guarded([&] { return encoder_->Write(batch); });
  }

  arrow::Status Close() override {
    return Guarded([&] {
      ARROW_RETURN_NOT_OK(encoder_->Close());
      return sink_->Close();
    });
  }

  arrow::Status Commit() override { return file_->Commit(); }
  int64_t rows() const override { return rows_; }

 private:
  template <class Action>
  arrow::Status Guarded(const Action& action) const {
    try {
      const arrow::Status status = action();
      return status.ok() ? status : Failure(GetErrorCode(status), status.message());
    } catch (const std::exception& error) {
      return Failure(ErrorCode::kIo, error.what());
    }
  }

  arrow::Status Failure(ErrorCode code, const std::string& reason) const {
    return MakeError(code, fmt::format("cannot write {}: {}", name_, reason));
  }

  std::string name_;
  // The encoder is destroyed before its output.
  std::unique_ptr<internal::OutputFile> file_;
  std::shared_ptr<DescriptorStream> sink_;
  std::unique_ptr<FrameEncoder> encoder_;
  int64_t rows_ = 0;
};

}  // namespace

arrow::Result<std::unique_ptr<FrameWriter>> FrameWriter::Make(
    const fs::path& path, const std::shared_ptr<arrow::Schema>& schema,
    std::optional<FileFormat> format) {
  ARROW_ASSIGN_OR_RAISE(const FileFormat chosen, ChooseFormat(path, format));
  auto writer = std::make_unique<OutputWriter>();
  ARROW_RETURN_NOT_OK(writer->Start(path, schema, chosen));
  return writer;
}

arrow::Status WriteAll(arrow::RecordBatchReader* reader, int64_t limit, FrameWriter* writer) {
  while (writer->rows() < limit) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    if (batch->num_rows() > limit - writer->rows()) batch = batch->Slice(0, limit - writer->rows());
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
  return writer->Close();
}

}  // namespace metaxy::cli
