#include "cli/commands/commands.h"

namespace metaxy::cli {

std::vector<CommandSpec> AllCommands() {
  return {DescribeFeaturesCommand(),
          DescribeGraphCommand(),
          ListFeaturesCommand(),
          ListStoresCommand(),
          GraphRenderCommand(),
          ConfigPrintCommand(),
          ConfigSchemaCommand(),
          MetadataWriteCommand(),
          MetadataReadCommand(),
          MetadataResolveCommand(),
          MetadataStatusCommand(),
          ExplainCommand(),
          MetadataFailuresCommand(),
          MetadataRetryCommand(),
          MetadataDeleteCommand(),
          MetadataRebaseCommand(),
          MetadataCopyCommand(),
          MetadataCompactCommand(),
          MetadataMigrateCommand(),
          SnapshotCreateCommand(),
          SnapshotListCommand(),
          SnapshotShowCommand(),
          SnapshotDiffCommand(),
          SnapshotDeleteCommand(),
          SnapshotGcCommand(),
          StorePromoteCommand(),
          PushCommand(),
          HistoryCommand(),
          LockCommand(),
          GraphDiffRenderCommand(),
          InitCommand(),
          McpCommand(),
          DoctorCommand(),
          CacheListCommand(),
          CacheClearCommand(),
          CompletionsCommand()};
}

}  // namespace metaxy::cli
