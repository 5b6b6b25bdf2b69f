// The graph as an SVG image.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/render/graph_data.h"
#include "graph/render/layout.h"

namespace metaxy::render {

namespace {

// All text is monospaced, so that its width is known: six tenths of its size.
constexpr double kWidthPerSize = 0.605;
constexpr double kKeySize = 13;
constexpr double kFieldSize = 12;
constexpr double kSmallSize = 11;
constexpr double kPadding = 12;
constexpr double kRowHeight = 19;
constexpr double kGap = 18;  // between a field's name and its version

constexpr const char* kStyle = R"css(
svg.graph { --page: #f6f8fa; --card: #ffffff; --ink: #1f2328; --dim: #656d76; --line: #d0d7de; --edge: #8c959f; --accent: #0969da;
  --added: #1a7f37; --removed: #cf222e; --changed: #9a6700; background: var(--page);
  font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { svg.graph { --page: #0d1117; --card: #161b22; --ink: #e6edf3; --dim: #9198a1; --line: #30363d;
  --edge: #6e7681; --accent: #58a6ff; --added: #3fb950; --removed: #f85149; --changed: #d29922; } }
.graph text { fill: var(--ink); white-space: pre; }
.graph .card { fill: var(--card); stroke: var(--line); stroke-width: 1.2; }
.graph .key { font-size: 13px; font-weight: 700; }
.graph .small { font-size: 11px; fill: var(--dim); }
.graph .name { font-size: 12px; }
.graph .title { font-size: 15px; font-weight: 700; }
.graph .rule { stroke: var(--line); }
.graph .row { fill: transparent; }
.graph .edge { fill: none; stroke: var(--edge); stroke-width: 1.4; }
.graph .head { fill: var(--edge); }
.graph .added .card { stroke: var(--added); } .graph text.added, .graph .added > .key { fill: var(--added); }
.graph .removed .card { stroke: var(--removed); stroke-dasharray: 5 3; } .graph text.removed, .graph .removed > .key { fill: var(--removed); }
.graph .changed .card { stroke: var(--changed); } .graph text.changed, .graph .changed > .key { fill: var(--changed); }
.graph .todo { fill: var(--changed); } .graph .done { fill: var(--added); } .graph .failed { fill: var(--removed); }
)css";

std::string Escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        // XML cannot represent the other control characters.
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return result;
}

double TextWidth(std::string_view text, double size) {
  const auto points = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte of UTF-8
  });
  return static_cast<double>(points) * size * kWidthPerSize;
}

template <class Node>
std::string VersionText(const Node& node, const RenderConfig& config) {
  if (node.status == NodeStatus::kChanged && node.old_version) {
    return ShownVersion(node.old_version, config) + " → " + ShownVersion(node.version, config);
  }
  return ShownVersion(node.version ? node.version : node.old_version, config);
}

struct Text {
  std::string text;
  std::string style;
};

struct Row {
  const FieldNode* field;
  std::string name;
  std::string version;
};

// The content of a feature's card.
struct Card {
  const GraphNode* node;
  std::vector<Text> heading;
  std::vector<Row> rows;
  double width = 0;
  double height = 0;
};

std::string WaitsText(const std::vector<FeatureKey>& parents) {
  std::string text = "waits for " + parents.front().ToString();
  return parents.size() == 1 ? text : text + fmt::format(" and {} more", parents.size() - 1);
}

Text CountsText(const NodeCounts& counts) {
  if (!counts.error.empty()) return {"unknown", "small failed"};
  if (!counts.waits_for.empty()) return {WaitsText(counts.waits_for), "small"};
  if (counts.is_root) {
    return {counts.exists ? fmt::format("{} stored", counts.stored) : "waits for rows", "small"};
  }
  if (!counts.exists && counts.new_samples == 0) return {"nothing stored", "small"};
  const bool done = counts.new_samples + counts.stale + counts.orphaned == 0;
  if (done) return {fmt::format("{} stored, up to date", counts.stored), "small done"};
  std::string text;
  auto add = [&](int64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + fmt::format("{} {}", count, what);
  };
  add(counts.new_samples, "new");
  add(counts.stale, "stale");
  add(counts.orphaned, "orphaned");
  add(counts.failed, "failed");
  return {text, counts.failed > 0 ? "small failed" : "small todo"};
}

Card CardOf(const GraphNode& node, const RenderConfig& config) {
  Card card{.node = &node};
  std::string second;
  if (config.show_feature_versions) second = VersionText(node, config);
  if (config.show_projects && node.project) second += (second.empty() ? "" : "  ") + *node.project;
  if (!second.empty()) card.heading.push_back({second, "small"});
  if (node.counts) card.heading.push_back(CountsText(*node.counts));
  card.width = TextWidth(node.key.ToString(), kKeySize);
  for (const Text& text : card.heading)
    card.width = std::max(card.width, TextWidth(text.text, kSmallSize));
  if (config.show_fields) {
    for (const FieldNode& field : node.fields) {
      Row row{.field = &field, .name = field.key.ToString()};
      if (config.show_field_versions) row.version = VersionText(field, config);
      if (config.show_code_versions && field.code_version)
        row.version += (row.version.empty() ? "" : "  ") + *field.code_version;
      const double version = row.version.empty() ? 0 : kGap + TextWidth(row.version, kSmallSize);
      card.width = std::max(card.width, TextWidth(row.name, kFieldSize) + version);
      card.rows.push_back(std::move(row));
    }
  }
  card.width = std::max(card.width + 2 * kPadding, 120.0);
  card.height = 34 + 17 * static_cast<double>(card.heading.size()) +
                (card.rows.empty() ? 0 : 8 + kRowHeight * static_cast<double>(card.rows.size()));
  return card;
}

void AppendCard(const Card& card, Point corner, std::string* svg) {
  const GraphNode& node = *card.node;
  *svg += fmt::format(
      "<g class=\"feature {}\" data-key=\"{}\" transform=\"translate({:.1f} {:.1f})\">\n"
      "<rect class=\"card\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\"/>\n"
      "<text class=\"key\" x=\"{}\" y=\"22\">{}</text>\n",
      NameOf(node.status), Escaped(node.key.ToString()), corner.x, corner.y, card.width,
      card.height, kPadding, Escaped(node.key.ToString()));
  double y = 22;
  for (const Text& text : card.heading) {
    y += 17;
    *svg += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", text.style, kPadding, y,
                        Escaped(text.text));
  }
  y += 12;
  if (!card.rows.empty()) {
    *svg += fmt::format("<line class=\"rule\" x1=\"0\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>\n",
                        card.width, y, y);
    y += 4;
  }
  for (const Row& row : card.rows) {
    const char* status = NameOf(row.field->status);
    *svg += fmt::format(
        "<g class=\"field\" data-field=\"{}\"><rect class=\"row\" x=\"4\" y=\"{}\" "
        "width=\"{:.1f}\" height=\"{}\" rx=\"4\"/><text class=\"name {}\" x=\"{}\" "
        "y=\"{}\">{}</text>",
        Escaped(row.name), y, card.width - 8, kRowHeight, status, kPadding, y + 13.5,
        Escaped(row.name));
    if (!row.version.empty()) {
      *svg += fmt::format(
          "<text class=\"small {}\" text-anchor=\"end\" x=\"{:.1f}\" y=\"{}\">{}</text>", status,
          card.width - kPadding, y + 13.5, Escaped(row.version));
    }
    *svg += "</g>\n";
    y += kRowHeight;
  }
  *svg += "</g>\n";
}

