#include "graph/render/page_data.h"

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
  Json::Array waits_for;
  for (const FeatureKey& parent : counts.waits_for) waits_for.emplace_back(parent.ToString());
  return Json::Object{{"stored", counts.stored},
                      {"new", counts.new_samples},
                      {"stale", counts.stale},
                      {"orphaned", counts.orphaned},
                      {"failed", counts.failed},
                      {"is_root", counts.is_root},
                      {"exists", counts.exists},
                      {"error", counts.error},
                      {"waits_for", std::move(waits_for)}};
}

}  // namespace

Json NodeToJson(const GraphNode& node) {
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

std::string EmbeddedJson(const Json& json) {
  std::string text;
  for (const char c : json.DumpCompact()) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string EscapedHtml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace metaxy::render
