// Fingerprint of a question: everything that its answer depends on, except the rows.
#pragma once

#include <arrow/result.h>

#include <string>

#include "versioning/resolve/resolve.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {

/// To be raised with every change after which the same rows may have another answer, or after which
/// something else is made of a row than what is remembered of it: RowSummary, with RowFlag.
inline constexpr int kEngineMeaning = 2;

/// SHA-256, in hex, of definitions, versions, filters, predicates and the places of the tables.
/// NotSupported for a filter that cannot be written down, or that need not have the same value
/// tomorrow.
arrow::Result<std::string> FingerprintOf(const ResolveInput& input);

/// The same of the number of latest rows of a table at `place`.
arrow::Result<std::string> FingerprintOfCount(const RowsRequest& request, const std::string& place,
                                              const std::string& table);

}  // namespace metaxy::internal
