// Difference of two states of a table: whether a later version still has the same rows, and which
// ones came.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "versioning/scan/table_snapshot.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

enum class RowsSince {
  kUnchanged,  ///< the same rows in the same order
  kReordered,  ///< the same rows, in files that compaction has written since
  kAdded,      ///< the same rows, perhaps in other files, and more
  kChanged,    ///< perhaps other rows
};

struct TableDifference {
  RowsSince rows = RowsSince::kChanged;
  size_t added = 0;    ///< fragments with rows that may be new
  size_t removed = 0;  ///< fragments that are gone, or have lost rows
  /// Of kAdded: the fragments, by their index in the state of now; all others have the earlier
  /// rows.
  std::vector<size_t> new_fragments = {};
  /// Of kAdded: whether earlier rows may stand in another order.
  bool reordered = false;
};

/// Compares a table with an earlier state of it, which is that of now afterwards. Rewrites are
/// looked for if they could explain the difference. None if the files are not known.
std::optional<TableDifference> Follow(const TableSnapshot& table, TableState* state);

/// Whether compaction could explain the difference, so that it is worth asking for rewrites.
bool MayBeRewritten(const TableState& before, const TableState& now);

/// Compares contents, never numbers: they come again when a table is restored or created anew.
/// A rewrite explains fragments of `now` only by all of those that it replaced.
TableDifference Compare(const TableState& before, const TableState& now,
                        const std::vector<Rewrite>& rewrites);

}  // namespace metaxy::internal
