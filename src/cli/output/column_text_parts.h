// Internal to column_text.cc: what flat and nested columns share.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <memory>

#include "cli/output/column_text.h"

namespace metaxy::cli {

/// \brief For lists, structs, maps, unions, dictionaries, run-end encoded and extension types; null
/// for others.
arrow::Result<std::unique_ptr<ColumnText>> MakeNestedColumnText(const arrow::Array& column,
                                                                NotFinite not_finite);

}  // namespace metaxy::cli
