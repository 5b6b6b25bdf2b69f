// metaxy graph render
#include <fmt/core.h>

#include <array>

#include "cli/commands/commands.h"
#include "cli/commands/feature_status.h"
#include "cli/commands/render_options.h"
#include "cli/context.h"
#include "cli/graph_drawing.h"
#include "cli/graph_json.h"
#include "cli/report/report_data.h"

namespace metaxy::cli {

namespace {

using render::GraphData;
using render::RenderConfig;

struct Format {
  const char* name;
  std::string (*draw)(const GraphData& data, const RenderConfig& config);
};

std::string ToJson(const GraphData& data, const RenderConfig&) {
  return GraphJson(data).DumpIndented();
}

constexpr std::array kFormats = {Format{"json", ToJson}, Format{"mermaid", render::ToMermaid},
                                 Format{"graphviz", render::ToGraphviz},
                                 Format{"svg", render::ToSvg}, Format{"html", render::ToHtml}};

std::string DrawForTerminal(Context& context, const Arguments& arguments, const GraphData& data,
                            const RenderConfig& config) {
  const bool to_file = arguments.Has("output");
  const Paint paint = [&](Style style, std::string_view text) {
    return to_file ? std::string(text) : context.output().Styled(style, text);
  };
  if (arguments.Text("type") != "cards") return DrawTree(data, config, paint);
  return DrawCards(data, config, static_cast<size_t>(to_file ? 0 : context.output().width()),
                   paint);
}

// Queries the status of each feature in a store.
arrow::Status AddCounts(Context& context, const Arguments& arguments, GraphData* data) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  size_t done = 0;
  for (render::GraphNode& node : data->nodes) {
    context.output().Progress(
        fmt::format("status of {} ({} of {})", node.key.ToString(), ++done, data->nodes.size()));
    const FeatureStatus status =
        GetFeatureStatus(store.get(), node.key, {.execution = context.execution()});
    if (IsError(status.error, ErrorCode::kCancelled)) return status.error;
    node.counts = CountsOf(status);
  }
  context.output().Progress("");
  return store->Close(context.execution());
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::string format = arguments.Text("format").value_or("terminal");
  if (arguments.Text("type") == "cards" && format != "terminal") {
    return MakeError(
        ErrorCode::kInvalidInput,
        "--type applies only to drawings for the terminal; leave it out, or use --format terminal");
  }
  const bool with_status = arguments.Flag("status");
  if (with_status && format != "svg" && format != "html" && format != "json") {
    return MakeError(ErrorCode::kInvalidInput,
                     "--status applies only to --format svg, html and json; for the terminal, use "
                     "`metaxy metadata status --all-features`");
  }
  if (with_status && arguments.Has("snapshot")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--status applies to the current definitions; leave out --snapshot");
  }
  ARROW_ASSIGN_OR_RAISE(RenderConfig config, RenderConfigOf(arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  config.project = context.project_filter(project->config());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const FeatureGraph> graph,
                        GraphOf(context, arguments, *project));
  ARROW_ASSIGN_OR_RAISE(GraphData data,
                        render::FromFeatureGraph(*graph, project->config().project));
  ARROW_ASSIGN_OR_RAISE(data, render::Select(std::move(data), config));
  if (data.nodes.empty() && format != "json") {
    context.output().Warn("there are no features to draw");
    if (arguments.Has("output")) ARROW_RETURN_NOT_OK(DeliverDrawing(context, arguments, ""));
    return kDone;
  }
  if (with_status) ARROW_RETURN_NOT_OK(AddCounts(context, arguments, &data));
  std::string text;
  for (const Format& known : kFormats) {
    if (format == known.name) text = known.draw(data, config);
  }
  if (text.empty()) text = DrawForTerminal(context, arguments, data, config);
  ARROW_RETURN_NOT_OK(DeliverDrawing(context, arguments, std::move(text)));
  return kDone;
}

}  // namespace

CommandSpec GraphRenderCommand() {
  std::vector<std::string> formats = {"terminal"};
  for (const Format& format : kFormats) formats.emplace_back(format.name);
  std::vector<OptionSpec> options = {
      FormatOption(formats),
      {.name = "-t,--type",
       .kind = OptionSpec::Kind::kChoice,
       .help = "for the terminal: a list, or a card for each feature",
       .choices = {"graph", "cards"}},
      {"--status", OptionSpec::Kind::kFlag,
       "for svg, html and json: also how many samples are new, stale and orphaned"},
      SnapshotOption(),
      StoreOption()};
  for (OptionSpec& option : RenderOptions()) options.push_back(std::move(option));
  return {"graph", "render", nullptr, "Draw the feature graph", std::move(options), Run};
}

}  // namespace metaxy::cli
