// Columns of floats as texts.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <memory>

namespace metaxy::internal {

/// What Polars makes of floats where texts are wanted: `16777216.0`, not the `16777216` of Arrow.
/// `values` are floats or doubles; nulls stay null. Thread-safe.
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> FloatTexts(const arrow::Array& values);

}  // namespace metaxy::internal
