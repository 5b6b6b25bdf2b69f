// Retention of history: which rows of a table no read without sample history can tell from gone.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

struct HistoryRules {
  /// Rows to keep of each sample and feature version.
  std::optional<int64_t> keep = std::nullopt;
  /// Samples soft-deleted before this time, in microseconds since 1970, are to be removed.
  std::optional<int64_t> deleted_before = std::nullopt;
};

struct SurplusRows {
  std::vector<uint64_t> row_ids;  ///< ascending
  int64_t replaced = 0;           ///< beyond `keep`
  int64_t deleted = 0;            ///< of samples deleted before `deleted_before`
};

/// The rows to remove. Of each sample (equal `id_columns`) and feature version the latest row
/// decides, as in a read: by the later of deletion and update, of equal ones the first in the
/// table.
/// - `keep`: the rows after the first `keep` ones are removed.
/// - `deleted_before`: if the latest row marks a deletion before that time, all rows are removed.
///   But if it is also the latest of the sample in all versions, and other versions have rows that
///   stay, the mark itself stays: otherwise a read across versions would return one of them.
/// Every read of the latest rows returns the same before and after, of any version and across
/// versions; so does every resolve.
arrow::Result<SurplusRows> FindSurplusRows(std::shared_ptr<const TableSnapshot> table,
                                           const std::vector<std::string>& id_columns,
                                           const HistoryRules& rules,
                                           const Interrupt& interrupt = {});

}  // namespace metaxy::internal
