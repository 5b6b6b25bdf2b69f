// Progress of rows that pass by.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief Hands on the batches of another reader, counts their rows and shows the count on a
/// terminal.
class CountingReader : public arrow::RecordBatchReader {
 public:
  /// \brief `verb` as in "1000 rows written".
  CountingReader(std::shared_ptr<arrow::RecordBatchReader> rows, Output* output, std::string verb);

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

  int64_t rows() const { return rows_; }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  Output* output_;
  std::string verb_;
  int64_t rows_ = 0;
};

}  // namespace metaxy::cli
