// Rows of a batch as lines of text.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/output/column_text.h"
#include "cli/output/text_buffer.h"

namespace metaxy::cli {

/// \brief The rows of one batch as JSON objects. The batch must outlive this.
class JsonRows {
 public:
  static arrow::Result<JsonRows> Make(const arrow::RecordBatch& batch);

  void Append(int64_t row, TextBuffer* out) const;

 private:
  struct Column {
    std::string title;  // with its prefix
    std::unique_ptr<ColumnText> text;
  };

  std::vector<Column> columns_;
};

/// \brief The rows of one batch as CSV: strings and everything that is not a single plain word in
/// quotes, empty for null. The batch must outlive this.
class CsvRows {
 public:
  static arrow::Result<CsvRows> Make(const arrow::RecordBatch& batch);

  /// \brief The header, and a line break.
  static void AppendHeader(const arrow::Schema& schema, TextBuffer* out);
  /// \brief A row, without a line break.
  void Append(int64_t row, TextBuffer* out) const;

 private:
  std::vector<std::unique_ptr<ColumnText>> columns_;
};

}  // namespace metaxy::cli
