#include "cli/commands/commands.h"

namespace metaxy::cli {

std::vector<CommandSpec> AllCommands() {
  return {DescribeFeaturesCommand(),
          DescribeGraphCommand(),
          ListFeaturesCommand(),
          ListStoresCommand(),
          ConfigPrintCommand(),
          MetadataWriteCommand(),
          MetadataReadCommand(),
          MetadataResolveCommand(),
          MetadataStatusCommand(),
          MetadataDeleteCommand(),
          MetadataRebaseCommand(),
          MetadataCopyCommand(),
          MetadataMigrateCommand(),
          PushCommand(),
          LockCommand(),
          GraphDiffRenderCommand()};
}

}  // namespace metaxy::cli
