#include <algorithm>
#include <vector>

#include "cli/graph_drawing.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

using internal::Padded;
using internal::Said;
using internal::SayFeature;
using internal::SayField;

// A line of the drawing: a branch, a name, and the columns beside it.
struct Line {
  std::string branch;
  std::string name;
  Said said;
  std::string rest;
};

void AddFeature(const render::GraphNode& node, bool last, const render::RenderConfig& config,
                std::vector<Line>* lines) {
  std::string project = config.show_projects ? node.project.value_or("") : "";
  lines->push_back({last ? "└─ " : "├─ ", node.key.ToString(), SayFeature(node, config), project});
  std::string stem = last ? "   " : "│  ";
  if (config.show_fields) {
    for (const render::FieldNode& field : node.fields)
      lines->push_back({stem + "  • ", field.key.ToString(), SayField(field, config)});
  }
  for (const FeatureKey& parent : node.dependencies)
    lines->push_back({stem + "  ← ", parent.ToString(), {.style = Style::kBlue}});
}

}  // namespace

std::string DrawTree(const render::GraphData& data, const render::RenderConfig& config,
                     const Paint& paint) {
  std::vector<Line> lines;
  const std::vector<const render::GraphNode*> order = TopologicalOrder(data);
  for (const render::GraphNode* node : order)
    AddFeature(*node, node == order.back(), config, &lines);
  size_t name_width = 0;
  size_t version_width = 0;
  for (const Line& line : lines) {
    // Parents have no columns, so they do not widen the column of names.
    const bool alone = line.said.version.empty() && line.rest.empty() && line.said.badge.empty();
    if (!alone)
      name_width = std::max(name_width, DisplayWidth(line.branch) + DisplayWidth(line.name));
    if (!line.rest.empty() || !line.said.badge.empty())
      version_width = std::max(version_width, DisplayWidth(line.said.version));
  }
  std::string text = internal::Heading(data, config, paint);
  for (const Line& line : lines) {
    const size_t branch_width = DisplayWidth(line.branch);
    std::vector<std::pair<Style, std::string>> cells = {{line.said.style, line.name}};
    std::vector<size_t> widths = {name_width > branch_width ? name_width - branch_width : 0,
                                  version_width, 3};
    cells.emplace_back(Style::kYellow, line.said.version);
    cells.emplace_back(line.said.style, line.said.badge);
    cells.emplace_back(Style::kDim, line.rest);
    if (!data.is_diff()) {  // no column of badges
      cells.erase(cells.begin() + 2);
      widths.pop_back();
    }
    while (cells.size() > 1 && cells.back().second.empty()) cells.pop_back();
    text += paint(Style::kDim, line.branch);
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string& cell = cells[i].second;
      text += cell.empty() ? "" : paint(cells[i].first, cell);
      if (i + 1 < cells.size()) text += Padded(cell, widths[i]).substr(cell.size()) + "  ";
    }
    text += "\n";
  }
  return text;
}

}  // namespace metaxy::cli
