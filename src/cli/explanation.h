// Explanation of why samples of a feature are new, stale or orphaned.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/json.h"
#include "metaxy/metadata_store.h"

namespace metaxy::cli {

/// \brief A parent's field whose data version has changed since the sample was written.
struct Cause {
  FQFieldKey parent;
  std::optional<std::string> then = std::nullopt;  ///< absent if the parent's row came later
  std::optional<std::string> now = std::nullopt;   ///< absent if the parent's row no longer exists
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
  std::string state;                                         ///< "new", "stale" or "orphaned"
  /// For a new sample: the other feature version for which it is stored, if any.
  std::optional<std::string> other_version = std::nullopt;
  std::vector<FieldReason> fields = {};  ///< of a stale sample
};

struct Explanation {
  FeatureKey feature;
  std::string version;
  bool is_root = false;
  IncrementCounts counts = {};
  /// The requested ones, or the first ones of each state.
  std::vector<SampleReason> samples = {};
  /// Field -> the number of stale samples in which it differs, in the order of the spec.
  std::vector<std::pair<std::string, int64_t>> stale_fields = {};
  int64_t stored_for_other_versions = 0;  ///< of the new samples

  Json ToJson() const;
};

/// \brief Resolves the feature and finds the reasons. `sample` names one by its id, "v1" or, with
/// several id columns, "video=v1,part=2"; InvalidInput if it has another form. Without it the first
/// `examples` of each state are explained. A root feature has no reasons: its provenance is given.
arrow::Result<Explanation> Explain(MetadataStore* store, const FeatureKey& feature,
                                   const std::optional<std::string>& sample, size_t examples,
                                   const ExecutionOptions& execution = {});

}  // namespace metaxy::cli
