// The columns that identify rows, brought to a few physical layouts, so that rows can be hashed,
// compared and ordered.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace metaxy::internal {

/// Columns of equal length. Integers of any width compare by value, texts and binaries by bytes,
/// and so do dictionaries of them; -0.0 equals 0.0, NaN equals NaN and is the greatest number.
/// Immutable and thread-safe.
class KeyColumns {
 public:
  KeyColumns() = default;

  /// `names` are for messages. MetadataSchema for a type whose values cannot be compared.
  static arrow::Result<KeyColumns> Make(std::vector<std::shared_ptr<arrow::Array>> arrays,
                                        std::vector<std::string> names);

  int64_t num_rows() const { return num_rows_; }
  size_t num_columns() const { return columns_.size(); }
  const std::vector<std::string>& names() const { return names_; }

  /// The arrays as they were given.
  const std::vector<std::shared_ptr<arrow::Array>>& arrays() const { return arrays_; }

  /// A hash per row; equal rows have equal hashes, also across KeyColumns that CheckComparable()
  /// accepts.
  std::vector<uint64_t> Hashes() const;

  bool HasNull(int64_t row) const;

  /// Null equals null here; a join has to look at HasNull() first.
  static bool Equal(const KeyColumns& left, int64_t left_row, const KeyColumns& right,
                    int64_t right_row);

  /// Less than 0, 0 or greater than 0: ascending, nulls first.
  int Compare(int64_t left_row, int64_t right_row) const;

  /// MetadataSchema, naming column and types, if the columns of the two cannot be equal by their
  /// types.
  static arrow::Status CheckComparable(const KeyColumns& left, const KeyColumns& right);

 private:
  enum class Layout { kSigned, kUnsigned, kTimestampNanos, kFloat, kBytes, kDecimal };

  struct Column {
    Layout layout;
    std::shared_ptr<arrow::Array> array;  // owns what the pointers point into
    const int64_t* numbers =
        nullptr;  // kSigned, kUnsigned (as bits), kTimestampNanos, kFloat (as bits of a double)
    const int64_t* offsets = nullptr;  // kBytes
    const uint8_t* bytes = nullptr;    // kBytes, kDecimal
    int32_t width = 0;                 // kDecimal
    bool has_nulls = false;
  };

  // How values of a type are laid out, or nothing if they cannot be compared.
  static std::optional<Layout> LayoutOf(const arrow::DataType& type);
  static arrow::Result<Column> Normalize(const std::shared_ptr<arrow::Array>& array,
                                         const std::string& name);
  static bool EqualValues(const Column& left, int64_t left_row, const Column& right,
                          int64_t right_row);
  static int CompareValues(const Column& column, int64_t left_row, int64_t right_row);

  std::vector<std::shared_ptr<arrow::Array>> arrays_;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  int64_t num_rows_ = 0;
};

}  // namespace metaxy::internal
