// metaxy push
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "quote.h"

namespace metaxy::cli {

namespace {

using Tags = std::vector<std::pair<std::string, std::string>>;

arrow::Result<Tags> ReadTags(const Arguments& arguments) {
  Tags tags;
  for (const std::string& text : arguments.Texts("tags")) {
    size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the tag {} is no NAME=VALUE", Quote(text)));
    }
    std::string name = text.substr(0, equals);
    if (name == "metaxy")
      return MakeError(ErrorCode::kInvalidInput, "the tag 'metaxy' is kept for metaxy itself");
    tags.emplace_back(std::move(name), text.substr(equals + 1));
  }
  return tags;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_RETURN_NOT_OK(context.RefuseOtherProjects("push"));
  ARROW_ASSIGN_OR_RAISE(Tags tags, ReadTags(arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  if (!project->config().project) {
    return MakeError(ErrorCode::kInvalidConfig,
                     "push needs to know the project; set `project` in metaxy.toml");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(PushResult result,
                        store->PushGraphSnapshot(*project->config().project, tags));
  ARROW_RETURN_NOT_OK(store->Close());
  Output& output = context.output();
  if (!result.already_pushed) {
    output.Note(fmt::format("recorded the features of {} in {}", *project->config().project,
                            store->display()));
  } else if (result.updated_features.empty()) {
    output.Note("this project version is recorded already");
  } else {
    std::string names;
    for (const std::string& name : result.updated_features)
      names += (names.empty() ? "" : ", ") + name;
    output.Note("this project version is recorded already; recorded anew: " + names);
  }
  output.PrintLine(result.project_version);
  return kDone;
}

}  // namespace

CommandSpec PushCommand() {
  return {nullptr,
          "push",
          nullptr,
          "Record the project's definitions in the store; prints the project version",
          {StoreOption(),
           {"-t,--tags", OptionSpec::Kind::kTexts,
            "NAME=VALUE, noted with what is recorded; also as --tags.NAME VALUE"}},
          Run};
}

}  // namespace metaxy::cli
