// String conversion of values, as the reference does it before hashing.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <memory>

#include "columns/timestamp_string.h"

namespace metaxy::internal {

/// Whether values of the type are strings, of any layout.
bool IsString(const arrow::DataType& type);

/// The string form of an array's values; nulls stay null. docs/versioning.md has the table.
/// NotImplemented, saying why, if values of the type have none; Invalid, naming it, for a value
/// that has none (a binary that is not valid UTF-8, an unsupported date).
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> ValueStrings(
    const std::shared_ptr<arrow::Array>& values, StringForm form);

}  // namespace metaxy::internal
