#include "cli/counting_reader.h"

#include <utility>

namespace metaxy::cli {

CountingReader::CountingReader(std::shared_ptr<arrow::RecordBatchReader> rows, Output* output,
                               std::string verb)
    : reader_(std::move(rows)), output_(output), verb_(std::move(verb)) {}

arrow::Status CountingReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
  if (*batch != nullptr) {
    rows_ += (*batch)->num_rows();
    output_->Progress(std::to_string(rows_) + " rows " + verb_);
  }
  return arrow::Status::OK();
}

}  // namespace metaxy::cli
