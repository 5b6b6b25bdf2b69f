#include "cli/output/counting_reader.h"

#include <utility>

namespace metaxy::cli {

CountingReader::CountingReader(std::shared_ptr<arrow::RecordBatchReader> rows, Output* output,
                               const std::string& verb, std::optional<int64_t> total)
    : reader_(std::move(rows)), progress_(output, "rows " + verb, total) {}

arrow::Status CountingReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
  if (*batch != nullptr) progress_.Add((*batch)->num_rows());
  return arrow::Status::OK();
}

}  // namespace metaxy::cli
