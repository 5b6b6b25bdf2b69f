#include "versioning/scan/scanned_table.h"

#include <algorithm>

namespace metaxy::internal {

void RowIds::Append(std::span<const uint64_t> ids) {
  for (const uint64_t id : ids) {
    if (id != next_id_ || runs_.empty()) runs_.push_back({size_, id});
    next_id_ = id + 1;
    ++size_;
  }
}

std::vector<uint64_t> RowIds::At(std::span<const uint32_t> positions) const {
  std::vector<uint64_t> ids;
  ids.reserve(positions.size());
  auto run = runs_.begin();
  for (const uint32_t position : positions) {
    const bool within =
        run->position <= position && (run + 1 == runs_.end() || position < (run + 1)->position);
    if (!within) {
      run = std::upper_bound(runs_.begin(), runs_.end(), position,
                             [](uint32_t p, const Run& r) { return p < r.position; }) -
            1;
    }
    ids.push_back(run->id + (position - run->position));
  }
  return ids;
}

}  // namespace metaxy::internal
