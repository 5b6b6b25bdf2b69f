// metaxy describe features
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/feature_json.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

const std::string& TextOf(const Json& object, const char* key) {
  return object.Find(key)->as_string();
}

std::string Joined(const Json& texts) {
  std::string result;
  for (const Json& text : texts.as_array())
    result += (result.empty() ? "" : ", ") + text.as_string();
  return result;
}

std::string DependencyText(const Json& dep) {
  std::string text = "  " + TextOf(dep, "feature");
  if (const Json* optional = dep.Find("optional"); optional != nullptr && optional->as_bool())
    text += ", optional";
  if (const Json* select = dep.Find("select")) {
    text += select->as_array().empty() ? ", no columns" : ", columns " + Joined(*select);
  }
  if (const Json* rename = dep.Find("rename")) {
    std::string names;
    for (const auto& [from, to] : rename->as_object())
      names += (names.empty() ? "" : ", ") + from + " as " + to.as_string();
    text += ", with " + names;
  }
  return text;
}

void PrintDescription(Output& output, const std::string& description) {
  size_t begin = 0;
  while (begin <= description.size()) {
    size_t end = std::min(description.find('\n', begin), description.size());
    output.PrintLine("  " + description.substr(begin, end - begin));
    begin = end + 1;
  }
}

void PrintPlain(Output& output, const Json& feature) {
  auto title = [&](const char* text) { return output.Styled(Style::kBold, text); };
  std::string head = output.Styled(Style::kCyan, TextOf(feature, "key"));
  if (feature.Find("is_external")->as_bool()) head += output.Styled(Style::kYellow, " (external)");
  output.PrintLine(head + "  " + TextOf(feature, "version"));
  output.PrintLine(title("project") + "     " + TextOf(feature, "project"));
  output.PrintLine(title("source") + "      " + TextOf(feature, "source"));
  output.PrintLine(title("id columns") + "  " + Joined(*feature.Find("id_columns")));
  if (const Json* description = feature.Find("description"); description->is_string()) {
    output.PrintLine(title("description"));
    PrintDescription(output, description->as_string());
  }
  output.PrintLine(title("fields"));
  for (const Json& field : feature.Find("fields")->as_array()) {
    std::string deps = FieldDepsText(field);
    output.PrintLine("  " + TextOf(field, "key") + "  " +
                     output.Styled(Style::kDim, TextOf(field, "version")) + "  code version " +
                     TextOf(field, "code_version") + (deps.empty() ? "" : ", from " + deps));
  }
  output.PrintLine(title("depends on"));
  const Json::Array& dependencies = feature.Find("dependencies")->as_array();
  if (dependencies.empty()) output.PrintLine("  nothing: this is a root feature");
  for (const Json& dep : dependencies) output.PrintLine(DependencyText(dep));
  const Json* metadata = feature.Find("metadata");
  if (metadata == nullptr) return;
  output.PrintLine(title("metadata"));
  for (const auto& [key, value] : metadata->as_object()) {
    output.PrintLine("  " + key + ": " +
                     (value.is_string() ? value.as_string() : value.DumpPython()));
  }
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  SelectedFeatures selected;
  if (std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty())
    return RefuseUnknown(context, arguments.json(), *project, selected.unknown);
  Json::Array features;
  for (const FeatureKey& key : selected.known) {
    ARROW_ASSIGN_OR_RAISE(Json feature,
                          DescribedFeature(*project->graph(), *project->graph()->Find(key)));
    features.push_back(std::move(feature));
  }
  Output& output = context.output();
  if (!arguments.json()) {
    for (size_t i = 0; i < features.size(); ++i) {
      if (i > 0) output.PrintLine();
      PrintPlain(output, features[i]);
    }
  } else if (features.size() == 1) {
    output.PrintJson(features[0]);
  } else if (!features.empty()) {
    output.PrintJson(Json::Object{{"features", std::move(features)}});
  }
  return kDone;
}

}  // namespace

CommandSpec DescribeFeaturesCommand() {
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  options.push_back(FormatOption());
  return {"describe",         "features",
          "feature",          "Describe features: versions, fields and dependencies",
          std::move(options), Run};
}

}  // namespace metaxy::cli
