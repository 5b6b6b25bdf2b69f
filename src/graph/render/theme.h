// Colour theme of drawings. Mirrors metaxy.graph.diff.rendering.theme.Theme. Mirrors
// metaxy.graph.diff.rendering.theme.Theme.
#pragma once

namespace metaxy::render {

inline constexpr const char* kFeatureColor = "#00FFFF";
inline constexpr const char* kFieldColor = "#5F87AF";
inline constexpr const char* kAddedColor = "#00FF00";
inline constexpr const char* kRemovedColor = "#FF0000";
inline constexpr const char* kChangedColor = "#FFAA00";
inline constexpr const char* kUnchangedColor = "#808080";
inline constexpr const char* kOldVersionColor = "#FF0000";
inline constexpr const char* kNewVersionColor = "#00FF00";

}  // namespace metaxy::render
