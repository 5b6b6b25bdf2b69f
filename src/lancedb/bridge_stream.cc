#include "lancedb/bridge_stream.h"

#include <arrow/c/bridge.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "interrupt.h"
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
    // Streams are read on other threads than those that asked for them, and also later.
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
    return MakeError(ErrorCode::kInternal, "a stream of LanceDB failed and does not say why");
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

// Passes batches on, remembers the first failure, and lets no exception into the frames of Rust.
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
      return reader_->ReadNext(batch);
    } catch (const std::bad_alloc&) {
      return arrow::Status::OutOfMemory("not enough memory to read the next rows");
    } catch (const std::exception& error) {
      return MakeError(ErrorCode::kInternal, error.what());
    } catch (...) {
      return MakeError(ErrorCode::kInternal, "the reader threw something that is no exception");
    }
  }

  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  arrow::Status failure_;
};

arrow::Result<ExportedReader> ExportedReader::Make(
    std::shared_ptr<arrow::RecordBatchReader> reader) {
  if (reader == nullptr) return MakeError(ErrorCode::kInvalidInput, "no rows were given to write");
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
