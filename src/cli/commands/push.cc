// metaxy push
#include <fmt/core.h>

#include <algorithm>

#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

using Tags = std::vector<std::pair<std::string, std::string>>;

arrow::Result<Tags> ReadTags(const Arguments& arguments) {
  Tags tags;
  for (const std::string& text : arguments.Texts("tags")) {
    size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the tag {} is not of the form NAME=VALUE", Quote(text)));
    }
    std::string name = text.substr(0, equals);
    if (name == "metaxy")
      return MakeError(ErrorCode::kInvalidInput, "the tag 'metaxy' is reserved for metaxy");
    tags.emplace_back(std::move(name), text.substr(equals + 1));
  }
  return tags;
}

void PrintResult(Output& output, const Arguments& arguments, const PushResult& result) {
  if (!arguments.json()) return output.PrintLine(result.project_version);
  Json::Array updated(result.updated_features.begin(), result.updated_features.end());
  output.PrintJson(Json::Object{{"project_version", result.project_version},
                                {"dry_run", arguments.Flag("dry-run")},
                                {"already_pushed", result.already_pushed},
                                {"updated_features", std::move(updated)}});
}

arrow::Result<int> Preview(Context& context, const Arguments& arguments, const Project& project) {
  const std::string& name = *project.config().project;
  const std::string version = project.graph()->GetProjectVersion(name);
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const std::vector<GraphSnapshotInfo> snapshots,
                        store->definitions().ReadGraphSnapshots(name, context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  const bool recorded = std::any_of(
      snapshots.begin(), snapshots.end(),
      [&](const GraphSnapshotInfo& snapshot) { return snapshot.project_version == version; });
  context.output().Note(
      recorded ? "this project version is already recorded"
               : fmt::format("would record the features of {} in {}", name, StoreText(*store)));
  PrintResult(context.output(), arguments, {version, recorded, {}});
  return kDone;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_RETURN_NOT_OK(context.RefuseOtherProjects("push"));
  ARROW_ASSIGN_OR_RAISE(Tags tags, ReadTags(arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  if (!project->config().project) {
    return MakeError(ErrorCode::kInvalidConfig,
                     "push needs to know the project; set `project` in metaxy.toml");
  }
  if (arguments.Flag("dry-run")) return Preview(context, arguments, *project);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(PushResult result, store->definitions().PushGraphSnapshot(
                                               *project->config().project,
                                               {.tags = tags, .execution = context.execution()}));
  context.Committed("project version " + result.project_version);
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  Output& output = context.output();
  if (!result.already_pushed) {
    output.Note(fmt::format("recorded the features of {} in {}", *project->config().project,
                            StoreText(*store)));
  } else if (result.updated_features.empty()) {
    output.Note("this project version is already recorded");
  } else {
    std::string names;
    for (const std::string& name : result.updated_features)
      names += (names.empty() ? "" : ", ") + name;
    output.Note("this project version is already recorded; recorded again: " + names);
  }
  PrintResult(output, arguments, result);
  return kDone;
}

}  // namespace

CommandSpec PushCommand() {
  return {
      nullptr,
      "push",
      nullptr,
      "Record the project's definitions in the store; prints the project version",
      {StoreOption(),
       {"-t,--tags", OptionSpec::Kind::kTexts,
        "NAME=VALUE, recorded with the definitions; also as --tags.NAME VALUE"},
       {"--dry-run", OptionSpec::Kind::kFlag, "only print whether there is something to record"},
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
