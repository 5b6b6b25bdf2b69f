#include "versioning/delta/key_recorder.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace metaxy::internal {

std::optional<int64_t> PlacesIn(const TableState& state) {
  int64_t places = 0;
  for (const FragmentState& fragment : state.fragments) {
    if (fragment.rows < 0) return std::nullopt;
    places += fragment.rows;
    if (places > int64_t{std::numeric_limits<uint32_t>::max()}) return std::nullopt;
  }
  return places;
}

std::shared_ptr<KeyRecorder> KeyRecorder::Make(const TableSnapshot& table, int64_t most_bytes) {
  const std::optional<TableState> state = table.State({}).ValueOr(std::nullopt);
  if (!state) return nullptr;
  const std::optional<int64_t> places = PlacesIn(*state);
  if (!places || *places > most_bytes / static_cast<int64_t>(sizeof(uint64_t))) return nullptr;
  auto recorder = std::make_shared<KeyRecorder>();
  uint32_t first = 0;
  for (const FragmentState& fragment : state->fragments) {
    recorder->fragments_.push_back({fragment.id, first, static_cast<uint32_t>(fragment.rows)});
    first += static_cast<uint32_t>(fragment.rows);
  }
  std::sort(recorder->fragments_.begin(), recorder->fragments_.end(),
            [](const Fragment& a, const Fragment& b) { return a.id < b.id; });
  recorder->entries_.reserve(static_cast<size_t>(*places));
  return recorder;
}

void KeyRecorder::OnRows(std::span<const uint64_t> row_ids, std::span<const KeyHash> keys) {
  std::vector<uint64_t> entries;
  entries.reserve(row_ids.size());
  const Fragment* fragment = nullptr;
  bool failed = keys.size() != row_ids.size();
  for (size_t i = 0; i < row_ids.size() && !failed; ++i) {
    const uint64_t id = FragmentOf(row_ids[i]);
    if (fragment == nullptr || fragment->id != id) {
      const auto found =
          std::lower_bound(fragments_.begin(), fragments_.end(), id,
                           [](const Fragment& f, uint64_t wanted) { return f.id < wanted; });
      failed = found == fragments_.end() || found->id != id;
      if (failed) break;
      fragment = &*found;
    }
    failed = NumberOf(row_ids[i]) >= fragment->rows;
    entries.push_back(KeyRun::EntryOf(PrefixOf(keys[i]), fragment->first + NumberOf(row_ids[i])));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  failed_ = failed_ || failed;
  entries_.insert(entries_.end(), entries.begin(), entries.end());
}

std::optional<KeyRun> KeyRecorder::Finish(const TableState& state, uint64_t seed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_ || state.fragments.size() != fragments_.size()) return std::nullopt;
  KeyRun run;
  uint32_t first = 0;
  for (const FragmentState& fragment : state.fragments) {
    run.fragments.push_back({fragment.content(), static_cast<uint32_t>(fragment.rows)});
    const auto known =
        std::lower_bound(fragments_.begin(), fragments_.end(), fragment.id,
                         [](const Fragment& f, uint64_t wanted) { return f.id < wanted; });
    if (known == fragments_.end() || known->id != fragment.id || known->first != first ||
        known->rows != fragment.rows)
      return std::nullopt;
    first += known->rows;
  }
  run.entries = std::exchange(entries_, {});
  run.seed = seed;
  run.Sort();
  return run;
}

}  // namespace metaxy::internal
