#include "store/write/lossy_value.h"

#include <arrow/scalar.h>
#include <fmt/format.h>

#include "base/quote.h"
#include "base/utf8.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr size_t kLongestValue = 80;

// Whole characters only.
std::string Shortened(std::string text) {
  if (text.size() <= kLongestValue) return text;
  size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// Arrow breaks lists into lines.
std::string InOneLine(const std::string& text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') {
      line += text[i];
      continue;
    }
    while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\n')) ++i;
    if (line.ends_with(',')) line += ' ';
  }
  return line;
}

}  // namespace

std::string ValueText(const arrow::Array& values, int64_t row) {
  if (values.type_id() == arrow::Type::DICTIONARY) {
    const auto& encoded = static_cast<const arrow::DictionaryArray&>(values);
    return encoded.IsNull(row) ? "null"
                               : ValueText(*encoded.dictionary(), encoded.GetValueIndex(row));
  }
  const auto scalar = values.GetScalar(row);
  if (!scalar.ok()) return "?";
  if (!(*scalar)->is_valid) return "null";
  const std::string text = (*scalar)->ToString();
  const bool is_text =
      arrow::is_base_binary_like(values.type_id()) || arrow::is_binary_view_like(values.type_id());
  return is_text || !IsUtf8(text) ? Quote(Shortened(text)) : Shortened(InOneLine(text));
}

int64_t FindRefusedRow(const arrow::Array& column, const Fits& fits) {
  int64_t row = 0;
  for (int64_t count = column.length(); count > 1;) {
    const int64_t half = count / 2;
    if (fits(column.Slice(row, half))) {
      row += half;
      count -= half;
    } else {
      count = half;
    }
  }
  return row;
}

std::string NameOfRow(const arrow::RecordBatch& rows, const std::vector<std::string>& id_columns,
                      int64_t row) {
  std::string ids;
  for (const std::string& name : id_columns) {
    const auto values = rows.GetColumnByName(name);
    if (values)
      ids += fmt::format("{}{} = {}", ids.empty() ? "" : ", ", name, ValueText(*values, row));
  }
  return ids.empty() ? ids : " of the row with " + ids;
}

arrow::Status NameRefusedValue(const arrow::Status& reason, const arrow::RecordBatch& rows,
                               const arrow::Field& stored,
                               const std::vector<std::string>& id_columns, const Fits& fits) {
  const auto column = rows.GetColumnByName(stored.name());
  if (!IsError(reason, ErrorCode::kLossyCast) || !column || column->length() == 0) return reason;
  const int64_t row = FindRefusedRow(*column, fits);
  return MakeError(
      ErrorCode::kLossyCast,
      fmt::format("column '{}' is stored as {} and cannot hold {}{} without loss ({}); nothing was "
                  "written. Convert the values, or use a column with another name",
                  stored.name(), stored.type()->ToString(), ValueText(*column, row),
                  NameOfRow(rows, id_columns, row), reason.message()));
}

}  // namespace metaxy::internal
