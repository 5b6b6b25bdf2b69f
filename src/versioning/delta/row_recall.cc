#include "versioning/delta/row_recall.h"

namespace metaxy::internal {

// Blocks have different positions, and so there is nothing to lock.
void RowRecall::OnRows(std::span<const uint64_t> /*row_ids*/, RowBlock* block) {
  for (size_t row = 0; row < block->size(); ++row) {
    const size_t position = block->first_position + row;
    if (position >= rows_.size()) continue;
    std::optional<RowSummary>& known = rows_[position];
    if (!known) {
      known = SummaryOf(*block, row);
      continue;
    }
    block->ids[row] = known->id;
    if (!block->joins.empty()) block->joins[row] = known->join;
    block->timestamps[row] = known->timestamp;
    block->flags[row] = known->flags;
    if (!block->digests.empty()) block->digests[row] = known->value;
  }
}

}  // namespace metaxy::internal
