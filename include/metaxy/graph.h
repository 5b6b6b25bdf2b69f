// The feature graph: the dependencies between features, and the versions derived from the
// definitions.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/feature_definition.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/keys.h"

namespace metaxy {

/// \brief A field of a feature; its string form is "feature/key.field/key", by which such keys are
/// ordered.
struct METAXY_EXPORT FQFieldKey {
  FeatureKey feature;
  FieldKey field;

  std::string ToString() const { return feature.ToString() + "." + field.ToString(); }
  bool operator==(const FQFieldKey&) const = default;
  bool operator<(const FQFieldKey& other) const { return ToString() < other.ToString(); }
};

/// \brief A feature and its parents, as needed by every operation on its rows. Mirrors metaxy's
/// FeaturePlan. Immutable.
class METAXY_EXPORT FeaturePlan {
 public:
  /// \brief `parents` are the specs of `feature.deps`, in this order.
  FeaturePlan(FeatureSpec feature, std::vector<FeatureSpec> parents)
      : feature_(std::move(feature)), parents_(std::move(parents)) {}

  const FeatureSpec& feature() const { return feature_; }
  const std::vector<FeatureSpec>& parents() const { return parents_; }
  bool is_root() const { return feature_.deps.empty(); }

  /// \brief The spec of a parent, or nullptr.
  const FeatureSpec* FindParent(const FeatureKey& key) const;
  /// \brief The dependency on a parent, or nullptr.
  const FeatureDep* FindDep(const FeatureKey& key) const;

  /// \brief The parent fields that a field depends on, ordered by their string form, without
  /// duplicates. InvalidDefinition if the feature has parents but none has a matching field, or if
  /// a FieldDep names something that does not exist.
  arrow::Result<std::vector<FQFieldKey>> ParentFields(const FieldKey& field) const;

  /// \brief The parent fields by parent, in the order of the dependencies: as shown by
  /// `list --verbose`.
  arrow::Result<std::vector<std::pair<FeatureKey, std::vector<FieldKey>>>> FieldDependencies(
      const FieldKey& field) const;

  /// \brief The id columns of a dependency after rename and lineage: the key of its rows.
  std::vector<std::string> InputIdColumns(const FeatureDep& dep) const;

  /// \brief The columns on which parents and feature are joined: those shared by all dependencies,
  /// in the order of the first one. Empty for a root.
  std::vector<std::string> input_id_columns() const;

  /// \brief input_id_columns(), or the feature's own id columns if there are none.
  std::vector<std::string> join_columns() const;

  /// \brief Checks renames and selected columns, as the reference does before any computation.
  /// InvalidDefinition.
  arrow::Status ValidateColumns() const;

 private:
  FeatureSpec feature_;
  std::vector<FeatureSpec> parents_;
};

/// \brief All features of a project (and those of others that it uses). Mirrors
/// metaxy.FeatureGraph.
///
/// Features keep the order in which they were added. Concurrent reads are safe as long as nobody
/// adds features.
class METAXY_EXPORT FeatureGraph {
 public:
  enum class OnConflict { kRaise, kIgnore };

  explicit FeatureGraph(int hash_truncation_length = kMinHashTruncationLength);
  FeatureGraph(const FeatureGraph& other);
  FeatureGraph& operator=(const FeatureGraph&) = delete;
  ~FeatureGraph();

  int hash_truncation_length() const { return truncation_; }

  /// \brief Adds a definition. An actual feature replaces an external one of the same key and is
  /// never replaced by one; a definition with the same class path from the same source replaces the
  /// older one. InvalidDefinition if the definition is not valid, or if the key is otherwise taken
  /// and `on_conflict` is kRaise.
  arrow::Status AddFeatureDefinition(FeatureDefinition definition,
                                     OnConflict on_conflict = OnConflict::kRaise);

  /// \brief Replaces the definition with the same key, whatever it is, or appends it.
  void ReplaceFeatureDefinition(FeatureDefinition definition);

  /// \brief Adds a feature declared in C++, of project `project`. InvalidDefinition if it is not
  /// valid, or if there already is another feature with this key.
  arrow::Status AddFeature(FeatureSpec spec, std::string project);

  /// \brief The definition of a key, or nullptr. Valid until the graph changes.
  const FeatureDefinition* Find(const FeatureKey& key) const;
  /// \brief The definition of a key; FeatureNotInGraph, with the closest known key, if there is
  /// none.
  arrow::Result<const FeatureDefinition*> GetFeatureDefinition(const FeatureKey& key) const;

  const std::vector<FeatureDefinition>& definitions() const { return definitions_; }

  /// \brief Keys in the graph's order; of one project if `project` is given.
  std::vector<FeatureKey> ListFeatures(
      const std::optional<std::string>& project = std::nullopt) const;

  /// \brief FeatureNotInGraph, or MissingFeatureDependency if a parent is not in the graph.
  arrow::Result<FeaturePlan> GetFeaturePlan(const FeatureKey& key) const;

  /// \brief Checks the graph as a whole: missing dependencies (unless they may be loaded later),
  /// cycles, colliding columns.
  arrow::Status Validate(bool allow_missing_dependencies = false) const;

  /// \brief Versions; each fails as GetFeaturePlan and ParentFields do, and with Cycle.
  arrow::Result<std::string> GetFieldVersion(const FQFieldKey& key) const;
  /// \brief Field key -> version, in the order of the spec.
  arrow::Result<std::vector<std::pair<std::string, std::string>>> GetFeatureVersionByField(
      const FeatureKey& key) const;
  arrow::Result<std::string> GetFeatureVersion(const FeatureKey& key) const;
  /// \brief Hash of the definitions of a project's own features; "empty" if it has none.
  std::string GetProjectVersion(const std::string& project) const;

  /// \brief The one project of all features that are not external; InvalidInput if there are none
  /// or several.
  arrow::Result<std::string> project() const;

  /// \brief Everything downstream of `sources`, parents first, without `sources`.
  std::vector<FeatureKey> GetDownstreamFeatures(std::span<const FeatureKey> sources) const;

  /// \brief `keys` (all if absent) in topological order, parents first; ties are ordered by their
  /// string form, ignoring case. Cycle if there is no such order.
  arrow::Result<std::vector<FeatureKey>> TopologicalSort(
      const std::optional<std::vector<FeatureKey>>& keys = std::nullopt,
      bool descending = false) const;

  bool has_external_features() const;

 private:
  struct VersionCache;
  class VersionWalk;

  arrow::Status MissingDependency(const FeatureKey& key, const FeatureKey& parent) const;

  int truncation_;
  std::vector<FeatureDefinition> definitions_;
  std::unordered_map<FeatureKey, size_t> index_;
  std::unique_ptr<VersionCache> cache_;
};

}  // namespace metaxy
