// metaxy graph-diff render
#include "graph/graph_diff_render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "cli/commands/commands.h"
#include "cli/commands/render_options.h"
#include "cli/context.h"
#include "cli/graph_drawing.h"
#include "cli/store_text.h"
#include "graph/graph_diff.h"
#include "graph/render/diff_data.h"
#include "json/yaml_text.h"

namespace metaxy::cli {

namespace {

// Resolves "latest", "current" or a version to a version.
arrow::Result<std::string> ResolveVersion(MetadataStore& store, const FeatureGraph& graph,
                                          const std::string& project, const std::string& text,
                                          const ExecutionOptions& execution) {
  if (text == "current") {
    if (!graph.definitions().empty()) return graph.GetProjectVersion(project);
    return MakeError(ErrorCode::kInvalidInput,
                     "there is no current version, because no features are loaded; see "
                     "`entrypoints` in metaxy.toml");
  }
  if (text != "latest") return text;
  ARROW_ASSIGN_OR_RAISE(const std::vector<GraphSnapshotInfo> snapshots,
                        store.definitions().ReadGraphSnapshots(project, execution));
  if (!snapshots.empty()) return snapshots[0].project_version;
  return MakeError(ErrorCode::kSystemDataNotFound,
                   fmt::format("there is no latest version, because project '{}' was never pushed "
                               "to {}; `metaxy push` records it",
                               project, StoreText(store)));
}

arrow::Result<GraphDiff> Load(MetadataStore& store, const FeatureGraph& graph,
                              const std::string& project, const Arguments& arguments,
                              const ExecutionOptions& execution) {
  ARROW_ASSIGN_OR_RAISE(const std::string from,
                        ResolveVersion(store, graph, project, *arguments.Text("FROM"), execution));
  ARROW_ASSIGN_OR_RAISE(
      const std::string to,
      ResolveVersion(store, graph, project, arguments.Text("TO").value_or("current"), execution));
  ARROW_ASSIGN_OR_RAISE(const auto from_graph,
                        store.definitions().LoadGraphSnapshot(from, project, execution));
  ARROW_ASSIGN_OR_RAISE(const auto to_graph,
                        store.definitions().LoadGraphSnapshot(to, project, execution));
  ARROW_ASSIGN_OR_RAISE(GraphDiff diff, DiffGraphs(*from_graph, *to_graph));
  const std::optional<std::string> feature = arguments.Text("feature");
  if (!feature) return diff;
  return FocusOn(diff, *feature, arguments.Number("up"), arguments.Number("down"));
}

struct Look {
  const char* mark;
  Style style;
};

Look LookOf(FeatureDiff::Status status) {
  switch (status) {
    case FeatureDiff::Status::kAdded:
      return {"+", Style::kGreen};
    case FeatureDiff::Status::kRemoved:
      return {"-", Style::kRed};
    case FeatureDiff::Status::kChanged:
      return {"~", Style::kYellow};
    case FeatureDiff::Status::kUnchanged:
      break;
  }
  return {" ", Style::kPlain};
}

std::string FromTo(const std::optional<std::string>& from, const std::optional<std::string>& to) {
  if (from && to && *from != *to) return *from + " -> " + *to;
  return to ? *to : from.value_or("");
}

std::string Terminal(const Output& output, const FeatureDiff& feature) {
  const auto [mark, style] = LookOf(feature.status);
  const bool changed = feature.status != FeatureDiff::Status::kUnchanged;
  std::string text = fmt::format(
      "{} {}{}\n  version: {}\n", output.Styled(style, mark),
      output.Styled(Style::kBold, feature.key),
      changed ? " " + output.Styled(style, fmt::format("({})", feature.status_name())) : "",
      FromTo(feature.old_version, feature.new_version));
  if (!feature.dependencies.empty())
    text += fmt::format("  depends on: {}\n", fmt::join(feature.dependencies, ", "));
  std::map<std::string, std::string> fields;  // by key
  for (const auto& [field, version] : feature.fields)
    fields[field] = fmt::format("    {} {} ({})\n", " ", field, version);
  for (const FieldDiff& change : feature.field_changes) {
    FeatureDiff::Status status = FeatureDiff::Status::kChanged;
    if (!change.old_version) status = FeatureDiff::Status::kAdded;
    if (!change.new_version) status = FeatureDiff::Status::kRemoved;
    const auto [field_mark, field_style] = LookOf(status);
    fields[change.field] =
        fmt::format("    {} {} ({})\n", output.Styled(field_style, field_mark), change.field,
                    FromTo(change.old_version, change.new_version));
  }
  if (!fields.empty()) text += "  fields:\n";
  for (const auto& [field, line] : fields) text += line;
  return text;
}

// Unchanged features first, then changed, added, removed ones.
std::string Terminal(const Output& output, const GraphDiff& diff) {
  if (diff.features.empty()) return "There are no features in these versions.\n";
  using Status = FeatureDiff::Status;
  std::string text;
  for (Status status : {Status::kUnchanged, Status::kChanged, Status::kAdded, Status::kRemoved}) {
    for (const FeatureDiff& feature : diff.features) {
      if (feature.status != status) continue;
      text += (text.empty() ? "" : "\n") + Terminal(output, feature);
    }
  }
  return text;
}

std::string Rendered(const Output& output, const GraphDiff& diff, const std::string& format,
                     const render::RenderConfig& config, bool to_file) {
  if (format == "json") return diff.ToJson().DumpIndented() + "\n";
  if (format == "yaml") return YamlText(diff.ToJson());
  if (format == "mermaid") return MermaidText(diff);
  if (format == "terminal") return Terminal(output, diff);
  const render::GraphData data = render::FromGraphDiff(diff);
  if (format == "graphviz") return render::ToGraphviz(data, config) + "\n";
  if (format == "svg") return render::ToSvg(data, config);
  if (format == "html") return render::ToHtml(data, config);
  const Paint paint = [&](Style style, std::string_view text) {
    return to_file ? std::string(text) : output.Styled(style, text);
  };
  return DrawCards(data, config, static_cast<size_t>(to_file ? 0 : output.width()), paint);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const render::RenderConfig config, RenderConfigOf(arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(const std::string name, context.RequireProject(project->config()));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const GraphDiff diff,
                        Load(*store, *project->graph(), name, arguments, context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  Output& output = context.output();
  const std::string format = arguments.Text("format").value_or("terminal");
  ARROW_RETURN_NOT_OK(DeliverDrawing(
      context, arguments, Rendered(output, diff, format, config, arguments.Has("output"))));
  return kDone;
}

}  // namespace

CommandSpec GraphDiffRenderCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = {
      {.name = "FROM",
       .kind = Kind::kText,
       .help = "a project version, \"latest\" or \"current\"",
       .required = true,
       .takes = OptionSpec::Takes::kGraph},
      {.name = "TO",
       .kind = Kind::kText,
       .help = "the same (default: current); both must have been pushed",
       .takes = OptionSpec::Takes::kGraph},
      StoreOption(),
      FormatOption({"terminal", "cards", "mermaid", "graphviz", "json", "yaml", "svg", "html"})};
  for (OptionSpec& option : RenderOptions()) options.push_back(std::move(option));
  return {"graph-diff",
          "render",
          nullptr,
          "Show what changed between two recorded versions of the project",
          std::move(options),
          Run};
}

}  // namespace metaxy::cli