// Curves between layers, straight lines past the boxes of a layer.
std::string PathOf(const Line& line, bool left_to_right) {
  std::string path = fmt::format("M{:.1f} {:.1f}", line.points[0].x, line.points[0].y);
  for (size_t i = 1; i < line.points.size(); ++i) {
    const Point from = line.points[i - 1];
    const Point to = line.points[i];
    if (i % 2 == 0) {
      path += fmt::format("L{:.1f} {:.1f}", to.x, to.y);
    } else if (left_to_right) {
      const double middle = (from.x + to.x) / 2;
      path += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", middle, from.y, middle,
                          to.y, to.x, to.y);
    } else {
      const double middle = (from.y + to.y) / 2;
      path += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", from.x, middle, to.x,
                          middle, to.x, to.y);
    }
  }
  return path;
}

std::vector<Box> BoxesOf(const std::vector<Card>& cards) {
  std::unordered_map<FeatureKey, size_t> positions;
  for (size_t i = 0; i < cards.size(); ++i) positions.emplace(cards[i].node->key, i);
  std::vector<Box> boxes;
  for (const Card& card : cards) {
    Box box{.width = card.width, .height = card.height};
    for (const FeatureKey& parent : card.node->dependencies) {
      auto it = positions.find(parent);
      if (it == positions.end()) continue;
      if (std::find(box.parents.begin(), box.parents.end(), it->second) == box.parents.end())
        box.parents.push_back(it->second);
    }
    boxes.push_back(std::move(box));
  }
  return boxes;
}

std::string HeadingOf(const GraphData& data, const RenderConfig& config) {
  std::string heading =
      fmt::format("<text class=\"title\" x=\"24\" y=\"30\">{}</text>\n",
                  Escaped(config.title.value_or(data.is_diff() ? "Graph changes" : "Graph")));
  if (config.show_project_version && data.project_version) {
    heading += fmt::format("<text class=\"small\" x=\"24\" y=\"48\">project version {}</text>\n",
                           Escaped(ShownVersion(data.project_version, config)));
  }
  return heading;
}

}  // namespace

std::string ToSvg(const GraphData& data, const RenderConfig& config) {
  constexpr double kHeading = 44;
  const bool left_to_right = config.direction == "LR";
  std::vector<Card> cards;
  for (const GraphNode* node : TopologicalOrder(data)) cards.push_back(CardOf(*node, config));
  const Layout layout = PlaceBoxes(BoxesOf(cards), left_to_right);
  const double width = std::max(layout.width, 260.0);
  const double height = layout.height + kHeading;
  std::string svg = fmt::format(
      "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "width=\"{0:.0f}\" height=\"{1:.0f}\">\n<style>{2}</style>\n"
      "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
      "markerHeight=\"8\" orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path class=\"head\" "
      "d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<g class=\"heading\">\n{3}</g>\n"
      "<g class=\"view\" transform=\"translate(0 {4})\">\n",
      width, height, kStyle, HeadingOf(data, config), kHeading);
  for (const Line& line : layout.lines) {
    svg += fmt::format(
        "<path class=\"edge\" data-from=\"{}\" data-to=\"{}\" marker-end=\"url(#head)\" "
        "d=\"{}\"/>\n",
        Escaped(cards[line.from].node->key.ToString()),
        Escaped(cards[line.to].node->key.ToString()), PathOf(line, left_to_right));
  }
  for (size_t i = 0; i < cards.size(); ++i) AppendCard(cards[i], layout.corners[i], &svg);
  return svg + "</g>\n</svg>\n";
}

}  // namespace metaxy::render
