// The versions of one field, row by row, from a `*_by_field` column.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// Nullable strings, one per row of a frame. Values of other types are converted as in the
/// reference. Immutable and thread-safe.
class VersionStrings {
 public:
  /// The member `name` of a struct or map column. A member that the column lacks is null in every
  /// row: such rows were written before the field existed. MetadataSchema if the column is neither
  /// a struct nor a map of such values.
  static arrow::Result<VersionStrings> Extract(const std::shared_ptr<arrow::Array>& by_field,
                                               const std::string& name);

  /// A string column, unchanged.
  static arrow::Result<VersionStrings> FromArray(const std::shared_ptr<arrow::Array>& values,
                                                 const std::string& name);

  /// One string per group of rows; `group_of_row` maps rows to groups.
  static VersionStrings Grouped(std::shared_ptr<arrow::LargeStringArray> texts,
                                std::vector<uint32_t> group_of_row);

  /// All of them, if they are not grouped.
  const std::shared_ptr<arrow::LargeStringArray>& array() const { return texts_; }
  bool IsNull(int64_t row) const { return texts_->IsNull(Position(row)); }
  std::string_view Get(int64_t row) const { return texts_->GetView(Position(row)); }

 private:
  int64_t Position(int64_t row) const {
    return group_of_row_.empty() ? row : group_of_row_[static_cast<size_t>(row)];
  }

  std::shared_ptr<arrow::LargeStringArray> texts_;
  std::vector<uint32_t> group_of_row_;
};

}  // namespace metaxy::internal
