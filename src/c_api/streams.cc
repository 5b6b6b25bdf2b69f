#include "c_api/streams.h"

#include <arrow/c/bridge.h>

#include <string>
#include <utility>

#include "c_api/guard.h"
#include "c_api/handles.h"

namespace metaxy::internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

class StoreReader final : public arrow::RecordBatchReader {
 public:
  StoreReader(Reader rows, std::shared_ptr<MetadataStore> store)
      : store_(std::move(store)), rows_(std::move(rows)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return rows_->ReadNext(batch);
  }

 private:
  std::shared_ptr<MetadataStore> store_;  // Must outlive rows_.
  Reader rows_;
};

}  // namespace

arrow::Status Export(Reader rows, std::shared_ptr<MetadataStore> store, ArrowArrayStream* out) {
  return arrow::ExportRecordBatchReader(
      std::make_shared<StoreReader>(std::move(rows), std::move(store)), out);
}

arrow::Result<Reader> Import(ArrowArrayStream* rows, const char* name) {
  ARROW_RETURN_NOT_OK(CheckGiven(rows, name));
  if (rows->release == nullptr) {
    return MakeError(ErrorCode::kInvalidInput,
                     std::string("stream `") + name + "` was released already");
  }
  return arrow::ImportRecordBatchReader(rows);
}

int32_t StreamPart(const metaxy_increment* increment, PartOfIncrement part, ArrowArrayStream* rows,
                   metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(increment, "increment"));
    ARROW_RETURN_NOT_OK(CheckGiven(rows, "rows"));
    ARROW_ASSIGN_OR_RAISE(auto reader, ((*increment->increment).*part)());
    return Export(std::move(reader), increment->store, rows);
  });
}

}  // namespace metaxy::internal
