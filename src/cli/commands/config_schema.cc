// metaxy config schema
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "config/json_schema.h"

namespace metaxy::cli {

namespace {

constexpr const char* kLanceDB = "LanceDBMetadataStoreConfig";

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const bool is_store = arguments.Text("SCHEMA") == kLanceDB;
  context.output().PrintJson(is_store ? internal::LanceDBConfigSchema() : internal::ConfigSchema());
  return kDone;
}

}  // namespace

CommandSpec ConfigSchemaCommand() {
  return {"config",
          "schema",
          nullptr,
          "Print the JSON schema of the configuration",
          {{.name = "SCHEMA",
            .kind = OptionSpec::Kind::kChoice,
            .help = "of metaxy.toml, or of the settings of a store",
            .choices = {"MetaxyConfig", kLanceDB}},
           FormatOption({"json"})},
          Run};
}

}  // namespace metaxy::cli
