// Plugin loading: entrypoints that are shared libraries; see metaxy/plugin.h.
#pragma once

#include <arrow/status.h>

#include <filesystem>
#include <string>

#include "metaxy/graph.h"

namespace metaxy::internal {

/// \brief Loads a library and has it register its features. The library stays loaded until the
/// process ends. InvalidConfig if it cannot be loaded, is not a plugin, or was built for another
/// version of metaxy or Arrow; otherwise the library's own status.
arrow::Status LoadPlugin(const std::filesystem::path& path, const std::string& project,
                         FeatureGraph* graph);

}  // namespace metaxy::internal
