#include "cli/input/csv_rows.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

arrow::Status Refused(int64_t line, std::string_view reason) {
  return MakeError(ErrorCode::kInvalidInput, fmt::format("line {}: {}", line, reason));
}

}  // namespace

CsvRows::CsvRows(std::shared_ptr<arrow::io::InputStream> input) : lines_(std::move(input)) {
  arrow::util::InitializeUTF8();
}

arrow::Result<bool> CsvRows::NextLine() {
  ARROW_ASSIGN_OR_RAISE(const std::optional<std::string_view> line, lines_.Next());
  if (!line) return false;
  rest_ = *line;
  if (!arrow::util::ValidateUTF8(rest_)) return Refused(lines_.number(), "it is not valid UTF-8");
  return true;
}

arrow::Result<bool> CsvRows::Next(bool single) {
  do {
    ARROW_ASSIGN_OR_RAISE(const bool more, NextLine());
    if (!more) return false;
  } while (!single && (rest_.empty() || rest_ == "\r"));
  line_ = lines_.number();
  text_.clear();
  cells_.clear();
  ARROW_RETURN_NOT_OK(ReadCells());
  return true;
}

arrow::Status CsvRows::ReadCells() {
  while (true) {
    cells_.push_back({text_.size(), 0, false});
    if (rest_.starts_with('"')) {
      rest_.remove_prefix(1);
      cells_.back().quoted = true;
      ARROW_RETURN_NOT_OK(ReadQuoted());
    } else {
      const size_t comma = rest_.find(',');
      std::string_view cell = rest_.substr(0, comma);
      rest_.remove_prefix(cell.size());
      if (rest_.empty() && cell.ends_with('\r')) cell.remove_suffix(1);
      text_ += cell;
    }
    cells_.back().size = text_.size() - cells_.back().begin;
    if (rest_.empty()) return arrow::Status::OK();
    rest_.remove_prefix(1);  // the comma
  }
}

arrow::Status CsvRows::ReadQuoted() {
  while (true) {
    const size_t quote = rest_.find('"');
    text_ += rest_.substr(0, quote);
    if (quote == std::string_view::npos) {
      text_ += '\n';
      ARROW_ASSIGN_OR_RAISE(const bool more, NextLine());
      if (!more) return Refused(line_, "a cell starts with a quote that is never closed");
      continue;
    }
    rest_.remove_prefix(quote + 1);
    if (rest_.starts_with('"')) {
      text_ += '"';
      rest_.remove_prefix(1);
      continue;
    }
    if (rest_ == "\r") rest_ = {};
    if (rest_.empty() || rest_.starts_with(',')) return arrow::Status::OK();
    return Refused(lines_.number(), fmt::format("in cell {} there is text after the closing quote; "
                                                "quotes inside a cell must be doubled",
                                                cells_.size()));
  }
}

}  // namespace metaxy::cli
