// Text of column values: for tables on a terminal, for CSV and for JSON.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

#include "cli/output/text_buffer.h"

namespace metaxy::cli {

/// \brief What JSON, which has only finite numbers, uses for NaN and the infinities.
enum class NotFinite {
  kNull,
  kName,  // NaN, inf, -inf: not valid JSON, human-readable
};

/// \brief Writes values of one column. The format is determined once per column, not for each
/// value. Not thread-safe.
class ColumnText {
 public:
  virtual ~ColumnText() = default;

  /// \brief For a column of any type, which must outlive this. NotSupported for a type that this
  /// version of the program does not know.
  static arrow::Result<std::unique_ptr<ColumnText>> Make(const arrow::Array& column,
                                                         NotFinite not_finite = NotFinite::kNull);

  /// \brief A value as JSON: null, numbers and booleans as such; lists, structs and maps with
  /// string keys as lists and objects, other maps as lists of pairs; everything else as strings.
  virtual void AppendJson(int64_t row, TextBuffer* out) = 0;

  /// \brief A standalone value: empty for null, strings without quotes, NaN and the infinities by
  /// name; lists, structs and maps as JSON.
  virtual void AppendPlain(int64_t row, TextBuffer* out) = 0;

  /// \brief Whether plain values may contain characters that are special in CSV.
  virtual bool is_free_text() const = 0;
  /// \brief Whether values are strings, which can be the keys of JSON objects.
  virtual bool is_text() const { return false; }
  virtual bool IsNull(int64_t row) const = 0;
};

}  // namespace metaxy::cli
