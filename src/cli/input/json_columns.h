// Column builder: Arrow columns from JSON values.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>

#include "cli/input/json_values.h"

namespace metaxy::cli {

/// \brief Collects the values of one column.
class JsonColumn {
 public:
  /// \brief For the types of JsonShape, and for timestamps, which are given as strings.
  static std::unique_ptr<JsonColumn> Make(const std::shared_ptr<arrow::DataType>& type);
  virtual ~JsonColumn() = default;

  /// \brief Appends the value at `*node` and advances past it. Fails if it is not of the type.
  virtual arrow::Status Append(const JsonNode** node) = 0;
  virtual arrow::Status AppendNull() = 0;
  virtual int64_t length() const = 0;
  /// \brief The collected values; starts over.
  virtual arrow::Result<std::shared_ptr<arrow::Array>> Finish() = 0;
};

/// \brief A string in ISO 8601 as microseconds since 1970 in UTC; without a zone, UTC is assumed.
arrow::Result<int64_t> ParseTimestamp(std::string_view text);

}  // namespace metaxy::cli
