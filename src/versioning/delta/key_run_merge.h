// Merging of key runs, so that there are few of them.
#pragma once

#include <optional>

#include "versioning/delta/key_run.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

/// A run with the rows of another one added, as far as their fragments are still there, and with
/// summaries if both have them. Of a fragment that is in both, those of `added` count. None if the
/// file is damaged, or if there would be too many rows.
std::optional<KeyRun> MergeRuns(const KeyRunFile& file, KeyRun added, const TableState& now);

}  // namespace metaxy::internal
