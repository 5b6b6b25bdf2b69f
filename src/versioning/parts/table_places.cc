#include "versioning/parts/table_places.h"

#include <algorithm>

#include "metaxy/errors.h"

namespace metaxy::internal {

arrow::Result<TablePlaces> TablePlaces::Make(const TableSnapshot& table) {
  ARROW_ASSIGN_OR_RAISE(const auto state, table.State({}));
  TablePlaces places;
  const bool known = state && std::all_of(state->fragments.begin(), state->fragments.end(),
                                          [](const FragmentState& f) { return f.rows >= 0; });
  if (!known) {
    return MakeError(ErrorCode::kNotSupported,
                     "a resolve can only be spread over tables in directories and object stores "
                     "that tell which rows are in which file; resolve in one process");
  }
  for (const FragmentState& fragment : state->fragments) {
    places.numbers_.emplace(fragment.id, places.ids_.size());
    places.ids_.push_back(fragment.id);
    places.begins_.push_back(places.size() + static_cast<uint64_t>(fragment.rows));
  }
  return places;
}

std::vector<uint64_t> TablePlaces::PlacesOf(std::span<const uint64_t> row_ids) const {
  std::vector<uint64_t> places;
  places.reserve(row_ids.size());
  uint64_t fragment = 0;
  uint64_t begin = 0;
  bool known = false;
  for (const uint64_t id : row_ids) {
    if (!known || FragmentOf(id) != fragment) {
      fragment = FragmentOf(id);
      begin = begins_[numbers_.at(fragment)];
      known = true;
    }
    places.push_back(begin + NumberOf(id));
  }
  return places;
}

std::vector<uint64_t> TablePlaces::RowIdsOf(std::span<const uint64_t> places) const {
  std::vector<uint64_t> row_ids;
  row_ids.reserve(places.size());
  size_t fragment = 0;
  for (const uint64_t place : places) {
    if (place < begins_[fragment] || place >= begins_[fragment + 1]) {
      fragment = static_cast<size_t>(std::upper_bound(begins_.begin(), begins_.end(), place) -
                                     begins_.begin() - 1);
    }
    row_ids.push_back(RowIdOf(ids_[fragment], static_cast<uint32_t>(place - begins_[fragment])));
  }
  return row_ids;
}

}  // namespace metaxy::internal
