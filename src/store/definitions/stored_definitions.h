// Feature definitions as pushed to a store.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "metaxy/external_features.h"
#include "metaxy/feature_definition.h"
#include "metaxy/graph.h"
#include "store/storage.h"

namespace metaxy::internal {

/// A definition, and the version of its feature when it was pushed.
struct StoredDefinition {
  FeatureDefinition definition;
  std::string feature_version;
  int64_t recorded_at = 0;  ///< microseconds since 1970, UTC
};

/// The last recorded definition of every feature, over all projects, in the order of recording.
/// Unreadable definitions are skipped and logged.
arrow::Result<std::vector<StoredDefinition>> ReadLatestDefinitions(Storage& storage, const Log& log,
                                                                   const Interrupt& interrupt = {});

/// The graph of a project's version; if no project is given, of all projects' features recorded
/// under this version. SystemDataNotFound if there are none. Parents in other projects are not
/// included.
arrow::Result<std::shared_ptr<FeatureGraph>> ReadGraphSnapshot(
    Storage& storage, const std::string& project_version, const std::optional<std::string>& project,
    int hash_truncation_length, const Log& log, const Interrupt& interrupt = {});

/// The recorded versions of a project (of all if none is given), ordered by first push, latest
/// first.
arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
    Storage& storage, const std::optional<std::string>& project, const Interrupt& interrupt = {});

}  // namespace metaxy::internal
