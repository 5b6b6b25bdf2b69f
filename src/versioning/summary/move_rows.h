// Rows on their way from one table of summaries to another.
#pragma once

#include <cstdint>
#include <string_view>

#include "versioning/summary/row_partitions.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// Adds a row of a block to a table of the same layout.
inline void AppendRow(const RowBlock& block, uint32_t row, RowTable* rows) {
  const RowLayout& layout = rows->layout();
  const uint32_t to = rows->Add(block.ids[row], block.timestamps[row], block.first_position + row);
  rows->row(to).flags = block.flags[row];
  if (layout.with_join) rows->set_join(to, block.joins[row]);
  if (layout.with_payload) {
    const size_t begin = block.payload_offsets[row];
    rows->set_payload(
        to, std::string_view(block.payloads).substr(begin, block.payload_offsets[row + 1] - begin));
  } else if (!block.digests.empty()) {
    rows->row(to).value = block.digests[row];
  }
}

/// Adds a row of a table of another layout; its join key becomes its id.
inline void AppendByJoin(const RowTable& from, uint32_t row, RowTable* rows) {
  const RowLayout& layout = rows->layout();
  const StoredRow& added = from.row(row);
  const uint32_t to = rows->Add(from.join(row), added.timestamp, added.position);
  rows->row(to).flags = added.flags;
  if (layout.with_first) rows->set_first(to, from.first(row));
  if (layout.with_payload) {
    rows->set_payload(to, from.payload(row));
  } else {
    rows->row(to).value = added.value;
  }
}

}  // namespace metaxy::internal
