// Progress counter around a record batch reader.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/output.h"
#include "cli/progress.h"

namespace metaxy::cli {

/// \brief Passes on the batches of another reader, counts their rows and shows the count on a
/// terminal.
class CountingReader : public arrow::RecordBatchReader {
 public:
  /// \brief `verb` as in "1000 rows written"; `total` is the expected number of rows, if known.
  CountingReader(std::shared_ptr<arrow::RecordBatchReader> rows, Output* output,
                 const std::string& verb, std::optional<int64_t> total = std::nullopt);

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

  int64_t rows() const { return progress_.done(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  Progress progress_;
};

}  // namespace metaxy::cli
