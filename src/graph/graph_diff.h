// Graph diff: what was added, removed or changed between two graphs.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/program_export.h"
#include "metaxy/graph.h"
#include "metaxy/json.h"

namespace metaxy {

/// \brief A field whose version differs; a missing version means that the field did not exist.
struct FieldDiff {
  std::string field;
  std::optional<std::string> old_version;
  std::optional<std::string> new_version;
};

/// \brief A feature of either graph.
struct METAXY_PROGRAM_EXPORT FeatureDiff {
  enum class Status { kUnchanged, kChanged, kAdded, kRemoved };

  std::string key;
  /// Based on the definition: a feature of which only a parent has changed is unchanged, although
  /// its versions differ.
  Status status = Status::kUnchanged;
  std::optional<std::string> old_version;
  std::optional<std::string> new_version;
  /// Field key -> version, in the order of the spec: of the new graph, or for a removed feature of
  /// the old one.
  std::vector<std::pair<std::string, std::string>> fields;
  /// Of a changed feature: added fields, then removed ones, then others with a different version;
  /// each by key.
  std::vector<FieldDiff> field_changes;
  std::vector<std::string> dependencies;

  /// \brief "unchanged", "changed", "added" or "removed".
  const char* status_name() const;
};

/// \brief The features of both graphs, ordered by key, and their edges (from parent to feature).
/// Mirrors what metaxy.graph.diff.GraphDiffer merges.
struct METAXY_PROGRAM_EXPORT GraphDiff {
  std::vector<FeatureDiff> features;
  std::vector<std::pair<std::string, std::string>> edges;

  /// \brief `{"nodes": {...}, "edges": [{"from", "to"}]}` with the reference's names and order.
  Json ToJson() const;
};

/// \brief Compares two graphs. Fails as FeatureGraph's versions do.
METAXY_PROGRAM_EXPORT arrow::Result<GraphDiff> DiffGraphs(const FeatureGraph& from,
                                                          const FeatureGraph& to);

/// \brief A feature with what it depends on, up to `up` steps, and what depends on it, up to `down`
/// steps; all of it without a number. `__` in a key without `/` stands for `/`. FeatureNotInGraph.
METAXY_PROGRAM_EXPORT arrow::Result<GraphDiff> FocusOn(const GraphDiff& diff,
                                                       const std::string& feature,
                                                       std::optional<int64_t> up,
                                                       std::optional<int64_t> down);

}  // namespace metaxy
