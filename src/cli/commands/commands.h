// The commands of the program; one file each.
#pragma once

#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

CommandSpec CacheClearCommand();
CommandSpec CacheListCommand();
CommandSpec CompletionsCommand();
CommandSpec ConfigPrintCommand();
CommandSpec ConfigSchemaCommand();
CommandSpec DescribeFeaturesCommand();
CommandSpec DescribeGraphCommand();
CommandSpec DoctorCommand();
CommandSpec ExplainCommand();
CommandSpec GraphDiffRenderCommand();
CommandSpec GraphRenderCommand();
CommandSpec HelpCommand();
CommandSpec HistoryCommand();
CommandSpec InitCommand();
CommandSpec ListFeaturesCommand();
CommandSpec ListStoresCommand();
CommandSpec LockCommand();
CommandSpec McpCommand();
CommandSpec MetadataCompactCommand();
CommandSpec MetadataCopyCommand();
CommandSpec MetadataDeleteCommand();
CommandSpec MetadataFailuresCommand();
CommandSpec MetadataMigrateCommand();
CommandSpec MetadataReadCommand();
CommandSpec MetadataRebaseCommand();
CommandSpec MetadataResolveCommand();
CommandSpec MetadataRetryCommand();
CommandSpec MetadataStatusCommand();
CommandSpec MetadataWriteCommand();
CommandSpec PushCommand();
CommandSpec ReportCommand();
CommandSpec ScanCommand();
CommandSpec SnapshotCreateCommand();
CommandSpec SnapshotDeleteCommand();
CommandSpec SnapshotDiffCommand();
CommandSpec SnapshotGcCommand();
CommandSpec SnapshotListCommand();
CommandSpec SnapshotShowCommand();
CommandSpec StorePromoteCommand();

/// \brief Examples, JSON shapes and what else is documented of a command, by its full name.
const CommandDetails& DetailsOf(const std::string& full_name);

/// \brief All commands, in the order in which help lists them.
std::vector<CommandSpec> AllCommands();

}  // namespace metaxy::cli
