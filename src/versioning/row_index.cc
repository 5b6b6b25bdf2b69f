#include "versioning/row_index.h"

#include <fmt/format.h>

#include <bit>

#include "metaxy/errors.h"

namespace metaxy::internal {

size_t RowIndex::Locate(const KeyColumns& other, int64_t row, uint64_t hash) const {
  size_t slot = static_cast<size_t>(hash) & mask_;
  while (slots_[slot] != 0) {
    const uint32_t candidate = slots_[slot] - 1;
    if (hashes_[candidate] == hash && KeyColumns::Equal(*keys_, candidate, other, row)) break;
    slot = (slot + 1) & mask_;
  }
  return slot;
}

arrow::Result<RowIndex> RowIndex::Build(const KeyColumns& keys, bool skip_nulls) {
  if (keys.num_rows() >= static_cast<int64_t>(kNoRow)) {
    return MakeError(
        ErrorCode::kResourceExhausted,
        fmt::format("{} rows are too many to compare at once; filter them", keys.num_rows()));
  }
  RowIndex index(keys);
  index.hashes_ = keys.Hashes();
  const size_t rows = index.hashes_.size();
  index.slots_.assign(std::bit_ceil(rows * 2 + 2), 0);
  index.mask_ = index.slots_.size() - 1;
  std::vector<uint32_t>
      last;  // last row of the chain that starts at a row; filled from the first duplicate on
  for (size_t i = 0; i < rows; ++i) {
    const auto row = static_cast<uint32_t>(i);
    if (skip_nulls && keys.HasNull(row)) continue;
    uint32_t& slot = index.slots_[index.Locate(keys, row, index.hashes_[i])];
    if (slot == 0) {
      slot = row + 1;
      index.first_rows_.push_back(row);
      continue;
    }
    if (index.next_.empty()) {
      index.next_.assign(rows, kNoRow);
      last.assign(rows, kNoRow);
    }
    const uint32_t first = slot - 1;
    index.next_[last[first] == kNoRow ? first : last[first]] = row;
    last[first] = row;
  }
  return index;
}

uint32_t RowIndex::Find(const KeyColumns& other, int64_t row, uint64_t hash) const {
  const uint32_t slot = slots_[Locate(other, row, hash)];
  return slot == 0 ? kNoRow : slot - 1;
}

}  // namespace metaxy::internal
