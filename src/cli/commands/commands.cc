#include "cli/commands/commands.h"

namespace metaxy::cli {

std::vector<CommandSpec> AllCommands() {
  std::vector<CommandSpec> commands = {DescribeFeaturesCommand(),
                                       DescribeGraphCommand(),
                                       ListFeaturesCommand(),
                                       ListStoresCommand(),
                                       GraphRenderCommand(),
                                       ConfigPrintCommand(),
                                       ConfigSchemaCommand(),
                                       ScanCommand(),
                                       MetadataWriteCommand(),
                                       MetadataReadCommand(),
                                       MetadataResolveCommand(),
                                       MetadataStatusCommand(),
                                       ExplainCommand(),
                                       ReportCommand(),
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
                                       CompletionsCommand(),
                                       HelpCommand()};
  for (CommandSpec& command : commands) command.details = DetailsOf(command.full_name());
  return commands;
}

}  // namespace metaxy::cli
