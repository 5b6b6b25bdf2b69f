#include "cli/output/cell_text.h"

#include <memory>

#include "cli/output/column_text.h"
#include "cli/output/row_text.h"

namespace metaxy::cli {

arrow::Status AppendJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* text) {
  ARROW_ASSIGN_OR_RAISE(const JsonRows rows, JsonRows::Make(batch));
  TextBuffer line;
  rows.Append(row, &line);
  *text += line.view();
  return arrow::Status::OK();
}

arrow::Result<std::string> CellText(const arrow::Array& column, int64_t row) {
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<ColumnText> texts,
                        ColumnText::Make(column, NotFinite::kName));
  TextBuffer text;
  texts->AppendPlain(row, &text);
  return std::string(text.view());
}

}  // namespace metaxy::cli
