// Snapshots as text and as JSON.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/context.h"
#include "metaxy/store_snapshots.h"

namespace metaxy::cli {

/// \brief `NAME`, which completions offer.
OptionSpec SnapshotArgument(const char* name = "NAME", const char* help = "the snapshot",
                            bool required = true);
/// \brief `--at NAME`.
OptionSpec AtOption();

/// \brief "5 features, 2 of them without a table".
std::string FeaturesText(const SnapshotInfo& snapshot);
/// \brief When it was made, in UTC.
std::string TimeText(const SnapshotInfo& snapshot);

/// \brief Opens the store for reading, at the snapshot of `--at` or as it is.
arrow::Result<std::shared_ptr<MetadataStore>> OpenStoreAt(Context& context,
                                                          const Arguments& arguments);

/// \brief The graph of the project; with `--at` that of the snapshot, for which `store` is opened.
arrow::Result<std::shared_ptr<const FeatureGraph>> GraphAt(Context& context,
                                                           const Arguments& arguments,
                                                           const Project& project,
                                                           std::shared_ptr<MetadataStore>* store);

}  // namespace metaxy::cli
