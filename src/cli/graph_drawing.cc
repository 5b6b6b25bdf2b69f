#include "cli/graph_drawing.h"

#include <fmt/core.h>

#include "cli/output/text_table.h"

namespace metaxy::cli::internal {

namespace {

using render::NodeStatus;

Style StyleOf(NodeStatus status) {
  switch (status) {
    case NodeStatus::kAdded:
      return Style::kGreen;
    case NodeStatus::kRemoved:
      return Style::kRed;
    case NodeStatus::kChanged:
      return Style::kYellow;
    case NodeStatus::kUnchanged:
      return Style::kDim;
    default:
      return Style::kPlain;
  }
}

const char* BadgeOf(NodeStatus status) {
  switch (status) {
    case NodeStatus::kAdded:
      return "[+]";
    case NodeStatus::kRemoved:
      return "[-]";
    case NodeStatus::kChanged:
      return "[~]";
    default:
      return "";
  }
}

// A removed item has only its old version.
template <class Node>
std::string VersionOf(const Node& node, const render::RenderConfig& config) {
  if (node.status == NodeStatus::kChanged && node.old_version) {
    return fmt::format("{} → {}", ShownVersion(node.old_version, config),
                       ShownVersion(node.version, config));
  }
  return ShownVersion(node.version ? node.version : node.old_version, config);
}

}  // namespace

Said SayFeature(const render::GraphNode& node, const render::RenderConfig& config) {
  Said said{.badge = BadgeOf(node.status), .style = StyleOf(node.status)};
  if (said.style == Style::kPlain) said.style = Style::kCyan;
  if (config.show_feature_versions) said.version = VersionOf(node, config);
  return said;
}

Said SayField(const render::FieldNode& field, const render::RenderConfig& config) {
  Said said{.badge = BadgeOf(field.status), .style = StyleOf(field.status)};
  if (config.show_field_versions) said.version = VersionOf(field, config);
  if (config.show_code_versions && field.code_version)
    said.version += (said.version.empty() ? "" : "  ") + ("code " + OneLine(*field.code_version));
  return said;
}

std::string Heading(const render::GraphData& data, const render::RenderConfig& config,
                    const Paint& paint) {
  std::string title = config.title.value_or(data.is_diff() ? "Graph changes" : "Graph");
  std::string heading = paint(Style::kBold, OneLine(title));
  if (config.show_project_version && data.project_version) {
    heading +=
        "  " + paint(Style::kDim, "project version " + ShownVersion(data.project_version, config));
  }
  return heading + "\n";
}

std::string Padded(std::string_view text, size_t width) {
  const size_t taken = DisplayWidth(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

}  // namespace metaxy::cli::internal
