// Result of the type inference pass over a text file.
#pragma once

#include <arrow/type.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace metaxy::cli {

/// \brief The shape of a text: the types of its columns, and its number of rows.
struct TextShape {
  std::shared_ptr<arrow::Schema> schema;
  int64_t rows = 0;
  /// CSV string columns in which each value looks like a JSON list or object.
  std::set<std::string> json_like;
};

/// \brief How many rows of a text make a batch, which should be a few MiB whatever the rows look
/// like.
class BatchLimit {
 public:
  explicit BatchLimit(const arrow::Schema& schema);

  /// \brief Counts a row of this many bytes; false when the batch is full with it.
  bool Add(size_t bytes);
  int64_t rows() const { return rows_; }

 private:
  int64_t max_rows_;
  size_t max_bytes_;
  int64_t rows_ = 0;
  size_t bytes_ = 0;
};

}  // namespace metaxy::cli
