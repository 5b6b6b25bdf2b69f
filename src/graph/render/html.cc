// The graph as a self-contained HTML page.
#include <fmt/core.h>

#include <string>

#include "graph/render/graph_data.h"
#include "graph/render/page_assets.h"
#include "metaxy/json.h"

namespace metaxy::render {

namespace {

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json ToJson(const FieldNode& field) {
  Json::Array parents;
  for (const FQFieldKey& parent : field.parents) parents.emplace_back(parent.ToString());
  return Json::Object{{"key", field.key.ToString()},
                      {"version", OrNull(field.version)},
                      {"old_version", OrNull(field.old_version)},
                      {"code_version", OrNull(field.code_version)},
                      {"status", NameOf(field.status)},
                      {"parents", std::move(parents)}};
}

Json ToJson(const NodeCounts& counts) {
  return Json::Object{{"stored", counts.stored}, {"new", counts.new_samples},
                      {"stale", counts.stale},   {"orphaned", counts.orphaned},
                      {"failed", counts.failed}, {"is_root", counts.is_root},
                      {"exists", counts.exists}, {"error", counts.error}};
}

Json ToJson(const GraphNode& node) {
  Json::Array parents;
  for (const FeatureKey& parent : node.dependencies) parents.emplace_back(parent.ToString());
  Json::Array fields;
  for (const FieldNode& field : node.fields) fields.push_back(ToJson(field));
  return Json::Object{{"key", node.key.ToString()},
                      {"version", OrNull(node.version)},
                      {"old_version", OrNull(node.old_version)},
                      {"status", NameOf(node.status)},
                      {"project", OrNull(node.project)},
                      {"description", OrNull(node.description)},
                      {"id_columns", Json::Array(node.id_columns.begin(), node.id_columns.end())},
                      {"parents", std::move(parents)},
                      {"fields", std::move(fields)},
                      {"counts", node.counts ? ToJson(*node.counts) : Json()}};
}

// Inside a script element nothing may look like its end tag.
std::string EmbeddedJson(const Json& json) {
  std::string text;
  for (char c : json.DumpCompact()) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string Escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

// Totals of pending work over all features.
std::string Totals(const GraphData& data) {
  NodeCounts sum;
  int64_t known = 0;
  int64_t unknown = 0;
  for (const GraphNode& node : data.nodes) {
    if (!node.counts) continue;
    ++known;
    unknown += node.counts->error.empty() ? 0 : 1;
    sum.new_samples += node.counts->new_samples;
    sum.stale += node.counts->stale;
    sum.orphaned += node.counts->orphaned;
    sum.failed += node.counts->failed;
  }
  if (known == 0) return "";
  const bool done = sum.new_samples + sum.stale + sum.orphaned + unknown == 0;
  std::string text =
      fmt::format("{} new, {} stale, {} orphaned", sum.new_samples, sum.stale, sum.orphaned);
  if (sum.failed > 0) text += fmt::format(", {} failed", sum.failed);
  if (unknown > 0) text += fmt::format(", {} unknown", unknown);
  return fmt::format("<span id=\"totals\" class=\"{}\">{}</span>\n", done ? "done" : "todo", text);
}

}  // namespace

std::string ToHtml(const GraphData& data, const RenderConfig& config) {
  Json::Array features;
  for (const GraphNode* node : TopologicalOrder(data)) features.push_back(ToJson(*node));
  const size_t count = features.size();
  const std::string title =
      Escaped(config.title.value_or(data.is_diff() ? "Graph changes" : "Feature graph"));
  std::string version;
  if (config.show_project_version && data.project_version) {
    version = fmt::format("<span class=\"dim\">project version <code>{}</code></span>\n",
                          Escaped(ShownVersion(data.project_version, config)));
  }
  // The page loads nothing, and its policy says so: even a bug in it could load nothing.
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n{2}"
      "<span class=\"dim\">{3} feature{4}</span>\n{5}<span class=\"grow\"></span>\n"
      "<span id=\"found\" class=\"count\" role=\"status\"></span>\n"
      "<input id=\"search\" type=\"search\" placeholder=\"Search ( / )\" aria-label=\"Search "
      "features and fields\">\n"
      "<span class=\"tools\"><button id=\"out\" aria-label=\"Smaller\">−</button><span id=\"zoom\" "
      "class=\"dim\"></span>"
      "<button id=\"in\" aria-label=\"Larger\">+</button><button id=\"fit\">Fit</button></span>\n"
      "</header>\n<div id=\"drawing\">\n",
      title, kPageStyle, version, count, count == 1 ? "" : "s", Totals(data));
  html += ToSvg(data, config);
  html +=
      "</div>\n<aside id=\"panel\" hidden></aside>\n<script type=\"application/json\" id=\"data\">";
  html += EmbeddedJson(Json::Object{{"features", std::move(features)}});
  html += "</script>\n<script>\n";
  html += kPageScript;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace metaxy::render
