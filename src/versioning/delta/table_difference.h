// Difference of two states of a table: whether a later version still has the same rows, which ones
// came, and which went.
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
  kEdited,     ///< rows were added or removed; in which fragments is known
  kChanged,    ///< perhaps other rows
};

struct TableDifference {
  /// A fragment of which rows may have been deleted, or came back: the files are the same.
  struct Edit {
    size_t before;  ///< its index in the earlier state
    size_t now;

    bool operator==(const Edit&) const = default;
  };

  RowsSince rows = RowsSince::kChanged;
  size_t added = 0;    ///< fragments with rows that may be new
  size_t removed = 0;  ///< fragments that are gone, or have lost rows
  /// Of kEdited: fragments that only have new rows, by their index in the state of now, and those
  /// that are gone with all their rows, by their index in the earlier state. All others have the
  /// earlier rows, but for those that are edited.
  std::vector<size_t> new_fragments = {};
  std::vector<size_t> gone_fragments = {};
  std::vector<Edit> edits = {};
  /// Of kEdited: whether earlier rows may stand in another order.
  bool reordered = false;
};

/// Compares a table with an earlier state of it; `now` becomes that of now. Rewrites are looked for
/// if they could explain the difference. None if the files are not known.
std::optional<TableDifference> Follow(const TableSnapshot& table, const TableState& before,
                                      TableState* now);

/// Whether compaction could explain the difference, so that it is worth asking for rewrites.
bool MayBeRewritten(const TableState& before, const TableState& now);

/// Compares contents, never numbers: they come again when a table is restored or created anew.
/// A rewrite explains fragments of `now` only by all of those that it replaced.
TableDifference Compare(const TableState& before, const TableState& now,
                        const std::vector<Rewrite>& rewrites);

}  // namespace metaxy::internal
