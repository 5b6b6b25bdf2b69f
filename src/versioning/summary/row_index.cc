#include "versioning/summary/row_index.h"

#include <bit>

namespace metaxy::internal {

RowIndex::RowIndex(size_t rows) : rows_(rows), slots_(std::bit_ceil(rows * 2 + 2), 0) {}

size_t RowIndex::SlotOf(const KeyHash& key) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(key.low) & mask;
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].key != key) slot = (slot + 1) & mask;
  return slot;
}

void RowIndex::Add(const KeyHash& key, uint32_t row) {
  uint32_t& slot = slots_[SlotOf(key)];
  if (slot == 0) {
    entries_.push_back({key, row, row});
    first_rows_.push_back(row);
    slot = static_cast<uint32_t>(entries_.size());
    return;
  }
  if (next_.empty()) next_.assign(rows_, kNoRow);
  Entry& entry = entries_[slot - 1];
  next_[entry.last] = row;
  entry.last = row;
}

uint32_t RowIndex::Find(const KeyHash& key) const {
  const uint32_t slot = slots_[SlotOf(key)];
  return slot == 0 ? kNoRow : entries_[slot - 1].first;
}

}  // namespace metaxy::internal
