#include "versioning/delta/key_run_merge.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace metaxy::internal {
namespace {

class Merger {
 public:
  Merger(const TableState& now, std::optional<SummaryLayout> layout) {
    if (layout) merged_.summaries.emplace().layout = *layout;
    for (const FragmentState& fragment : now.fragments) wanted_.insert({fragment.files, {}});
  }

  // False if there are too many rows.
  bool Add(const KeyRun& run) {
    const std::vector<Move> moves = MovesOf(run);
    if (moves.size() != run.fragments.size()) return false;
    if (merged_.summaries)
      merged_.summaries->words.resize(places_ * merged_.summaries->layout.words());
    for (const uint64_t entry : run.entries) {
      const auto place = static_cast<uint32_t>(entry);
      const auto after =
          std::upper_bound(moves.begin(), moves.end(), place,
                           [](uint64_t wanted, const Move& m) { return wanted < m.from; });
      const Move& move = *(after - 1);
      if (!move.to) continue;
      const auto to = *move.to + static_cast<uint32_t>(place - move.from);
      merged_.entries.push_back(KeyRun::EntryOf(static_cast<KeyPrefix>(entry >> 32), to));
      if (merged_.summaries) Copy(*run.summaries, place, to);
    }
    return true;
  }

  KeyRun Finish(uint64_t seed) {
    merged_.seed = seed;
    if (merged_.summaries) merged_.summaries->stamps = stamps_.stamps();
    merged_.Sort();
    return std::move(merged_);
  }

 private:
  // Where the places of a fragment begin, in the run and merged; none if it is gone.
  struct Move {
    uint64_t from;
    std::optional<uint32_t> to;
  };

  std::vector<Move> MovesOf(const KeyRun& run) {
    std::vector<Move> moves;
    uint64_t from = 0;
    for (const KeyRun::Fragment& fragment : run.fragments) {
      Move move{from, std::nullopt};
      from += fragment.rows;
      if (wanted_.erase({fragment.content.files, {}}) > 0) {
        // As in PlacesIn().
        if (fragment.rows > std::numeric_limits<uint32_t>::max() - places_) return {};
        move.to = places_;
        places_ += fragment.rows;
        merged_.fragments.push_back(fragment);
      }
      moves.push_back(move);
    }
    return moves;
  }

  void Copy(const KeyRun::Summaries& from, uint32_t place, uint32_t to) {
    const size_t count = from.layout.words();
    const std::optional<RowSummary> row =
        from.layout.Decode(&from.words[place * count], from.stamps);
    if (!row) return;
    from.layout.Encode(*row, stamps_.NumberOf({row->timestamp, row->flags}),
                       &merged_.summaries->words[to * count]);
  }

  // Of the table, as far as no run has had them.
  std::unordered_set<FragmentContent, HashOfContent> wanted_;
  uint32_t places_ = 0;
  StampNumbers stamps_;
  KeyRun merged_;
};

}  // namespace

std::optional<KeyRun> MergeRuns(const KeyRunFile& file, KeyRun added, const TableState& now) {
  const std::optional<KeyRun> old = file.ReadAll();
  if (!old) return std::nullopt;
  const bool with_summaries =
      old->summaries && added.summaries &&
      old->summaries->layout.words() == added.summaries->layout.words() &&
      // Few enough for all to have a number.
      old->summaries->stamps.size() + added.summaries->stamps.size() < (size_t{1} << 20);
  Merger merger(now, with_summaries ? std::optional(added.summaries->layout) : std::nullopt);
  if (!merger.Add(added) || !merger.Add(*old)) return std::nullopt;
  return merger.Finish(added.seed);
}

}  // namespace metaxy::internal
