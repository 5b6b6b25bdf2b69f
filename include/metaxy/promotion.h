// Promotion: what a branch has made, copied into the store that it branched off.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"

namespace metaxy {

/// \brief What a promotion does with samples of which the target has a later row.
enum class PromoteConflicts {
  kRefuse,     ///< Write nothing at all.
  kKeep,       ///< Leave the target's rows.
  kOverwrite,  ///< Write the branch's rows.
};

struct METAXY_EXPORT PromoteOptions {
  /// All of the graph's project if absent.
  std::optional<std::vector<FeatureKey>> features = std::nullopt;
  PromoteConflicts conflicts = PromoteConflicts::kRefuse;
  /// Only look; the target may be open for reading.
  bool dry_run = false;
  /// A promotion that is stopped leaves the features promoted before.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief What a promotion has done, or would do, with the samples of a feature.
struct METAXY_EXPORT PromotedFeature {
  FeatureKey feature;
  int64_t added = 0;      ///< The target has no row of them.
  int64_t replaced = 0;   ///< The target has an earlier row.
  int64_t deleted = 0;    ///< The branch has deleted them.
  int64_t unchanged = 0;  ///< The target has the same data version already, or no such sample.
  int64_t conflicts = 0;  ///< The target has another row, which is later.

  /// \brief As printed by `metaxy store promote --format json`.
  Json ToJson() const;
};

}  // namespace metaxy
