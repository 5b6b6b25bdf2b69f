// Hash column: the hashes of rows as an Arrow column.
#pragma once

#include <arrow/builder.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

#include "versioning/hash/provenance.h"

namespace metaxy::internal {

/// Space is reserved for all rows as soon as a hash tells how much they take, so that appending one
/// is no more than a copy.
class HashColumn {
 public:
  arrow::Status Reserve(int64_t rows) {
    rows_ = rows;
    return builder_.Reserve(rows);
  }

  /// Whether there is space for a hash; else Grow() makes it.
  bool Fits(const HashText& hash) const {
    return hash.null || builder_.value_data_length() + hash.size <= builder_.value_data_capacity();
  }
  arrow::Status Grow(const HashText& hash) {
    return builder_.ReserveData((rows_ - builder_.length()) * hash.size);
  }

  /// One that fits; as many as there is space for.
  void Append(const HashText& hash) {
    if (hash.null) {
      builder_.UnsafeAppendNull();
    } else {
      builder_.UnsafeAppend(hash.data, hash.size);
    }
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Finish() { return builder_.Finish(); }

 private:
  arrow::LargeStringBuilder builder_;
  int64_t rows_ = 0;
};

}  // namespace metaxy::internal
