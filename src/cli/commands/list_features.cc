// metaxy list features
#include <fmt/core.h>

#include <map>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_json.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

const std::string& TextOf(const Json& object, const char* key) {
  return object.Find(key)->as_string();
}

void PrintFields(Output& output, const Json& feature) {
  output.PrintLine(output.Styled(Style::kBold, TextOf(feature, "key")) + "  " +
                   output.Styled(Style::kDim, TextOf(feature, "version")));
  TextTable table;
  for (const char* title : {"  Field", "Code version", "Version", "Depends on"})
    table.AddColumn(title);
  for (const Json& field : feature.Find("fields")->as_array()) {
    std::string deps = FieldDepsText(field);
    table.AddTexts({"  " + TextOf(field, "key"), TextOf(field, "code_version"),
                    TextOf(field, "version"), deps.empty() ? "-" : deps});
  }
  table.Print(&output);
  output.PrintLine();
}

void PrintPlain(Output& output, const std::vector<Json>& features, bool verbose) {
  if (features.empty()) {
    output.PrintLine("There are no features in the project.");
    return;
  }
  TextTable table;
  for (const char* title : {"Feature", "Version", "Project", "Kind"}) table.AddColumn(title);
  table.AddColumn("Fields", TextTable::Align::kRight);
  table.AddColumn("Source", TextTable::Align::kLeft, TextTable::Weight::kMinor);
  int64_t roots = 0;
  int64_t external = 0;
  for (const Json& feature : features) {
    bool is_root = feature.Find("is_root")->as_bool();
    bool is_external = feature.Find("is_external")->as_bool();
    roots += is_root ? 1 : 0;
    external += is_external ? 1 : 0;
    std::string kind = is_root ? "root" : "derived";
    if (is_external) kind += ", external";
    table.AddRow({{TextOf(feature, "key"), Style::kCyan},
                  {TextOf(feature, "version")},
                  {TextOf(feature, "project")},
                  {kind},
                  {feature.Find("field_count")->as_integer().digits},
                  {TextOf(feature, "source"), Style::kDim}});
  }
  table.Print(&output);
  output.PrintLine();
  if (verbose) {
    for (const Json& feature : features) PrintFields(output, feature);
  }
  auto total = static_cast<int64_t>(features.size());
  std::string text = fmt::format("{}: {} root, {} derived", internal::Counted(total, "feature"),
                                 roots, total - roots);
  if (external > 0) text += fmt::format(", {} external", external);
  output.PrintLine(text);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  bool verbose = arguments.Flag("verbose");
  Json::Array features;
  for (const FeatureKey& key :
       project->graph()->ListFeatures(context.project_filter(project->config()))) {
    ARROW_ASSIGN_OR_RAISE(Json feature,
                          ListedFeature(*project->graph(), *project->graph()->Find(key), verbose));
    features.push_back(std::move(feature));
  }
  if (!arguments.json()) {
    PrintPlain(context.output(), features, verbose);
    return kDone;
  }
  auto count = static_cast<int64_t>(features.size());
  context.output().PrintJson(
      Json::Object{{"feature_count", count}, {"features", std::move(features)}});
  return kDone;
}

}  // namespace

CommandSpec ListFeaturesCommand() {
  return {"list",
          "features",
          "feature",
          "List the features of the project",
          {{"-v,--verbose", OptionSpec::Kind::kFlag,
            "also show fields, their versions and dependencies"},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
