// Conditions as SQL that Lance understands, where Lance gives the same answer.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <vector>

namespace metaxy::internal {

/// \brief `condition` as a filter for Lance, if Lance keeps exactly the rows that BoundFilter
/// keeps; nothing otherwise.
///
/// Literals have the exact type of their column. Texts of users are quoted, so nothing can leave
/// its literal or name. The choice is narrow on purpose: what is not plainly equivalent (including
/// nulls, NaN and overflow) is refused.
std::optional<std::string> ToLanceSql(const arrow::compute::Expression& condition,
                                      const arrow::Schema& schema);

/// \brief Conditions divided into what the storage can check and what is left for us.
struct SplitFilters {
  /// A conjunction for Lance; empty if there is nothing for it.
  std::string sql;
  /// What must be evaluated on the rows that come back; all must hold.
  std::vector<arrow::compute::Expression> residual;
};

/// \brief Takes out of `filters`, all of which must hold, every condition that Lance can check,
/// also from inside of a conjunction. Does not fail: a condition that makes no sense for `schema`
/// stays and fails when it is evaluated.
SplitFilters SplitPushdown(const std::vector<arrow::compute::Expression>& filters,
                           const arrow::Schema& schema);

}  // namespace metaxy::internal
