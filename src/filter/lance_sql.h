// Filter pushdown: conditions as SQL for Lance, where Lance gives the same answer.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <vector>

namespace metaxy::internal {

/// \brief `condition` as a filter for Lance, if Lance keeps exactly the rows that BoundFilter
/// keeps; otherwise `std::nullopt`.
///
/// Literals have the exact type of their column. User strings are quoted, so nothing can escape
/// from its literal or name. The choice is narrow on purpose: what is not obviously equivalent
/// (including nulls, NaN and overflow) is refused.
std::optional<std::string> ToLanceSql(const arrow::compute::Expression& condition,
                                      const arrow::Schema& schema);

/// \brief Conditions split into those that the storage can evaluate and the remaining ones.
struct SplitFilters {
  /// A conjunction for Lance; empty if there is none.
  std::string sql;
  /// What must be evaluated on the rows that are returned; all must hold.
  std::vector<arrow::compute::Expression> residual;
};

/// \brief Takes out of `filters`, all of which must hold, every condition that Lance can evaluate,
/// also from inside a conjunction. Does not fail: a condition that is invalid for `schema` stays
/// and fails when it is evaluated.
SplitFilters SplitPushdown(const std::vector<arrow::compute::Expression>& filters,
                           const arrow::Schema& schema);

}  // namespace metaxy::internal
