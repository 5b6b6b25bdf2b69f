// What differs between the rows that a feature should have and those it has.
#pragma once

#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include <cstdint>
#include <vector>

#include "versioning/current_rows.h"
#include "versioning/expected_rows.h"

namespace metaxy::internal {

/// Positions, ascending.
struct Comparison {
  std::vector<uint32_t> new_samples;  ///< in the expected rows
  std::vector<uint32_t> stale;        ///< in the expected rows
  std::vector<uint32_t> orphaned;     ///< in the current rows
};

/// Matches rows by the join columns; null keys match nothing. A row is stale if the stored
/// provenance is null or differs from the expected one, or if a predicate says so; an expected
/// provenance of null differs from nothing.
arrow::Result<Comparison> Compare(const ExpectedRows& expected, const CurrentRows& current,
                                  const arrow::StopToken& stop_token);

}  // namespace metaxy::internal
