// Fingerprint of a resolve: everything that its answer depends on, except the rows.
#pragma once

#include <arrow/result.h>

#include <string>

#include "versioning/resolve/resolve.h"

namespace metaxy::internal {

/// To be raised with every change after which the same rows may have another answer.
inline constexpr int kEngineMeaning = 1;

/// SHA-256, in hex, of definitions, versions, filters, predicates and the places of the tables.
/// NotSupported for a filter that cannot be written down, or that need not have the same value
/// tomorrow.
arrow::Result<std::string> FingerprintOf(const ResolveInput& input);

}  // namespace metaxy::internal
