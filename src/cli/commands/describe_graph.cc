// metaxy describe graph
#include <fmt/core.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/render_options.h"
#include "cli/context.h"
#include "graph/describe.h"

namespace metaxy::cli {

namespace {

constexpr size_t kListed = 10;

void PrintList(Output& output, const std::string& title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  output.PrintLine(output.Styled(Style::kBold, fmt::format("{} ({})", title, names.size())));
  for (size_t i = 0; i < std::min(kListed, names.size()); ++i) output.PrintLine("  " + names[i]);
  if (names.size() > kListed)
    output.PrintLine(fmt::format("  and {} more", names.size() - kListed));
}

void PrintPlain(Output& output, const GraphDescription& graph) {
  auto row = [&](const char* title, const std::string& value) {
    output.PrintLine(output.Styled(Style::kBold, fmt::format("{:<16}", title)) + value);
  };
  row("project version", graph.project_version);
  row("features", std::to_string(graph.total_features));
  if (graph.filter_project && graph.filtered_features < graph.total_features) {
    row(("of " + *graph.filter_project).c_str(), std::to_string(graph.filtered_features));
  }
  row("depth", std::to_string(graph.depth));
  if (graph.projects.size() > 1) {
    output.PrintLine(output.Styled(Style::kBold, "projects"));
    for (const auto& [name, count] : graph.projects)
      output.PrintLine(fmt::format("  {}: {}", name, count));
  }
  PrintList(output, "root features", graph.root_features);
  PrintList(output, "leaf features", graph.leaf_features);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  std::optional<std::string> filter = context.project_filter(project->config());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const FeatureGraph> features,
                        GraphOf(context, arguments, *project));
  // With --all-projects, too, the version is that of the configured project.
  const std::optional<std::string> named = filter ? filter : project->config().project;
  ARROW_ASSIGN_OR_RAISE(GraphDescription graph,
                        DescribeGraph(*features, named.value_or(""), filter));
  if (arguments.json()) {
    context.output().PrintJson(graph.ToJson());
  } else {
    PrintPlain(context.output(), graph);
  }
  return kDone;
}

}  // namespace

CommandSpec DescribeGraphCommand() {
  return {"describe",
          "graph",
          nullptr,
          "Summarise the feature graph",
          {SnapshotOption(), StoreOption(), FormatOption()},
          Run};
}

}  // namespace metaxy::cli
