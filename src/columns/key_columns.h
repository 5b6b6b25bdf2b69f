// Key columns in a few physical layouts, so that rows can be hashed and ordered.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columns/key_hash.h"

namespace metaxy::internal {

/// Columns of equal length. Integers of any width compare by value, strings and binaries by bytes,
/// and so do dictionaries of them; -0.0 equals 0.0, NaN equals NaN and is the greatest number; a
/// null equals a null. Immutable and thread-safe.
class KeyColumns {
 public:
  KeyColumns() = default;

  /// `names` are for messages. MetadataSchema for a type whose values cannot be compared.
  static arrow::Result<KeyColumns> Make(std::vector<std::shared_ptr<arrow::Array>> arrays,
                                        const std::vector<std::string>& names);

  int64_t num_rows() const { return num_rows_; }
  size_t num_columns() const { return columns_.size(); }

  /// A hash per row. Rows are equal if and only if their hashes are, also across KeyColumns whose
  /// types CheckComparable() accepts.
  void Hash(const KeyHasher& hasher, std::vector<KeyHash>* hashes) const;
  /// The hashes of columns that are not needed otherwise; fails as Make() does.
  static arrow::Result<std::vector<KeyHash>> HashesOf(
      std::vector<std::shared_ptr<arrow::Array>> arrays, const std::vector<std::string>& names,
      const KeyHasher& hasher);

  /// Whether any row has a null; HasNull() says which.
  bool has_nulls() const;
  bool HasNull(int64_t row) const;

  /// Appends bytes whose order is that of the rows: ascending, column by column, nulls first.
  void AppendOrdered(int64_t row, std::string* bytes) const;

  /// MetadataSchema, naming the column, for a type that Make() refuses.
  static arrow::Status CheckType(const arrow::DataType& type, const std::string& name);
  /// MetadataSchema, naming column and types, if values of the two types cannot be equal.
  static arrow::Status CheckComparable(const arrow::DataType& left, const arrow::DataType& right,
                                       const std::string& name);

 private:
  enum class Layout { kSigned, kUnsigned, kTimestampNanos, kFloat, kBytes, kDecimal };

  struct Column {
    Layout layout;
    std::shared_ptr<arrow::Array> array;  // owns the memory the pointers point to
    const int64_t* numbers =
        nullptr;  // kSigned, kUnsigned (as bits), kTimestampNanos, kFloat (as bits of a double)
    const int64_t* offsets = nullptr;  // kBytes
    const uint8_t* bytes = nullptr;    // kBytes, kDecimal
    int32_t width = 0;                 // kDecimal
    bool has_nulls = false;
  };

  // The physical layout of values of a type, or `std::nullopt` if they cannot be compared.
  static std::optional<Layout> LayoutOf(const arrow::DataType& type);
  static arrow::Result<Column> Normalize(const std::shared_ptr<arrow::Array>& array,
                                         const std::string& name);
  static void AppendOrderedValue(const Column& column, int64_t row, std::string* bytes);
  void HashSingle(uint64_t seed, std::vector<KeyHash>* hashes) const;

  std::vector<Column> columns_;
  int64_t num_rows_ = 0;
};

}  // namespace metaxy::internal
