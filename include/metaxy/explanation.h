// Explanation of a resolve: why samples of a feature are new, stale or orphaned.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/graph.h"
#include "metaxy/increment.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"

namespace metaxy {

struct METAXY_EXPORT ExplainOptions {
  /// Explains only this sample: the value of its id column or, with several, "video=v1,part=2".
  /// Values are compared in their string form (docs/versioning.md).
  std::optional<std::string> sample = std::nullopt;
  /// Without `sample`: how many samples of each state are explained.
  int64_t examples = 3;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief A parent's field whose data version has changed since the sample was written.
struct Cause {
  FQFieldKey parent;
  std::optional<std::string> old_version = std::nullopt;  ///< absent if the parent's row came later
  std::optional<std::string> new_version = std::nullopt;  ///< absent if the parent's row is gone
};

/// \brief A field of a sample whose provenance differs.
struct FieldReason {
  std::string field;
  std::string code_version;
  std::optional<std::string> stored = std::nullopt;
  std::optional<std::string> expected = std::nullopt;
  std::vector<Cause> causes = {};
};

struct SampleReason {
  std::vector<std::pair<std::string, std::string>> id = {};  ///< id column -> value, as strings
  std::string state;  ///< "new", "stale", "orphaned" or, for a requested sample, "up to date"
  /// For a new sample: the other feature version for which it is stored, if any.
  std::optional<std::string> other_feature_version = std::nullopt;
  std::vector<FieldReason> fields = {};  ///< of a stale sample
};

/// \brief The result of MetadataStore::Explain(). A root feature has counts of 0 and no samples:
/// its provenance is given, not derived.
struct METAXY_EXPORT Explanation {
  FeatureKey feature;
  std::string feature_version;
  bool is_root = false;
  IncrementCounts counts = {};
  /// How the counts were found.
  ResolveReport report = {};
  /// The requested sample, or the first ones of each state.
  std::vector<SampleReason> samples = {};
  /// Field -> number of stale samples in which it differs, in the order of the spec; fields that
  /// differ in none are omitted.
  std::vector<std::pair<std::string, int64_t>> stale_fields = {};
  /// How many of the new samples are stored for other feature versions.
  int64_t stored_for_other_versions = 0;

  Json ToJson() const;
};

}  // namespace metaxy
