// One resolve by many processes: its rows in slices, and the resolve itself in parts.
//
// Every process has a store with the same options and definitions, of the same version of metaxy.
// What they hand to each other are bytes with a checksum: whatever is damaged, of other definitions
// or of another store is refused. docs/distributed.md has a guide; for writes by many processes see
// StoreAdministration::WriteFragments().
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/increment.h"
#include "metaxy/keys.h"
#include "metaxy/store_options.h"

namespace metaxy {

class MetadataStore;

/// \brief The parts of an increment.
enum class IncrementPart { kNew, kStale, kOrphaned, kFailed };

/// \brief Rows `begin` to `begin + count` of a part, for ReadSlice(). The bytes say where the rows
/// are, in a few bytes for each; where no other process would find them, as those of a table that
/// was given, of an overlay or on a server, they have the rows themselves. All slices of a part are
/// its rows, each once. InvalidInput for rows that the part has not; NotSupported for an increment
/// that no store has made. Thread-safe. The Python package has no counterpart.
METAXY_EXPORT arrow::Result<std::string> SliceIncrement(const LazyIncrement& increment,
                                                        IncrementPart part, int64_t begin,
                                                        int64_t count);

/// \brief The rows of a slice: a new reader, with the columns of the part that was sliced, from the
/// versions of the tables that were resolved, whatever was written since. With `columns`, user
/// columns that are neither among these nor joined by are not read. The store may be open for
/// reading; the reader may outlive it.
///
/// InvalidInput for bytes that are damaged, of another version of the feature, or of a store that
/// is neither this one nor a fallback store; TableNotFound if a table was dropped, or its version
/// pruned (after seven days, see docs/maintenance.md): resolve again. MetadataSchema for a column
/// that there is not.
METAXY_EXPORT arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSlice(
    MetadataStore& store, std::string_view slice,
    const std::optional<std::vector<std::string>>& columns = std::nullopt,
    const ExecutionOptions& execution = {});

/// \brief A table that a resolve reads.
struct PlannedTable {
  FeatureKey feature;
  /// Rows of each of its fragments, deleted ones included, in the order of the table: what may be
  /// scanned by different processes.
  std::vector<int64_t> fragment_rows = {};
  /// Whether blocks of its scans go through ExchangePart() before they are compared: rows of one
  /// sample may belong to different parts.
  bool exchanged = false;
};

/// \brief From PlanResolve().
struct ResolvePlan {
  /// For any process: the versions of the tables, conditions and number of parts.
  std::string bytes;
  std::vector<PlannedTable> tables = {};
  int parts = 1;
};

/// \brief What has to be done in one part, from ComparePart(). Counts of all parts add up to those
/// of one resolve.
struct PartOutcome {
  IncrementCounts counts = {};
  /// Distinct input units, and those that have been processed at least once: the sums over all
  /// parts give LazyIncrement::input_progress().
  int64_t expected_keys = 0;
  int64_t existing_keys = 0;
  /// The rows, as slices for ReadSlice(). One of new samples is always there, perhaps without rows,
  /// so that it tells the columns.
  std::vector<std::string> new_samples = {};
  std::vector<std::string> stale = {};
  std::vector<std::string> orphaned = {};
  std::vector<std::string> failed = {};
};

/// \brief The first step of a resolve in parts: looks at no row. Then, in any process and order:
///
///     ScanPart(plan, table, fragments)       once for each fragment of each table
///     ExchangePart(plan, table, part, ...)   for tables that are exchanged: once for each part
///     ComparePart(plan, part, blocks)        once for each part
///
/// All of them see the versions of the tables of this call, and together find what
/// MetadataStore::ResolveUpdate() finds; only the order of rows differs. `parts`: 1 or more; a part
/// has to fit into the memory of a process, some hundred bytes a row. NotSupported for parents that
/// are given, overlays, snapshots, servers, and conditions that Arrow cannot serialise;
/// InvalidInput for samples; otherwise as ResolveUpdate().
METAXY_EXPORT arrow::Result<ResolvePlan> PlanResolve(MetadataStore& store,
                                                     const FeatureKey& feature, int parts,
                                                     const ResolveUpdateOptions& options = {});

/// \brief Reads what is compared of some fragments of a table, both by their numbers in the plan. A
/// block for each part, of some 40 bytes a sample, more where versions of several parents or of
/// groups are needed. Errors of all three: InvalidInput for bytes that are damaged or of something
/// else, TableNotFound as of ReadSlice().
METAXY_EXPORT arrow::Result<std::vector<std::string>> ScanPart(
    MetadataStore& store, std::string_view plan, int table, const std::vector<int>& fragments,
    const ExecutionOptions& execution = {});

/// \brief Brings the rows of an exchanged table to the parts of their join keys. `blocks` are those
/// of `part` of all its scans. A block for each part.
METAXY_EXPORT arrow::Result<std::vector<std::string>> ExchangePart(
    MetadataStore& store, std::string_view plan, int table, int part,
    const std::vector<std::string>& blocks, const ExecutionOptions& execution = {});

/// \brief Compares one part. `blocks`, by table, are those of this part of all scans or, of a table
/// that is exchanged, of all exchanges: InvalidInput if one is missing or there twice. Slices have
/// at most `most_rows` rows.
METAXY_EXPORT arrow::Result<PartOutcome> ComparePart(
    MetadataStore& store, std::string_view plan, int part,
    const std::vector<std::vector<std::string>>& blocks, int64_t most_rows = int64_t{1} << 20,
    const ExecutionOptions& execution = {});

}  // namespace metaxy
