// Colour theme of drawings. Mirrors metaxy.graph.diff.rendering.theme.Theme.
#pragma once

#include "graph/render/graph_data.h"

namespace metaxy::render {

inline constexpr const char* kFeatureColor = "#00FFFF";
inline constexpr const char* kFieldColor = "#5F87AF";
inline constexpr const char* kAddedColor = "#00FF00";
inline constexpr const char* kRemovedColor = "#FF0000";
inline constexpr const char* kChangedColor = "#FFAA00";
inline constexpr const char* kUnchangedColor = "#808080";
inline constexpr const char* kOldVersionColor = "#FF0000";
inline constexpr const char* kNewVersionColor = "#00FF00";

/// The color of a node in a comparison; `normal` in a drawing of one graph.
inline const char* StatusColor(NodeStatus status, const char* normal) {
  switch (status) {
    case NodeStatus::kAdded:
      return kAddedColor;
    case NodeStatus::kRemoved:
      return kRemovedColor;
    case NodeStatus::kChanged:
      return kChangedColor;
    case NodeStatus::kUnchanged:
      return kUnchangedColor;
    default:
      return normal;
  }
}

}  // namespace metaxy::render
