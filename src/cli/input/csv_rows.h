// CSV tokenizer: rows of cells (RFC 4180).
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input/text_lines.h"

namespace metaxy::cli {

/// \brief Splits a text into rows and comma-separated cells. Cells in double quotes may contain
/// anything, with quotes doubled; they may be of any length.
class CsvRows {
 public:
  explicit CsvRows(std::shared_ptr<arrow::io::InputStream> input);

  /// \brief Reads a row; false at the end. Empty lines are skipped, unless `single`: then they are
  /// an empty cell. InvalidInput, with the line, for unbalanced quotes or invalid UTF-8.
  arrow::Result<bool> Next(bool single);

  size_t size() const { return cells_.size(); }
  /// \brief Valid until Next().
  std::string_view cell(size_t i) const {
    return std::string_view(text_).substr(cells_[i].begin, cells_[i].size);
  }
  /// \brief An empty cell without quotes.
  bool IsNull(size_t i) const { return cells_[i].size == 0 && !cells_[i].quoted; }

  /// \brief The line in which the row begins, starting at 1.
  int64_t line() const { return line_; }
  size_t bytes() const { return text_.size(); }

 private:
  struct Cell {
    size_t begin;
    size_t size;
    bool quoted;
  };

  arrow::Result<bool> NextLine();
  arrow::Status ReadCells();
  arrow::Status ReadQuoted();

  TextLines lines_;
  std::string_view rest_;  // of the current line
  int64_t line_ = 0;
  std::string text_;  // of all cells
  std::vector<Cell> cells_;
};

}  // namespace metaxy::cli
