// The encoders of binary formats, and the choice among all encoders.
#include "cli/output/frame_encoder.h"

#include <arrow/array/array_dict.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/core.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <string>
#include <utility>

#include "base/memory_budget.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Sink = std::shared_ptr<arrow::io::OutputStream>;
using Made = arrow::Result<std::unique_ptr<FrameEncoder>>;

// Whether a type, or a nested one, is a dictionary of nested values.
bool HasNestedDictionary(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY)
    return static_cast<const arrow::DictionaryType&>(type).value_type()->num_fields() > 0;
  for (const auto& field : type.fields()) {
    if (HasNestedDictionary(*field->type())) return true;
  }
  return false;
}

// Parquet has no run-end encoding of its own.
std::shared_ptr<arrow::Field> WithoutRuns(const std::shared_ptr<arrow::Field>& field) {
  if (field->type()->id() != arrow::Type::RUN_END_ENCODED) return field;
  return field->WithType(static_cast<const arrow::RunEndEncodedType&>(*field->type()).value_type());
}

class ParquetEncoder : public FrameEncoder {
 public:
  static Made Make(const Sink& sink, const arrow::Schema& schema) {
    auto properties =
        parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    arrow::FieldVector fields;
    for (const auto& field : schema.fields()) {
      fields.push_back(WithoutRuns(field));
      ARROW_RETURN_NOT_OK(Check(fields.back(), *properties, *arrow_properties));
    }
    auto encoder = std::make_unique<ParquetEncoder>();
    encoder->schema_ = arrow::schema(std::move(fields), schema.metadata());
    ARROW_ASSIGN_OR_RAISE(encoder->writer_, parquet::arrow::FileWriter::Open(
                                                *encoder->schema_, arrow::default_memory_pool(),
                                                sink, properties, arrow_properties));
    return encoder;
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    arrow::ArrayVector columns = batch.columns();
    for (auto& column : columns) {
      ARROW_ASSIGN_OR_RAISE(column, Writable(column));
    }
    // A row group is held in memory until it is complete.
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(batch));
    if (group_bytes_ > 0 && group_bytes_ + bytes > max_group_bytes_) {
      ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      group_bytes_ = 0;
    }
    group_bytes_ += bytes;
    return writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns)));
  }
  arrow::Status Close() override { return writer_->Close(); }

 private:
  static arrow::Status Check(const std::shared_ptr<arrow::Field>& field,
                             const parquet::WriterProperties& properties,
                             const parquet::ArrowWriterProperties& arrow_properties) {
    std::shared_ptr<parquet::SchemaDescriptor> ignored;
    std::string reason;
    if (HasNestedDictionary(*field->type())) {
      reason = "it has no dictionaries of nested values";
    } else {
      try {
        const arrow::Status status = parquet::arrow::ToParquetSchema(
            arrow::schema({field}).get(), properties, arrow_properties, &ignored);
        if (status.ok()) return status;
        reason = status.message();
      } catch (const std::exception& error) {
        reason = error.what();
      }
    }
    return MakeError(ErrorCode::kNotSupported,
                     fmt::format("Parquet cannot hold column {} of type {} ({}); write arrow, csv "
                                 "or ndjson, or leave the column out with --columns",
                                 Quote(field->name()), field->type()->ToString(), reason));
  }

  // Without run-end encoding, and without nulls among the values of a dictionary.
  static arrow::Result<std::shared_ptr<arrow::Array>> Writable(
      const std::shared_ptr<arrow::Array>& column) {
    arrow::Datum result = column;
    if (column->type_id() == arrow::Type::RUN_END_ENCODED) {
      ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
      ARROW_ASSIGN_OR_RAISE(result, arrow::compute::RunEndDecode(result));
    } else if (column->type_id() == arrow::Type::DICTIONARY) {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*column);
      if (dictionary.dictionary()->null_count() == 0) return column;
      ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
      ARROW_ASSIGN_OR_RAISE(result,
                            arrow::compute::Take(dictionary.dictionary(), dictionary.indices()));
      ARROW_ASSIGN_OR_RAISE(result, arrow::compute::DictionaryEncode(result));
      ARROW_ASSIGN_OR_RAISE(result, arrow::compute::Cast(result, column->type()));
    }
    return result.make_array();
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  const int64_t max_group_bytes_ = internal::MemoryScope::Current().row_group();
  int64_t group_bytes_ = 0;
};

class IpcEncoder : public FrameEncoder {
 public:
  static Made Make(const Sink& sink, const std::shared_ptr<arrow::Schema>& schema) {
    auto encoder = std::make_unique<IpcEncoder>();
    // A file has one dictionary for each column, but batches have their own: Polars does not read
    // dictionary deltas, so all rows are collected before the first is written.
    for (const auto& field : schema->fields())
      encoder->has_dictionaries_ = encoder->has_dictionaries_ || HasDictionary(*field->type());
    encoder->schema_ = schema;
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    options.unify_dictionaries = true;
    ARROW_ASSIGN_OR_RAISE(encoder->writer_, arrow::ipc::MakeFileWriter(sink, schema, options));
    return encoder;
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    if (!has_dictionaries_) return writer_->WriteRecordBatch(batch);
    kept_.push_back(batch.Slice(0));
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    if (!kept_.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto table,
                            arrow::Table::FromRecordBatches(schema_, std::move(kept_)));
      ARROW_RETURN_NOT_OK(writer_->WriteTable(*table));
    }
    return writer_->Close();
  }

 private:
  static bool HasDictionary(const arrow::DataType& type) {
    if (type.id() == arrow::Type::DICTIONARY) return true;
    if (type.id() == arrow::Type::EXTENSION)
      return HasDictionary(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    for (const auto& field : type.fields()) {
      if (HasDictionary(*field->type())) return true;
    }
    return false;
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  bool has_dictionaries_ = false;
  arrow::RecordBatchVector kept_;
};

}  // namespace

Made FrameEncoder::Make(FileFormat format, const Sink& sink,
                        const std::shared_ptr<arrow::Schema>& schema) {
  switch (format) {
    case FileFormat::kParquet:
      return ParquetEncoder::Make(sink, *schema);
    case FileFormat::kIpc:
      return IpcEncoder::Make(sink, schema);
    case FileFormat::kCsv:
      return MakeCsvEncoder(sink, *schema);
    default:
      return MakeJsonLinesEncoder(sink);
  }
}

}  // namespace metaxy::cli
