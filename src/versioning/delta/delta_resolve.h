// Delta resolve: the answer of a resolve from that of an earlier one, where the rows are the same.
//
// After a resolve, a checkpoint remembers its counts and in which files the rows were that it has
// read, of the columns that it has read. The next one compares the manifests: where the files are
// the same, or were only rewritten by compaction, so is the answer, and no row is read. Where files
// were added, rows are read whose keys are in these, or are pending. Any doubt ends in a full
// resolve. docs/delta.md has the rules.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "metaxy/delta.h"
#include "metaxy/increment.h"
#include "versioning/delta/checkpoint_cache.h"
#include "versioning/resolve/resolve.h"

namespace metaxy::internal {

struct DeltaOptions {
  DeltaMode mode = DeltaMode::kAuto;
  /// None: every resolve is full, and nothing is remembered.
  std::optional<CheckpointCache> cache = std::nullopt;
  Log log = {};
  /// How the store is displayed.
  std::string store = {};
  /// Why every resolve is full; empty if that is for the input to decide.
  std::string never = {};
};

/// Whether an answer is to be checked that is used for the `uses`-th time.
bool MustVerify(DeltaMode mode, uint64_t uses);

/// Resolve(), by the cheapest way that gives the same answer: rows, order, schemas, counts and
/// progress. Its report() tells the way, and so does the log.
arrow::Result<std::unique_ptr<LazyIncrement>> ResolveByDelta(ResolveInput input,
                                                             const DeltaOptions& options);

}  // namespace metaxy::internal
