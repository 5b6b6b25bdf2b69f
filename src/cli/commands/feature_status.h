// Feature status: how up to date a feature is in a store.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/metadata_store.h"

namespace metaxy::cli {

struct StatusOptions {
  std::vector<arrow::compute::Expression> global_filters = {};
  std::vector<arrow::compute::Expression> target_filters = {};
  std::vector<arrow::compute::Expression> staleness_predicates = {};
  ExecutionOptions execution = {};
  bool allow_fallback = true;
  bool progress = false;
  /// Number of rows to show of each part; 0: none.
  int64_t samples = 0;
};

/// \brief Mirrors metaxy.graph.status.FeatureMetadataStatus.
struct FeatureStatus {
  FeatureKey key;
  std::string target_version;
  bool is_root = false;
  bool exists = false;
  int64_t rows = 0;
  /// New and stale samples include the failed ones, as in the reference, which knows no failures.
  IncrementCounts counts = {};
  std::optional<double> progress = std::nullopt;
  std::optional<std::vector<std::string>> samples = std::nullopt;
  Json store_metadata;
  /// Parents without a table, because of which nothing can be compared yet; `error` says so, too,
  /// as in the reference.
  std::vector<FeatureKey> waits_for = {};
  arrow::Status error = arrow::Status::OK();  ///< if it is not OK, the other members are unset

  bool needs_update() const { return !is_root && error.ok() && !counts.empty(); }
  /// \brief "missing", "root_feature", "needs_update", "up_to_date" or "error".
  const char* category() const;
  Json ToJson() const;
};

/// \brief Never fails: errors are part of the result.
FeatureStatus GetFeatureStatus(MetadataStore* store, const FeatureKey& key,
                               const StatusOptions& options);

}  // namespace metaxy::cli
