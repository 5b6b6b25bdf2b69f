// Aligned tables of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief A table that is printed with aligned columns, within the width of the terminal.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  /// What is narrowed first if space is short.
  enum class Weight { kMain, kMinor };

  struct Cell {
    std::string text;
    Style style = Style::kPlain;
  };

  void AddColumn(std::string_view title, Align align = Align::kLeft, Weight weight = Weight::kMain);
  /// \brief A row with a cell for every column.
  void AddRow(std::vector<Cell> cells);
  void AddTexts(const std::vector<std::string>& texts);

  /// \brief Long texts are cut, and columns that do not fit are named below the table.
  void Print(Output* output) const;

 private:
  struct Column {
    std::string title;
    Align align;
    Weight weight;
  };

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// \brief The width of a UTF-8 text on a terminal, in columns.
size_t DisplayWidth(std::string_view text);

/// \brief `text` on one line of at most `width` columns; what is cut off is replaced by an
/// ellipsis.
std::string Shorten(std::string_view text, size_t width);

}  // namespace metaxy::cli
