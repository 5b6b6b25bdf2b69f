// Lock file generation from the definitions in a store.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>

#include "base/interrupt.h"
#include "base/log.h"
#include "metaxy/config.h"
#include "metaxy/graph.h"
#include "metaxy/lock_file.h"
#include "metaxy/metadata_store.h"

namespace metaxy::internal {

struct LockRequest {
  const MetaxyConfig& config;
  const FeatureGraph& graph;
  MetadataStore& store;
  std::filesystem::path path;
  Log log;
  Interrupt interrupt;
  bool dry_run = false;  ///< nothing is written
};

/// \brief As documented at Project::Lock.
arrow::Result<LockFileResult> WriteLock(const LockRequest& request);

}  // namespace metaxy::internal
