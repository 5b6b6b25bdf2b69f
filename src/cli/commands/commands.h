// The commands of the program; one file each.
#pragma once

#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

CommandSpec ConfigPrintCommand();
CommandSpec DescribeFeaturesCommand();
CommandSpec DescribeGraphCommand();
CommandSpec ListFeaturesCommand();
CommandSpec ListStoresCommand();
CommandSpec MetadataReadCommand();
CommandSpec MetadataResolveCommand();
CommandSpec MetadataStatusCommand();
CommandSpec MetadataDeleteCommand();
CommandSpec MetadataCopyCommand();
CommandSpec MetadataWriteCommand();
CommandSpec PushCommand();

/// \brief All of them, in the order in which help lists them.
std::vector<CommandSpec> AllCommands();

}  // namespace metaxy::cli
