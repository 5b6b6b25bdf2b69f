// System tables: what metaxy itself keeps in a store, shared with the Python package.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "metaxy/graph.h"
#include "metaxy/keys.h"
#include "store/storage.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

/// The key of the table of pushed feature definitions.
inline constexpr const char* kFeatureVersionsKey = "metaxy-system/feature_versions";

/// The name of that table.
std::string PushedFeaturesTable();

/// A feature as it was pushed.
struct PushedFeature {
  std::string project;
  std::string feature_key;
  std::string feature_version;
  std::string definition_version;
  int64_t recorded_at = 0;  ///< microseconds since 1970, UTC
  std::string feature_spec;
  std::string feature_schema;
  std::string feature_class_path;
  std::string project_version;
  std::string tags;
};

/// All rows in table order; none if nothing has been pushed yet. Only the columns that decide which
/// rows matter are read (project, key, versions of definition and project, timestamp); the others
/// are empty.
arrow::Result<std::vector<PushedFeature>> ReadPushedFeatures(Storage& storage,
                                                             const Interrupt& interrupt = {});

/// Whole rows: those at the positions, ascending, that `choose` returns when given all rows as from
/// ReadPushedFeatures(). Specs and schemas of other rows are not read.
arrow::Result<std::vector<PushedFeature>> ReadChosenFeatures(
    Storage& storage,
    const std::function<std::vector<size_t>(const std::vector<PushedFeature>&)>& choose,
    const Interrupt& interrupt = {});

/// All rows, with all columns.
arrow::Result<std::vector<PushedFeature>> ReadWholePushedFeatures(Storage& storage,
                                                                  const Interrupt& interrupt = {});

/// Appends rows; the table is created by the first push.
arrow::Result<AppendResult> WritePushedFeatures(Storage& storage,
                                                const std::vector<PushedFeature>& features,
                                                const AppendOptions& options = {});

}  // namespace metaxy::internal
