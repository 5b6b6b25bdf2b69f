#include "graph/graph_diff_render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <vector>

namespace metaxy {

namespace {

constexpr const char* kRed = "#CC0000";
constexpr const char* kGreen = "#00AA00";
constexpr const char* kYellow = "#FFAA00";
constexpr size_t kShownCharacters = 6;

std::string Short(const std::optional<std::string>& version) {
  return version ? version->substr(0, kShownCharacters) : "none";
}

// Inside a label, which is in double quotes, attributes are in single quotes.
std::string Coloured(const char* color, const std::string& text) {
  return fmt::format("<font color='{}'>{}</font>", color, text);
}

std::string FromTo(const std::optional<std::string>& from, const std::optional<std::string>& to) {
  return Coloured(kRed, Short(from)) + " → " + Coloured(kGreen, Short(to));
}

std::string ChangeLine(const FieldDiff& change) {
  if (!change.old_version)
    return Coloured(kGreen, fmt::format("- {} ({})", change.field, Short(change.new_version)));
  if (!change.new_version)
    return Coloured(kRed, fmt::format("- {} ({})", change.field, Short(change.old_version)));
  return fmt::format("- {} ({})", Coloured(kYellow, change.field),
                     FromTo(change.old_version, change.new_version));
}

std::string Label(const FeatureDiff& feature) {
  std::vector<std::string> lines = {"<b>" + feature.key + "</b>"};
  if (feature.status == FeatureDiff::Status::kChanged) {
    lines.push_back(FromTo(feature.old_version, feature.new_version));
  } else {
    lines.push_back(Short(feature.new_version ? feature.new_version : feature.old_version));
  }
  std::map<std::string, std::string> fields;  // by key
  for (const auto& [field, version] : feature.fields)
    fields[field] = fmt::format("- {} ({})", field, Short(version));
  for (const FieldDiff& change : feature.field_changes) fields[change.field] = ChangeLine(change);
  if (!feature.fields.empty()) {
    lines.push_back(Coloured("#999", "---"));
    for (const auto& [field, line] : fields) lines.push_back(line);
  }
  return fmt::format("<div style='text-align:left'>{}</div>", fmt::join(lines, "<br/>"));
}

const char* Border(FeatureDiff::Status status) {
  switch (status) {
    case FeatureDiff::Status::kAdded:
      return "#00FF00";
    case FeatureDiff::Status::kRemoved:
      return "#FF0000";
    case FeatureDiff::Status::kChanged:
      return "#FFAA00";
    case FeatureDiff::Status::kUnchanged:
      break;
  }
  return nullptr;
}

// Node names: letters, digits and underscores; unique per key.
std::map<std::string, std::string> NodeNames(const GraphDiff& diff) {
  std::map<std::string, std::string> names;
  std::set<std::string> taken;
  for (const FeatureDiff& feature : diff.features) {
    std::string name = feature.key;
    for (char& c : name) c = c == '/' || c == '-' ? '_' : c;
    while (!taken.insert(name).second) name += "_";
    names[feature.key] = name;
  }
  return names;
}

}  // namespace

std::string MermaidText(const GraphDiff& diff) {
  std::string text =
      "---\ntitle: Feature Graph Changes\n---\nflowchart TB\n"
      "    %%{init: {'flowchart': {'htmlLabels': true, 'curve': 'basis'}, 'themeVariables': "
      "{'fontSize': '14px'}}}%%\n\n";
  if (diff.features.empty()) return text + "    Empty[No features]\n";
  const std::map<std::string, std::string> names = NodeNames(diff);
  for (const FeatureDiff& feature : diff.features) {
    const std::string& name = names.at(feature.key);
    text += fmt::format("    {}[\"{}\"]\n", name, Label(feature));
    if (const char* color = Border(feature.status))
      text += fmt::format("    style {} stroke:{},stroke-width:2px\n", name, color);
  }
  text += "\n";
  for (const auto& [from, to] : diff.edges)
    text += fmt::format("    {} --> {}\n", names.at(from), names.at(to));
  return text;
}

}  // namespace metaxy
