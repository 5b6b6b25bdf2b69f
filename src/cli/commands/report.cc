// metaxy report
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/atomic_file.h"
#include "base/byte_size.h"
#include "base/counted.h"
#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/report/report_data.h"
#include "cli/report/report_page.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostRows = 100;

arrow::Result<ReportOptions> OptionsOf(Context& context, const Arguments& arguments) {
  ReportOptions options{.execution = context.execution()};
  options.rows = arguments.Number("rows").value_or(options.rows);
  if (options.rows > kMostRows) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("--rows {} is too many for a page; use at most {}, and `metaxy metadata read` "
                    "for more",
                    options.rows, kMostRows));
  }
  return options;
}

PictureBox BoxFor(const Arguments& arguments, const MetaxyConfig& config) {
  PictureBox::Limits limits;
  if (!arguments.Flag("pictures", true)) limits.all = 0;
  std::error_code code;
  return {{fs::current_path(code), config.directory()}, limits};
}

// What is said of each feature, by key; the nodes get their counts.
arrow::Result<Json> ReportOnAll(Context& context, MetadataStore& store,
                                const ReportOptions& options, PictureBox* pictures,
                                render::GraphData* data) {
  Json details = Json::Object{};
  size_t done = 0;
  for (render::GraphNode& node : data->nodes) {
    context.output().Progress(
        fmt::format("{} of {}: {}", ++done, data->nodes.size(), OneLine(node.key.ToString())));
    ARROW_ASSIGN_OR_RAISE(Json detail, ReportOn(store, &node, options, pictures));
    details.Set(node.key.ToString(), std::move(detail));
  }
  context.output().Progress("");
  return details;
}

Json FactsOf(const Arguments& arguments, const std::optional<std::string>& project,
             const std::string& store) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string title =
      arguments.Text("title").value_or(project ? "Report on " + *project : "Report");
  return Json::Object{{"title", title},
                      {"project", project ? Json(*project) : Json()},
                      {"store", store},
                      {"made_at", static_cast<int64_t>(now.time_since_epoch().count())},
                      {"version", METAXY_VERSION}};
}

arrow::Status Write(internal::OutputFile* file, const std::string& path, const std::string& page) {
  if (const int error = internal::WriteToDescriptor(file->descriptor(), page); error != 0) {
    return WithContext(internal::SystemError(error), fmt::format("cannot write {}", Quote(path)));
  }
  return file->Commit();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::string path = arguments.Text("output").value_or("report.html");
  ARROW_ASSIGN_OR_RAISE(const ReportOptions options, OptionsOf(context, arguments));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  render::RenderConfig config{.show_field_versions = false, .show_projects = false};
  config.project = context.project_filter(project->config());
  ARROW_ASSIGN_OR_RAISE(render::GraphData data,
                        render::FromFeatureGraph(*project->graph(), project->config().project));
  ARROW_ASSIGN_OR_RAISE(data, render::Select(std::move(data), config));
  if (data.nodes.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     "there are no features to report on; define some, or use --all-projects");
  }
  // What cannot be written is found out before the work.
  ARROW_ASSIGN_OR_RAISE(const auto file, internal::OutputFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  PictureBox pictures = BoxFor(arguments, project->config());
  ARROW_ASSIGN_OR_RAISE(const Json details,
                        ReportOnAll(context, *store, options, &pictures, &data));
  const Json facts = FactsOf(arguments, config.project, StoreText(*store));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  const std::string page = ReportPage(data, config, facts, details);
  ARROW_RETURN_NOT_OK(Write(file.get(), path, page));
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{{"output", path},
                                            {"features", data.nodes.size()},
                                            {"pictures", pictures.pictures()},
                                            {"bytes", page.size()}});
  }
  context.output().Note(fmt::format("wrote {}: {}, {}; open it in a browser", path,
                                    internal::Counted(data.nodes.size(), "feature"),
                                    internal::FormatBytes(static_cast<int64_t>(page.size()))));
  return kDone;
}

}  // namespace

CommandSpec ReportCommand() {
  using Kind = OptionSpec::Kind;
  return {nullptr,
          "report",
          nullptr,
          "Write a page about the features of a store, for a browser",
          {{.name = "-o,--output",
            .kind = Kind::kText,
            .help = "the file to write (default: report.html)",
            .takes = OptionSpec::Takes::kFile},
           StoreOption(),
           {"--rows", Kind::kNumber, "how many rows of each feature to show (default: 6)"},
           {"--pictures,!--no-pictures", Kind::kFlag,
            "show pictures that columns hold, or paths of (default: yes)"},
           {"--title", Kind::kText, "the title of the page"},
           MemoryLimitOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
