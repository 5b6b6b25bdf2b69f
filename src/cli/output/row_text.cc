#include "cli/output/row_text.h"

#include <utility>

#include "base/quote.h"
#include "cli/output/text_escape.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

arrow::Result<std::unique_ptr<ColumnText>> TextOf(const arrow::RecordBatch& batch, int column) {
  arrow::Result<std::unique_ptr<ColumnText>> text = ColumnText::Make(*batch.column(column));
  if (text.ok()) return text;
  return WithContext(text.status(), "column " + Quote(batch.column_name(column)));
}

}  // namespace

arrow::Result<JsonRows> JsonRows::Make(const arrow::RecordBatch& batch) {
  JsonRows rows;
  TextBuffer title;
  for (int i = 0; i < batch.num_columns(); ++i) {
    title.Clear();
    title.Append(i == 0 ? "{" : ", ");
    AppendJsonText(batch.column_name(i), &title);
    title.Append(": ");
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<ColumnText> text, TextOf(batch, i));
    rows.columns_.push_back({std::string(title.view()), std::move(text)});
  }
  return rows;
}

void JsonRows::Append(int64_t row, TextBuffer* out) const {
  if (columns_.empty()) out->Append('{');
  for (const Column& column : columns_) {
    out->Append(column.title);
    column.text->AppendJson(row, out);
  }
  out->Append('}');
}

arrow::Result<CsvRows> CsvRows::Make(const arrow::RecordBatch& batch) {
  CsvRows rows;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(rows.columns_.emplace_back(), TextOf(batch, i));
  }
  return rows;
}

void CsvRows::AppendHeader(const arrow::Schema& schema, TextBuffer* out) {
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (i > 0) out->Append(',');
    const size_t begin = out->size();
    AppendPlainText(schema.field(i)->name(), out);
    QuoteForCsv(begin, out);
  }
  out->Append('\n');
}

void CsvRows::Append(int64_t row, TextBuffer* out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out->Append(',');
    const size_t begin = out->size();
    columns_[i]->AppendPlain(row, out);
    if (columns_[i]->is_free_text() && !columns_[i]->IsNull(row)) QuoteForCsv(begin, out);
  }
}

}  // namespace metaxy::cli
