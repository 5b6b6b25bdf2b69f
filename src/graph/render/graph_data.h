// What is drawn of a graph: one neutral model for all formats, for graphs and for comparisons of
// two.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_export.h"
#include "metaxy/graph.h"

namespace metaxy::render {

/// \brief Where a feature or field stands in a comparison; kNormal where nothing is compared.
enum class NodeStatus { kNormal, kUnchanged, kAdded, kRemoved, kChanged };

/// The word for a status in drawings and their style sheet; empty for features that are not
/// compared.
const char* NameOf(NodeStatus status);

struct FieldNode {
  FieldKey key;
  std::optional<std::string> version = std::nullopt;  ///< absent if the field was removed
  std::optional<std::string> old_version = std::nullopt;
  std::optional<std::string> code_version = std::nullopt;
  NodeStatus status = NodeStatus::kNormal;
  std::vector<FQFieldKey> parents = {};  ///< the fields that it depends on
};

/// \brief How far a feature is in a store.
struct NodeCounts {
  int64_t stored = 0;
  int64_t new_samples = 0;
  int64_t stale = 0;
  int64_t orphaned = 0;
  bool is_root = false;    ///< nobody but its user knows which samples there should be
  bool exists = false;     ///< the store has a table of it
  std::string error = {};  ///< why nothing is known; empty if it is
};

struct GraphNode {
  FeatureKey key;
  std::optional<std::string> version = std::nullopt;  ///< absent if the feature was removed
  std::optional<std::string> old_version = std::nullopt;
  std::vector<FieldNode> fields = {};
  std::vector<FeatureKey> dependencies = {};
  NodeStatus status = NodeStatus::kNormal;
  std::optional<std::string> project = std::nullopt;
  std::optional<std::string> description = std::nullopt;
  std::vector<std::string> id_columns = {};
  std::optional<NodeCounts> counts = std::nullopt;
};

/// \brief Features in the order in which they were defined. Mirrors
/// metaxy.graph.diff.models.GraphData, whose edges are the nodes' dependencies.
struct METAXY_PROGRAM_EXPORT GraphData {
  std::vector<GraphNode> nodes = {};
  std::optional<std::string> project_version = std::nullopt;

  /// \brief The node of a key, or nullptr.
  const GraphNode* Find(const FeatureKey& key) const;
  /// \brief Whether anything is compared.
  bool is_diff() const;
};

/// \brief Which part of a graph is drawn, and what of it. Mirrors metaxy.graph.RenderConfig.
struct RenderConfig {
  bool show_fields = true;
  bool show_feature_versions = true;
  bool show_field_versions = true;
  bool show_code_versions = false;
  bool show_project_version = true;
  bool show_projects = true;
  size_t hash_length = 8;        ///< characters of a version; 0 for all
  std::string direction = "TB";  ///< "TB" or "LR"
  std::optional<std::string> title = std::nullopt;
  std::optional<FeatureKey> feature = std::nullopt;  ///< the feature in the middle
  std::optional<size_t> up = std::nullopt;           ///< steps above it; all if absent
  std::optional<size_t> down = std::nullopt;         ///< steps below it; all if absent
  std::optional<std::string> project = std::nullopt;
};

/// \brief All features of a graph with their versions. `project` is the one whose version is told;
/// if absent the graph's only one, and none if there are several. Fails as the versions do.
METAXY_PROGRAM_EXPORT arrow::Result<GraphData> FromFeatureGraph(
    const FeatureGraph& graph, const std::optional<std::string>& project);

/// \brief The part that `config` selects: with `feature` what is around it; else with `project` its
/// features and their parents. FeatureNotInGraph if `feature` is not in the graph.
METAXY_PROGRAM_EXPORT arrow::Result<GraphData> Select(GraphData data, const RenderConfig& config);

/// \brief Parents before children; equal ones by their texts without regard to case. Dependencies
/// that are not in the graph do not count. Valid as long as `data` is.
METAXY_PROGRAM_EXPORT std::vector<const GraphNode*> TopologicalOrder(const GraphData& data);

/// \brief A version as it is shown: cut to the configured length, "none" if it is absent.
METAXY_PROGRAM_EXPORT std::string ShownVersion(const std::optional<std::string>& version,
                                               const RenderConfig& config);

// Each writes one format of `data` as it is; none ends with a line break but where the format of
// the reference has one.

/// \brief A Mermaid flowchart, byte for byte as the reference writes it where Mermaid accepts that.
METAXY_PROGRAM_EXPORT std::string ToMermaid(const GraphData& data, const RenderConfig& config);

/// \brief An image, placed by PlaceBoxes. Features and fields carry their keys as `data-key` and
/// `data-field`.
METAXY_PROGRAM_EXPORT std::string ToSvg(const GraphData& data, const RenderConfig& config);

/// \brief A page that needs nothing but itself: the image, which can be moved, searched and asked
/// for versions and lineage. Works without a network and loads nothing.
METAXY_PROGRAM_EXPORT std::string ToHtml(const GraphData& data, const RenderConfig& config);

/// \brief Graphviz' DOT, byte for byte as the reference writes it where Graphviz accepts that.
METAXY_PROGRAM_EXPORT std::string ToGraphviz(const GraphData& data, const RenderConfig& config);

}  // namespace metaxy::render
