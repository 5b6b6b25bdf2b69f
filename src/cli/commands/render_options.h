// Options that `graph render` and `graph-diff render` share.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "graph/render/graph_data.h"

namespace metaxy::cli {

/// \brief `--show-*`, `--feature`, `--minimal` and the other options of drawings.
std::vector<OptionSpec> RenderOptions();

/// \brief The requested drawing. InvalidInput if options contradict each other.
arrow::Result<render::RenderConfig> RenderConfigOf(const Arguments& arguments);

/// \brief `--snapshot`
OptionSpec SnapshotOption();

/// \brief The project's graph, or with --snapshot the recorded one in --store. SystemDataNotFound
/// if that version was not recorded there.
arrow::Result<std::shared_ptr<const FeatureGraph>> GraphOf(Context& context,
                                                           const Arguments& arguments,
                                                           const Project& project);

/// \brief Prints a drawing, or writes it to the file of `--output`. IoError.
arrow::Status DeliverDrawing(Context& context, const Arguments& arguments, std::string text);

}  // namespace metaxy::cli
