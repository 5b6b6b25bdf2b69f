// Type inference for CSV: what the cells of a column can be without losing anything.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string_view>

#include "cli/input/json_values.h"

namespace metaxy::cli {

/// \brief Learns from one cell after the other. A column is numbers or booleans if every cell is
/// one, as in Polars, and comes out again as it was; otherwise it is texts: dates are, and numbers
/// with zeros in front, which are names of something.
class CellShape {
 public:
  void Observe(std::string_view cell);

  /// \brief Null if no cell had a value.
  std::shared_ptr<arrow::DataType> Type() const;

  /// \brief Whether every value begins as a list or an object of JSON does.
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

/// \brief A cell as a value of `type`, one that CellShape has found for its column.
JsonNode CellValue(std::string_view cell, const arrow::DataType& type);

}  // namespace metaxy::cli
