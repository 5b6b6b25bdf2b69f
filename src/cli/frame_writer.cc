#include "cli/frame_writer.h"

#include <arrow/array/builder_binary.h>
#include <arrow/compute/initialize.h>
#include <arrow/csv/writer.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <fmt/core.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "cli/cell_text.h"
#include "cli/file_format.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Sink = std::shared_ptr<arrow::io::OutputStream>;

// One format: takes batches, writes the end.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  virtual arrow::Status Close() = 0;
};

class ParquetEncoder : public Encoder {
 public:
  static arrow::Result<std::unique_ptr<Encoder>> Make(
      const Sink& sink, const std::shared_ptr<arrow::Schema>& schema) {
    auto properties =
        parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto encoder = std::make_unique<ParquetEncoder>();
    ARROW_ASSIGN_OR_RAISE(encoder->writer_,
                          parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(),
                                                           sink, properties, arrow_properties));
    return encoder;
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    return writer_->WriteRecordBatch(batch);
  }
  arrow::Status Close() override { return writer_->Close(); }

 private:
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class IpcEncoder : public Encoder {
 public:
  static arrow::Result<std::unique_ptr<Encoder>> Make(
      const Sink& sink, const std::shared_ptr<arrow::Schema>& schema) {
    auto encoder = std::make_unique<IpcEncoder>();
    // Batches may bring new dictionaries, which the file format allows if they are unified.
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    options.unify_dictionaries = true;
    ARROW_ASSIGN_OR_RAISE(encoder->writer_, arrow::ipc::MakeFileWriter(sink, schema, options));
    return encoder;
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    return writer_->WriteRecordBatch(batch);
  }
  arrow::Status Close() override { return writer_->Close(); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

// CSV has no nested values; they are written as texts of JSON.
class CsvEncoder : public Encoder {
 public:
  static arrow::Result<std::unique_ptr<Encoder>> Make(
      const Sink& sink, const std::shared_ptr<arrow::Schema>& schema) {
    ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
    auto encoder = std::make_unique<CsvEncoder>();
    arrow::FieldVector fields;
    for (const auto& field : schema->fields()) {
      bool nested =
          field->type()->num_fields() > 0 || field->type()->id() == arrow::Type::EXTENSION;
      encoder->nested_.push_back(nested);
      fields.push_back(nested ? arrow::field(field->name(), arrow::utf8()) : field);
    }
    encoder->schema_ = arrow::schema(std::move(fields));
    ARROW_ASSIGN_OR_RAISE(encoder->writer_, arrow::csv::MakeCSVWriter(sink, encoder->schema_));
    return encoder;
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    arrow::ArrayVector columns;
    for (int i = 0; i < batch.num_columns(); ++i) {
      std::shared_ptr<arrow::Array> column = batch.column(i);
      if (nested_[static_cast<size_t>(i)]) {
        ARROW_ASSIGN_OR_RAISE(column, TextsOf(*column));
      }
      columns.push_back(std::move(column));
    }
    return writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns)));
  }
  arrow::Status Close() override { return writer_->Close(); }

 private:
  static arrow::Result<std::shared_ptr<arrow::Array>> TextsOf(const arrow::Array& column) {
    arrow::StringBuilder builder;
    for (int64_t row = 0; row < column.length(); ++row) {
      std::string text;
      if (column.IsNull(row)) {
        ARROW_RETURN_NOT_OK(builder.AppendNull());
        continue;
      }
      ARROW_RETURN_NOT_OK(AppendJson(column, row, &text));
      ARROW_RETURN_NOT_OK(builder.Append(text));
    }
    return builder.Finish();
  }

  std::vector<bool> nested_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class JsonLinesEncoder : public Encoder {
 public:
  explicit JsonLinesEncoder(Sink sink) : sink_(std::move(sink)) {}

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    std::string lines;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      ARROW_RETURN_NOT_OK(AppendJsonRow(batch, row, &lines));
      lines += '\n';
    }
    return sink_->Write(lines);
  }
  arrow::Status Close() override { return arrow::Status::OK(); }

 private:
  Sink sink_;
};

arrow::Result<std::unique_ptr<Encoder>> MakeEncoder(FileFormat format, const Sink& sink,
                                                    const std::shared_ptr<arrow::Schema>& schema) {
  switch (format) {
    case FileFormat::kParquet:
      return ParquetEncoder::Make(sink, schema);
    case FileFormat::kIpc:
      return IpcEncoder::Make(sink, schema);
    case FileFormat::kCsv:
      return CsvEncoder::Make(sink, schema);
    default:
      return std::make_unique<JsonLinesEncoder>(sink);
  }
}

