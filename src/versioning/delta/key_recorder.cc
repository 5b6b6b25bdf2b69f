#include "versioning/delta/key_recorder.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace metaxy::internal {
namespace {

// Deleted rows of a table that are worth knowing: four bytes each.
constexpr size_t kMostDeleted = size_t{1} << 20;

}  // namespace

std::optional<int64_t> PlacesIn(const TableState& state) {
  int64_t places = 0;
  for (const FragmentState& fragment : state.fragments) {
    if (fragment.rows < 0) return std::nullopt;
    places += fragment.rows;
    if (places > int64_t{std::numeric_limits<uint32_t>::max()}) return std::nullopt;
  }
  return places;
}

std::vector<KeyRun::Fragment> WithDeletedRows(const TableSnapshot& table,
                                              std::span<const FragmentState> fragments) {
  std::vector<KeyRun::Fragment> found;
  std::vector<uint64_t> ids;
  std::unordered_map<uint64_t, size_t> numbers;
  for (const FragmentState& fragment : fragments) {
    found.push_back({fragment.content(), static_cast<uint32_t>(fragment.rows)});
    if (fragment.deletions == ContentHash()) continue;
    found.back().deleted.reset();
    numbers.emplace(fragment.id, found.size() - 1);
    ids.push_back(fragment.id);
  }
  if (ids.empty()) return found;
  const auto deleted = table.DeletedRows(ids);
  if (!deleted.ok() || deleted->size() > kMostDeleted) return found;
  for (const uint64_t id : ids) found[numbers.at(id)].deleted.emplace();
  for (const uint64_t row : *deleted) {
    const auto fragment = numbers.find(FragmentOf(row));
    if (fragment != numbers.end()) found[fragment->second].deleted->push_back(NumberOf(row));
  }
  return found;
}

RowSummary SummaryOf(const RowBlock& block, size_t row) {
  return {.id = block.ids[row],
          .join = block.joins.empty() ? block.ids[row] : block.joins[row],
          .timestamp = block.timestamps[row],
          .value = block.digests.empty() ? 0 : block.digests[row],
          .flags = block.flags[row]};
}

std::shared_ptr<KeyRecorder> KeyRecorder::Make(const TableSnapshot& table, int64_t most_bytes,
                                               std::unique_ptr<KeyRunWriter> file) {
  const std::optional<TableState> state = table.State({}).ValueOr(std::nullopt);
  if (!state) return nullptr;
  const std::optional<int64_t> places = PlacesIn(*state);
  if (!places || *places > most_bytes / static_cast<int64_t>(sizeof(uint64_t))) return nullptr;
  auto recorder = std::make_shared<KeyRecorder>();
  for (const FragmentState& fragment : state->fragments) {
    const auto rows = static_cast<uint32_t>(fragment.rows);
    recorder->fragments_.push_back({fragment.id, recorder->places_, rows});
    recorder->places_ += rows;
  }
  std::sort(recorder->fragments_.begin(), recorder->fragments_.end(),
            [](const Fragment& a, const Fragment& b) { return a.id < b.id; });
  recorder->entries_.reserve(static_cast<size_t>(*places));
  recorder->file_ = std::move(file);
  return recorder;
}

void KeyRecorder::OnScan(const ObservedScan& scan) {
  ScanRecorder::OnScan(scan);
  // Rows of one sample may have different keys: nobody will look for them.
  failed_ = failed_ || scan.split;
  if (file_ && !failed_)
    summaries_.emplace(file_->descriptor(), SummaryLayout(scan.with_join), places_);
}

bool KeyRecorder::PlacesOf(std::span<const uint64_t> row_ids, std::vector<uint32_t>* places) const {
  places->reserve(row_ids.size());
  const Fragment* fragment = nullptr;
  for (const uint64_t row_id : row_ids) {
    const uint64_t id = FragmentOf(row_id);
    if (fragment == nullptr || fragment->id != id) {
      const auto found =
          std::lower_bound(fragments_.begin(), fragments_.end(), id,
                           [](const Fragment& f, uint64_t wanted) { return f.id < wanted; });
      if (found == fragments_.end() || found->id != id) return false;
      fragment = &*found;
    }
    if (NumberOf(row_id) >= fragment->rows) return false;
    places->push_back(fragment->first + NumberOf(row_id));
  }
  return true;
}

bool KeyRecorder::AddSummaries(const RowBlock& block, const std::vector<uint32_t>& places) {
  if (!std::is_sorted(places.begin(), places.end())) return false;
  const SummaryLayout& layout = summaries_->layout();
  std::vector<uint64_t> words(places.size() * layout.words());
  RowStamp known;
  uint32_t number = 0;
  for (size_t row = 0; row < places.size(); ++row) {
    const RowSummary summary = SummaryOf(block, row);
    const RowStamp stamp{summary.timestamp, summary.flags};
    // Most rows have the stamp of the one before.
    if (number == 0 || stamp != known) number = stamps_.NumberOf(stamp);
    known = stamp;
    if (number == 0) return false;
    layout.Encode(summary, number, &words[row * layout.words()]);
  }
  return summaries_->Add(places, words);
}

void KeyRecorder::OnRows(std::span<const uint64_t> row_ids, RowBlock* block) {
  const std::vector<KeyHash>& keys = block->joins.empty() ? block->ids : block->joins;
  std::vector<uint32_t> places;
  const bool known = keys.size() == row_ids.size() && PlacesOf(row_ids, &places);
  bool summaries = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failed_ = failed_ || !known;
    if (failed_) return;
    for (size_t i = 0; i < places.size(); ++i)
      entries_.push_back(KeyRun::EntryOf(PrefixOf(keys[i]), places[i]));
    summaries = summaries_ && !summaries_failed_;
  }
  if (!summaries || AddSummaries(*block, places)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  summaries_failed_ = true;
}

std::optional<CheckpointKeys::Run> KeyRecorder::Finish(const TableSnapshot& table,
                                                       const TableState& state, uint64_t seed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_ || !file_ || state.fragments.size() != fragments_.size()) return std::nullopt;
  uint32_t first = 0;
  for (const FragmentState& fragment : state.fragments) {
    const auto known =
        std::lower_bound(fragments_.begin(), fragments_.end(), fragment.id,
                         [](const Fragment& f, uint64_t wanted) { return f.id < wanted; });
    if (known == fragments_.end() || known->id != fragment.id || known->first != first ||
        known->rows != fragment.rows)
      return std::nullopt;
    first += known->rows;
  }
  KeyRun run{.fragments = WithDeletedRows(table, state.fragments),
             .entries = std::exchange(entries_, {}),
             .seed = seed};
  if (summaries_ && !summaries_failed_) {
    auto checksums = summaries_->Finish();
    if (!checksums) return std::nullopt;
    run.summaries =
        KeyRun::Summaries{summaries_->layout(), stamps_.stamps(), {}, *std::move(checksums)};
  }
  run.Sort();
  return std::exchange(file_, nullptr)->Finish(std::move(run));
}

}  // namespace metaxy::internal
