// The reference's interpretation of filters, captured by
// tests/reference/recorded/capture/capture_filters.py.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace metaxy::internal {

/// \brief A filter string and the reference's result; `std::nullopt` if it refuses it.
using Golden = std::pair<std::string, std::optional<std::string>>;

/// \brief The list "forms" or "values" of goldens/filters.json.
std::vector<Golden> ReadGoldens(const std::string& list);

/// \brief The rows for which "values" were captured.
std::shared_ptr<arrow::RecordBatch> ReadGoldenRows();

/// \brief The value of a condition for every row: T, F or - for null.
std::string Letters(const arrow::BooleanArray& values);

}  // namespace metaxy::internal