class TemporaryFileWriter : public FrameWriter {
 public:
  explicit TemporaryFileWriter(std::filesystem::path path)
      : path_(std::move(path)),
        temporary_(path_.parent_path() /
                   fmt::format(".{}.{}.tmp", path_.filename().string(), getpid())) {}

  ~TemporaryFileWriter() override {
    encoder_.reset();
    sink_.reset();
    std::error_code code;
    if (exists_) std::filesystem::remove(temporary_, code);
  }

  arrow::Status Start(const std::shared_ptr<arrow::Schema>& schema,
                      std::optional<FileFormat> given) {
    ARROW_ASSIGN_OR_RAISE(FileFormat format,
                          given ? arrow::Result<FileFormat>(*given) : FormatOf(path_));
    std::error_code code;
    if (std::filesystem::is_directory(path_, code)) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("cannot write {}: it is a directory", path_.string()));
    }
    return Guarded([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(sink_, arrow::io::FileOutputStream::Open(temporary_.string()));
      exists_ = true;
      ARROW_ASSIGN_OR_RAISE(encoder_, MakeEncoder(format, sink_, schema));
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

  arrow::Status Commit() override {
    std::error_code code;
    std::filesystem::rename(temporary_, path_, code);
    if (code) return Failure(ErrorCode::kIo, code.message());
    exists_ = false;
    return arrow::Status::OK();
  }

  int64_t rows() const override { return rows_; }

 private:
  arrow::Status Failure(ErrorCode code, const std::string& reason) const {
    return MakeError(code, fmt::format("cannot write {}: {}", path_.string(), reason));
  }

  template <class Action>
  arrow::Status Guarded(const Action& action) const {
    try {
      arrow::Status status = action();
      return status.ok() ? status : Failure(GetErrorCode(status), Reason(status));
    } catch (const std::exception& error) {
      return Failure(ErrorCode::kIo, error.what());
    }
  }

  // The system's own reason, where there is one: Arrow's message names the temporary file, which is
  // nobody's concern.
  static std::string Reason(const arrow::Status& status) {
    std::string detail = status.detail() != nullptr ? status.detail()->ToString() : "";
    size_t bracket = detail.rfind("[errno", 0) == 0 ? detail.find("] ") : std::string::npos;
    return bracket == std::string::npos ? status.message() : detail.substr(bracket + 2);
  }

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  bool exists_ = false;
  Sink sink_;
  std::unique_ptr<Encoder> encoder_;
  int64_t rows_ = 0;
};

class StandardOutputWriter : public FrameWriter {
 public:
  arrow::Status Start(const std::shared_ptr<arrow::Schema>& schema, FileFormat format) {
    // A descriptor of its own: closing the stream must not close standard output.
    const int descriptor = dup(STDOUT_FILENO);
    ARROW_ASSIGN_OR_RAISE(sink_, arrow::io::FileOutputStream::Open(descriptor));
    ARROW_ASSIGN_OR_RAISE(encoder_, MakeEncoder(format, sink_, schema));
    return arrow::Status::OK();
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    rows_ += batch.num_rows();
    return Named(encoder_->Write(batch));
  }

  arrow::Status Close() override {
    ARROW_RETURN_NOT_OK(Named(encoder_->Close()));
    return Named(sink_->Close());
  }

  arrow::Status Commit() override { return arrow::Status::OK(); }
  int64_t rows() const override { return rows_; }

 private:
  static arrow::Status Named(const arrow::Status& status) {
    if (status.ok()) return status;
    return MakeError(GetErrorCode(status), "cannot write standard output: " + status.message());
  }

  Sink sink_;
  std::unique_ptr<Encoder> encoder_;
  int64_t rows_ = 0;
};

}  // namespace

arrow::Result<std::unique_ptr<FrameWriter>> FrameWriter::Make(
    const std::filesystem::path& path, const std::shared_ptr<arrow::Schema>& schema,
    std::optional<FileFormat> format) {
  auto writer = std::make_unique<TemporaryFileWriter>(path);
  ARROW_RETURN_NOT_OK(writer->Start(schema, format));
  return writer;
}

arrow::Result<std::unique_ptr<FrameWriter>> FrameWriter::ToStandardOutput(
    const std::shared_ptr<arrow::Schema>& schema, FileFormat format) {
  auto writer = std::make_unique<StandardOutputWriter>();
  ARROW_RETURN_NOT_OK(writer->Start(schema, format));
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
