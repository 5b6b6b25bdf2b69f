// Retention of history: which rows can be removed without changing a read of the latest rows.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "versioning/scan/position_set.h"
#include "versioning/scan/scanned_table.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

struct HistoryRules {
  /// Rows to keep of each sample and feature version.
  std::optional<int64_t> keep = std::nullopt;
  /// Samples soft-deleted before this time, in microseconds since 1970, are to be removed.
  std::optional<int64_t> deleted_before = std::nullopt;
};

struct SurplusRows {
  RowIds ids;            ///< of the scan
  PositionSet rows;      ///< in it
  int64_t replaced = 0;  ///< beyond `keep`
  int64_t deleted = 0;   ///< of samples deleted before `deleted_before`

  /// The row ids of up to `count` of them, ascending; none after the last. `from` goes from 0 on to
  /// where the next ones begin.
  std::vector<uint64_t> NextRowIds(uint64_t* from, size_t count) const;
};

/// The rows to remove. Of each sample (equal `id_columns`) and feature version the latest row
/// decides, as in a read: by the later of deletion and update, of equal ones the first in the
/// table.
/// - `keep`: the rows after the first `keep` ones go.
/// - `deleted_before`: if the latest row marks a deletion before that timestamp, all rows go. The
///   mark itself stays if it is also the latest row of the sample in all versions, and other
///   versions have rows that stay: a read across versions would show one of them otherwise.
/// Every read of the latest rows gives the same before and after, of any version and across
/// versions; so does every resolve. Beyond the memory limit, what is kept about rows goes to a
/// temporary file.
arrow::Result<SurplusRows> FindSurplusRows(const std::shared_ptr<const TableSnapshot>& table,
                                           const std::vector<std::string>& id_columns,
                                           const HistoryRules& rules,
                                           const ExecutionOptions& options = {});

}  // namespace metaxy::internal
