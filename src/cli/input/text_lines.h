// Line reader for texts of any size: one line in memory at a time, none too long.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace metaxy::cli {

/// \brief Splits a stream at line feeds; a carriage return stays at the end of its line. A UTF-8
/// byte order mark at the beginning is skipped.
class TextLines {
 public:
  explicit TextLines(std::shared_ptr<arrow::io::InputStream> input);

  /// \brief The next line without its line feed, or `std::nullopt` at the end. Valid until the next
  /// call.
  arrow::Result<std::optional<std::string_view>> Next();

  /// \brief The number of the line that Next() returned last, starting at 1.
  int64_t number() const { return number_; }

 private:
  arrow::Status ReadMore();

  std::shared_ptr<arrow::io::InputStream> input_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of the next line
  size_t end_ = 0;    // of what was read
  bool at_end_ = false;
  int64_t number_ = 0;
};

}  // namespace metaxy::cli
