// Join of the rows of all parents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/resolve/outcome.h"
#include "versioning/summary/row_index.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// The rows of a table by their join keys: those that count and have no null in the key.
class JoinIndex {
 public:
  explicit JoinIndex(const RowTable& rows);

  /// The first row with this key, checked at `guess` first; kNoRow if there is none.
  uint32_t Find(const KeyHash& key, uint32_t guess = kNoRow) const;
  uint32_t Next(uint32_t row) const { return index_ ? index_->Next(row) : kNoRow; }

 private:
  const RowTable& rows_;
  std::optional<RowIndex> index_;  // absent if the table itself finds its rows by the key
};

/// Which row of which table is in which joined row: nothing is copied.
struct JoinedRows {
  /// By table: its row, or kNoRow if an optional one has none.
  std::vector<std::vector<uint32_t>> rows;
  /// The tables in the order in which they were joined.
  std::vector<size_t> order;
  std::vector<JoinSize> sizes;  ///< by position in `order`

  size_t size() const { return rows.front().size(); }
  /// The table whose key is the key of a joined row: the first that has a row there.
  size_t KeyOwner(size_t row) const {
    for (const size_t table : order) {
      if (rows[table][row] != kNoRow) return table;
    }
    return order.front();
  }
};

/// Positions of the dependencies in the order in which they are joined: required ones, then
/// optional ones, each in the order of the spec.
std::vector<size_t> JoinOrder(const FeatureSpec& feature);

/// The tables by whose positions joined rows are ordered. If all parents are optional, the rows of
/// the longer side of each join precede those that only the other side has, as in the reference:
/// null keys match nothing, so both sides may have rows of one sample, and the first of them wins.
std::vector<size_t> OutputOrder(const FeatureSpec& feature, const std::vector<JoinSize>& sizes);

/// Whether all parents are optional, so that a row of any of them is enough.
bool IsFullJoin(const FeatureSpec& feature);

/// Required parents are joined first, in the order of the spec, and must all have a row; optional
/// ones follow and need not. If all are optional, a row of any of them is enough. Null keys match
/// nothing. Without parents `tables` is a single one with the samples, all of which count.
JoinedRows JoinTables(const FeatureSpec& feature, const std::vector<RowTable>& tables);

}  // namespace metaxy::internal
