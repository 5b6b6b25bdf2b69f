// CSV type inference: what the cells of a column can be without losing anything.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string_view>

#include "cli/input/json_values.h"

namespace metaxy::cli {

/// \brief Processes one cell after the other. A column is numeric or boolean if every cell is, as
/// in Polars, and if it can be written back unchanged; otherwise it is a string column: this
/// includes dates, and numbers with leading zeros, which are identifiers.
class CellShape {
 public:
  void Observe(std::string_view cell);

  /// \brief Null if no cell had a value.
  std::shared_ptr<arrow::DataType> Type() const;

  /// \brief Whether every value starts like a JSON list or object.
  bool json_like() const { return any_ && json_like_; }

 private:
  bool any_ = false;
  bool json_like_ = true;
  bool booleans_ = true;
  bool integers_ = true;
  bool numbers_ = true;
  bool negative_ = false;
  bool natural_ = false;
  bool inexact_ = false;
};

/// \brief A cell as a value of `type`, which CellShape has found for its column.
JsonNode CellValue(std::string_view cell, const arrow::DataType& type);

}  // namespace metaxy::cli
