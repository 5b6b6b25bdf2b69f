// Sort keys for values of any type.
#pragma once

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>

namespace metaxy::cli {

/// \brief Whether values of a type have an order: all except nested ones, and intervals that mix
/// months, days and seconds.
bool HasOrder(const arrow::DataType& type);

/// \brief A column that Arrow can sort, in the order of the given one: dictionaries by their
/// values, NaN after all numbers, -0.0 equal to 0.0. `column` must have an order.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> SortKeyOf(const arrow::ChunkedArray& column);

/// \brief The same values in a type whose rows Arrow can gather: without views and run ends.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> PickableOf(
    const std::shared_ptr<arrow::ChunkedArray>& column);

}  // namespace metaxy::cli
