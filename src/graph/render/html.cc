// The graph as a self-contained HTML page.
#include <fmt/core.h>

#include <string>

#include "base/counted.h"
#include "graph/render/graph_data.h"
#include "graph/render/page_assets.h"
#include "graph/render/page_data.h"
#include "metaxy/json.h"

namespace metaxy::render {

namespace {

// Totals of pending work over all features.
std::string Totals(const GraphData& data) {
  NodeCounts sum;
  int64_t known = 0;
  int64_t unknown = 0;
  int64_t waiting = 0;
  for (const GraphNode& node : data.nodes) {
    if (!node.counts) continue;
    ++known;
    unknown += node.counts->error.empty() ? 0 : 1;
    waiting += node.counts->waits_for.empty() ? 0 : 1;
    sum.new_samples += node.counts->new_samples;
    sum.stale += node.counts->stale;
    sum.orphaned += node.counts->orphaned;
    sum.failed += node.counts->failed;
  }
  if (known == 0) return "";
  const bool done = sum.new_samples + sum.stale + sum.orphaned + waiting + unknown == 0;
  std::string text =
      fmt::format("{} new, {} stale, {} orphaned", sum.new_samples, sum.stale, sum.orphaned);
  if (sum.failed > 0) text += fmt::format(", {} failed", sum.failed);
  if (waiting > 0) text += fmt::format(", {} waiting", waiting);
  if (unknown > 0) text += fmt::format(", {} unknown", unknown);
  return fmt::format("<span id=\"totals\" class=\"{}\">{}</span>\n", done ? "done" : "todo", text);
}

}  // namespace

std::string ToHtml(const GraphData& data, const RenderConfig& config) {
  Json::Array features;
  for (const GraphNode* node : TopologicalOrder(data)) features.push_back(NodeToJson(*node));
  const size_t count = features.size();
  const std::string title =
      EscapedHtml(config.title.value_or(data.is_diff() ? "Graph changes" : "Feature graph"));
  std::string version;
  if (config.show_project_version && data.project_version) {
    version = fmt::format("<span class=\"dim\">project version <code>{}</code></span>\n",
                          EscapedHtml(ShownVersion(data.project_version, config)));
  }
  // The page loads nothing, and its policy says so: even a bug in it could load nothing.
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n{2}"
      "<span class=\"dim\">{3}</span>\n{4}<span class=\"grow\"></span>\n"
      "<span id=\"found\" class=\"count\" role=\"status\"></span>\n"
      "<input id=\"search\" type=\"search\" placeholder=\"Search ( / )\" aria-label=\"Search "
      "features and fields\">\n"
      "<span class=\"tools\"><button id=\"out\" aria-label=\"Smaller\">−</button><span id=\"zoom\" "
      "class=\"dim\"></span>"
      "<button id=\"in\" aria-label=\"Larger\">+</button><button id=\"fit\">Fit</button></span>\n"
      "</header>\n<div id=\"drawing\">\n",
      title, kPageStyle, version, internal::Counted(count, "feature"), Totals(data));
  html += ToSvg(data, config);
  html +=
      "</div>\n<aside id=\"panel\" hidden></aside>\n<script type=\"application/json\" id=\"data\">";
  html += EmbeddedJson(Json::Object{{"features", std::move(features)}});
  html += "</script>\n<script>\n";
  html += kPageScript;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace metaxy::render
