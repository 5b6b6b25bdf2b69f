// metaxy completions
#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::string shell = *arguments.Text("SHELL");
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{{"shell", shell}, {"script", CompletionScript(shell)}});
  } else {
    context.output().Print(CompletionScript(shell));
  }
  return kDone;
}

}  // namespace

CommandSpec CompletionsCommand() {
  return {nullptr,
          "completions",
          nullptr,
          "Print a shell completion script",
          {{.name = "SHELL",
            .kind = OptionSpec::Kind::kChoice,
            .help = "the shell; source the output, as in `source <(metaxy completions bash)`",
            .required = true,
            .choices = {"bash", "zsh", "fish"}},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
