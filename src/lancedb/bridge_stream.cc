#include "lancedb/bridge_stream.h"

#include <arrow/array/data.h>
#include <arrow/c/bridge.h>
#include <arrow/util/bitmap_ops.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "lancedb/bridge_status.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

class BridgeReader : public arrow::RecordBatchReader {
 public:
  explicit BridgeReader(ArrowArrayStream* stream) : stream_(*stream) { stream->release = nullptr; }
  BridgeReader(const BridgeReader&) = delete;
  BridgeReader& operator=(const BridgeReader&) = delete;
  ~BridgeReader() override { Release(); }

  arrow::Status ReadSchema() {
    ArrowSchema schema{};
    if (stream_.get_schema(&stream_, &schema) != 0) return Failure();
    return arrow::ImportSchema(&schema).Value(&schema_);
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (stream_.release == nullptr) return arrow::Status::Invalid("the reader is closed");
    ArrowArray array{};
    // Streams are read on other threads than the calling one, and also later.
    const Interrupt& own = InterruptScope::Current();
    const InterruptScope scope(own.IsLimited() ? own : interrupt_);
    const BridgeLimits limits;
    if (stream_.get_next(&stream_, &array) != 0) return Failure();
    if (array.release == nullptr) return arrow::Status::OK();
    return arrow::ImportRecordBatch(&array, schema_).Value(batch);
  }

  arrow::Status Close() override {
    Release();
    return arrow::Status::OK();
  }

 private:
  void Release() {
    if (stream_.release != nullptr) stream_.release(&stream_);
  }

  arrow::Status Failure() {
    arrow::Status status = CallBridge(mxl_stream_error, &stream_);
    if (!status.ok()) return status;
    return MakeError(ErrorCode::kInternal, "a stream of LanceDB failed without an error message");
  }

  const Interrupt interrupt_ = InterruptScope::Current();
  ArrowArrayStream stream_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ImportBridgeStream(
    ArrowArrayStream* stream) {
  auto reader = std::make_shared<BridgeReader>(stream);
  ARROW_RETURN_NOT_OK(reader->ReadSchema());
  return reader;
}

// The same values with structs that begin at 0 and members of the same length. If a struct within a
// struct is a slice of another array, Arrow in Rust would slice it twice.
arrow::Result<std::shared_ptr<arrow::ArrayData>> WithoutStructOffsets(
    const std::shared_ptr<arrow::ArrayData>& data) {
  auto result = data->Copy();
  const bool is_struct = data->type->id() == arrow::Type::STRUCT;
  for (auto& child : result->child_data) {
    if (is_struct) child = child->Slice(data->offset, data->length);
    ARROW_ASSIGN_OR_RAISE(child, WithoutStructOffsets(child));
  }
  if (!is_struct || data->offset == 0) return result;
  if (result->buffers[0]) {
    ARROW_ASSIGN_OR_RAISE(
        result->buffers[0],
        arrow::internal::CopyBitmap(arrow::default_memory_pool(), data->buffers[0]->data(),
                                    data->offset, data->length));
  }
  result->offset = 0;
  return result;
}

bool HasNestedStruct(const arrow::DataType& type) {
  return std::any_of(type.fields().begin(), type.fields().end(), [](const auto& field) {
    return field->type()->id() == arrow::Type::STRUCT || HasNestedStruct(*field->type());
  });
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> ForRust(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns = batch->column_data();
  for (auto& column : columns) {
    if (!HasNestedStruct(*column->type)) continue;
    ARROW_ASSIGN_OR_RAISE(column, WithoutStructOffsets(column));
  }
  return arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
}

// Passes batches on, remembers the first failure, and lets no exception reach Rust frames.
class ExportedReader::Recorder : public arrow::RecordBatchReader {
 public:
  explicit Recorder(std::shared_ptr<arrow::RecordBatchReader> reader)
      : reader_(std::move(reader)), schema_(reader_->schema()) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    arrow::Status status = Guarded(batch);
    if (failure_.ok()) failure_ = status;
    return status;
  }

  const arrow::Status& failure() const { return failure_; }

 private:
  arrow::Status Guarded(std::shared_ptr<arrow::RecordBatch>* batch) {
    try {
      ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
      return *batch ? ForRust(*batch).Value(batch) : arrow::Status::OK();
    } catch (const std::bad_alloc&) {
      return arrow::Status::OutOfMemory("not enough memory to read the next rows");
    } catch (const std::exception& error) {
      return MakeError(ErrorCode::kInternal, error.what());
    } catch (...) {
      return MakeError(ErrorCode::kInternal,
                       "the reader threw an object that is not a std::exception");
    }
  }

  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  arrow::Status failure_;
};

arrow::Result<ExportedReader> ExportedReader::Make(
    std::shared_ptr<arrow::RecordBatchReader> reader) {
  if (reader == nullptr) return MakeError(ErrorCode::kInvalidInput, "there are no rows to write");
  ExportedReader exported(std::make_shared<Recorder>(std::move(reader)));
  ARROW_RETURN_NOT_OK(arrow::ExportRecordBatchReader(exported.recorder_, &exported.stream_));
  return exported;
}

arrow::Result<mxl_write_options> ToBridge(const LanceWriteOptions& options) {
  mxl_write_options result{};
  result.struct_size = sizeof(result);
  ARROW_ASSIGN_OR_RAISE(result.max_rows_per_file,
                        ToBridge(options.max_rows_per_file, "max_rows_per_file"));
  ARROW_ASSIGN_OR_RAISE(result.max_bytes_per_file,
                        ToBridge(options.max_bytes_per_file, "max_bytes_per_file"));
  ARROW_ASSIGN_OR_RAISE(result.max_rows_per_group,
                        ToBridge(options.max_rows_per_group, "max_rows_per_group"));
  result.write_id = ToBridge(std::string_view(options.write_id));
  if (options.greatest) {
    result.greatest.known = 1;
    result.greatest.value = options.greatest->value;
    result.greatest.version = options.greatest->version;
    result.greatest.fragment = options.greatest->fragment;
  }
  return result;
}

ExportedReader::ExportedReader(std::shared_ptr<Recorder> recorder)
    : recorder_(std::move(recorder)) {}

ExportedReader::ExportedReader(ExportedReader&& other) noexcept
    : recorder_(std::move(other.recorder_)), stream_(std::exchange(other.stream_, {})) {}

ExportedReader::~ExportedReader() {
  if (stream_.release != nullptr) stream_.release(&stream_);
}

arrow::Status ExportedReader::Outcome(const arrow::Status& outcome,
                                      std::string_view context) const {
  if (!outcome.ok() && !recorder_->failure().ok()) {
    return WithContext(recorder_->failure(), context);
  }
  return outcome;
}

}  // namespace metaxy::internal
