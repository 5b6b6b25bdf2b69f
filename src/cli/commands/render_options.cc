#include "cli/commands/render_options.h"

#include <string>

#include "base/atomic_file.h"

namespace metaxy::cli {

namespace {

// "a/b" and, as in table names, "a__b".
FeatureKey KeyOf(std::string text) {
  if (text.find('/') != std::string::npos) return FeatureKey(text);
  for (size_t at = text.find("__"); at != std::string::npos; at = text.find("__", at + 1))
    text.replace(at, 2, "/");
  return FeatureKey(text);
}

std::optional<size_t> Steps(const Arguments& arguments, const char* name) {
  const std::optional<int64_t> number = arguments.Number(name);
  return number ? std::make_optional(static_cast<size_t>(*number)) : std::nullopt;
}

}  // namespace

std::vector<OptionSpec> RenderOptions() {
  using Kind = OptionSpec::Kind;
  return {
      {.name = "-o,--output",
       .kind = Kind::kText,
       .help = "a file to write instead of printing",
       .takes = OptionSpec::Takes::kFile},
      {"--minimal", Kind::kFlag, "names and dependencies only"},
      {"-v,--verbose", Kind::kFlag, "all details, with full versions"},
      {.name = "--feature",
       .kind = Kind::kText,
       .help = "only the neighbourhood of this feature",
       .takes = OptionSpec::Takes::kFeature},
      {"--up", Kind::kNumber, "this many steps up from --feature (default: all)"},
      {"--down", Kind::kNumber, "this many steps down from --feature (default: all)"},
      {"--show-fields,!--no-show-fields", Kind::kFlag, "show fields (default: yes)"},
      {"--show-feature-versions,!--no-show-feature-versions", Kind::kFlag,
       "show versions of features (default: yes)"},
      {"--show-field-versions,!--no-show-field-versions", Kind::kFlag,
       "show versions of fields (default: yes)"},
      {"--show-code-versions", Kind::kFlag, "show code versions of fields"},
      {"--show-project-version,!--no-show-project-version", Kind::kFlag,
       "show the project version (default: yes)"},
      {"--show-projects,!--no-show-projects", Kind::kFlag,
       "show each feature's project (default: yes)"},
      {"--hash-length", Kind::kNumber, "characters of each version; 0 for all (default: 8)"},
      {.name = "--direction",
       .kind = Kind::kChoice,
       .help = "top to bottom, or left to right",
       .choices = {"TB", "LR"}},
      {"--title", Kind::kText, "the title of the drawing"},
  };
}

arrow::Result<render::RenderConfig> RenderConfigOf(const Arguments& arguments) {
  const bool minimal = arguments.Flag("minimal");
  const bool verbose = arguments.Flag("verbose");
  if (minimal && verbose) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--minimal and --verbose are both given; use one of the two");
  }
  if ((arguments.Has("up") || arguments.Has("down")) && !arguments.Has("feature")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--up and --down count steps from a feature; name it with --feature");
  }
  render::RenderConfig config{
      .show_fields = arguments.Flag("show-fields", true),
      .show_feature_versions = arguments.Flag("show-feature-versions", !minimal),
      .show_field_versions = arguments.Flag("show-field-versions", !minimal),
      .show_code_versions = arguments.Flag("show-code-versions", verbose),
      .show_project_version = arguments.Flag("show-project-version", !minimal),
      .show_projects = arguments.Flag("show-projects", true),
      .hash_length = static_cast<size_t>(arguments.Number("hash-length").value_or(verbose ? 0 : 8)),
      .direction = arguments.Text("direction").value_or("TB"),
      .title = arguments.Text("title"),
      .up = Steps(arguments, "up"),
      .down = Steps(arguments, "down")};
  if (const std::optional<std::string> feature = arguments.Text("feature"))
    config.feature = KeyOf(*feature);
  return config;
}

OptionSpec SnapshotOption() {
  return {
      .name = "--snapshot",
      .kind = OptionSpec::Kind::kText,
      .help =
          "a project version that was recorded with `metaxy push`, instead of the definitions here",
      .takes = OptionSpec::Takes::kSnapshot,
      .hidden = "--snapshot-id"};
}

arrow::Result<std::shared_ptr<const FeatureGraph>> GraphOf(Context& context,
                                                           const Arguments& arguments,
                                                           const Project& project) {
  const std::optional<std::string> snapshot = arguments.Text("snapshot");
  if (!snapshot) return project.graph();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<const FeatureGraph> graph,
      store->definitions().LoadGraphSnapshot(*snapshot, context.project_filter(project.config()),
                                             context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  return graph;
}

arrow::Status DeliverDrawing(Context& context, const Arguments& arguments, std::string text) {
  const std::optional<std::string> path = arguments.Text("output");
  if (!path) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    context.output().Print(text);
    return arrow::Status::OK();
  }
  ARROW_RETURN_NOT_OK(internal::WriteFileAtomically(*path, text));
  context.output().Note("wrote " + *path);
  return arrow::Status::OK();
}

}  // namespace metaxy::cli
