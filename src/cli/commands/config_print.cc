// metaxy config print
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/config_secrets.h"
#include "cli/context.h"
#include "config/toml_writer.h"

namespace metaxy::cli {

namespace {

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, context.LoadConfig());
  if (arguments.json()) {
    context.output().PrintJson(WithoutSecrets(config.ToJson()));
    return kDone;
  }
  if (config.config_file()) context.output().PrintLine("# " + config.config_file()->string());
  context.output().Print(internal::WriteToml(WithoutSecrets(config.ToJson()),
                                             [&config](const std::vector<std::string>& keys) {
                                               return config.WrittenAt(keys).value_or("default");
                                             }));
  return kDone;
}

}  // namespace

CommandSpec ConfigPrintCommand() {
  return {"config",
          "print",
          nullptr,
          "Show the configuration with all defaults",
          {FormatOption({"toml", "json"})},
          Run};
}

}  // namespace metaxy::cli
