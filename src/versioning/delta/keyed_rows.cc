#include "versioning/delta/keyed_rows.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>

#include "columns/key_columns.h"
#include "metaxy/errors.h"
#include "versioning/delta/key_recorder.h"

namespace metaxy::internal {
namespace {

using Numbers = std::vector<uint32_t>;

bool HasAscendingIds(const TableState& state) {
  return std::is_sorted(state.fragments.begin(), state.fragments.end(),
                        [](const auto& a, const auto& b) { return a.id < b.id; });
}

bool Has(const Numbers& numbers, uint32_t number) {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

// What is in `all` and not in `some`, both ascending; nothing if `all` lacks one of them.
std::optional<Numbers> Without(const Numbers& all, const Numbers& some) {
  if (!std::includes(all.begin(), all.end(), some.begin(), some.end())) return std::nullopt;
  Numbers left;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(left));
  return left;
}

arrow::Status TooMany(int64_t most) {
  return MakeError(ErrorCode::kResourceExhausted,
                   fmt::format("more than {} rows have changed keys", most));
}

arrow::Status Damaged() {
  return MakeError(ErrorCode::kIo, "a file that says which rows have which keys is damaged");
}

}  // namespace

arrow::Result<KeyedRows> KeyedRows::Make(Table table, const KeyHasher& hasher) {
  KeyedRows rows;
  rows.table_ = std::move(table);
  rows.hasher_ = hasher;
  const std::optional<int64_t> places = PlacesIn(rows.table_.now);
  if (!places || !PlacesIn(rows.table_.before) || rows.table_.scan.split ||
      rows.table_.scan.key_columns.empty())
    return Unsuited("it is not known which rows have which keys");
  rows.table_rows_ = *places;
  const TableDifference& difference = rows.table_.difference;
  rows.has_changes_ = !difference.new_fragments.empty() || !difference.edits.empty() ||
                      !difference.gone_fragments.empty();
  ARROW_RETURN_NOT_OK(rows.ListFragments());
  ARROW_RETURN_NOT_OK(rows.CoverFragments());
  ARROW_RETURN_NOT_OK(rows.FindRemoved());
  return rows;
}

arrow::Status KeyedRows::ListFragments() {
  const TableDifference& difference = table_.difference;
  for (const FragmentState& state : table_.now.fragments)
    fragments_.push_back({.state = state, .earlier = state.content()});
  for (const size_t i : difference.new_fragments) fragments_[i].is_new = true;
  for (const auto& [before, now] : difference.edits) {
    fragments_[now].is_edited = true;
    fragments_[now].earlier = table_.before.fragments[before].content();
  }
  for (const size_t i : difference.gone_fragments) {
    const FragmentState& state = table_.before.fragments[i];
    fragments_.push_back({.state = state, .earlier = state.content(), .is_gone = true});
  }
  if (!difference.gone_fragments.empty()) {
    // Fragments stand in the order of their ids, and those that are gone stood so, too.
    if (!HasAscendingIds(table_.now) || !HasAscendingIds(table_.before) || !KeepsIds())
      return Unsuited("it is not known where deleted rows were");
    std::stable_sort(fragments_.begin(), fragments_.end(),
                     [](const auto& a, const auto& b) { return a.state.id < b.state.id; });
  }
  for (size_t i = 0; i < fragments_.size(); ++i) {
    if (!fragments_[i].is_gone) ids_.emplace_back(fragments_[i].state.id, i);
  }
  std::sort(ids_.begin(), ids_.end());
  return arrow::Status::OK();
}

// Whether the fragments of before that are still there have the ids that they had.
bool KeyedRows::KeepsIds() const {
  std::unordered_map<FragmentContent, uint64_t, HashOfContent> ids;
  for (const FragmentState& state : table_.before.fragments)
    ids.emplace(FragmentContent{state.files, {}}, state.id);
  return std::all_of(fragments_.begin(), fragments_.end(), [&](const Fragment& fragment) {
    const auto before = ids.find({fragment.state.files, {}});
    return before == ids.end() || before->second == fragment.state.id;
  });
}

arrow::Status KeyedRows::CoverFragments() {
  std::unordered_map<FragmentContent, size_t, HashOfContent> by_files;
  for (size_t i = 0; i < fragments_.size(); ++i) {
    if (!by_files.emplace(FragmentContent{fragments_[i].state.files, {}}, i).second)
      return Unsuited("it is not known which rows have which keys");
  }
  for (CheckpointKeys::Deleted& deleted : table_.deleted) {
    const auto found = by_files.find({deleted.files, {}});
    if (found == by_files.end() || fragments_[found->second].is_new) continue;
    fragments_[found->second].deleted = std::move(deleted.numbers);
    fragments_[found->second].was_known_to_lose = true;
  }
  fragment_of_.resize(table_.runs.size());
  // What was written last counts: an earlier run may know a fragment from before it was gone for
  // some time.
  for (size_t run = table_.runs.size(); run-- > 0;) {
    const std::vector<KeyRun::Fragment>& known = table_.runs[run].fragments();
    fragment_of_[run].assign(known.size(), -1);
    for (size_t i = 0; i < known.size(); ++i) {
      const auto found = by_files.find({known[i].content.files, {}});
      if (found == by_files.end()) continue;
      Fragment& fragment = fragments_[found->second];
      // The rows of new fragments are all wanted anyway.
      if (fragment.is_new || fragment.covered || fragment.state.rows != known[i].rows ||
          (!fragment.was_known_to_lose && fragment.earlier != known[i].content))
        continue;
      fragment.covered = Covered{run, i};
      fragment_of_[run][i] = static_cast<int64_t>(found->second);
    }
  }
  for (const Fragment& fragment : fragments_) {
    if (!fragment.covered && (fragment.is_edited || fragment.is_gone))
      return Unsuited("it is not known which keys deleted rows had");
    if (NeedsReading(fragment)) fragment_rows_ += fragment.state.rows;
  }
  return arrow::Status::OK();
}

arrow::Status KeyedRows::FindRemoved() {
  std::vector<uint64_t> edited;
  for (const Fragment& fragment : fragments_) {
    if (!fragment.is_edited && !fragment.is_gone) continue;
    if (!HasSummaries(fragment.covered->run))
      return Unsuited("it is not known which keys deleted rows had");
    if (fragment.is_edited) edited.push_back(fragment.state.id);
    if (fragment.is_gone)
      removed_rows_ += fragment.state.rows - static_cast<int64_t>(fragment.deleted.size());
  }
  if (edited.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::vector<uint64_t> deleted, table_.table->DeletedRows(edited));
  std::unordered_map<uint64_t, Numbers> numbers;
  for (const uint64_t row : deleted) numbers[FragmentOf(row)].push_back(NumberOf(row));
  for (Fragment& fragment : fragments_) {
    if (!fragment.is_edited) continue;
    const KeyRun::Fragment& known =
        table_.runs[fragment.covered->run].fragments()[fragment.covered->fragment];
    if (!known.deleted) return Unsuited("it is not known which rows were deleted before");
    std::optional<Numbers> removed = Without(numbers[fragment.state.id], *known.deleted);
    if (removed) removed = Without(*removed, fragment.deleted);
    if (!removed) return Unsuited("rows that were deleted are there again");
    fragment.removed = *std::move(removed);
    removed_rows_ += static_cast<int64_t>(fragment.removed.size());
  }
  return arrow::Status::OK();
}

arrow::Result<uint64_t> KeyedRows::PlaceOf(uint64_t row_id) const {
  const auto found =
      std::lower_bound(ids_.begin(), ids_.end(), std::pair(FragmentOf(row_id), size_t{0}));
  if (found == ids_.end() || found->first != FragmentOf(row_id))
    return MakeError(ErrorCode::kIo, "a row is of an unknown fragment");
  return uint64_t{found->second} << 32 | NumberOf(row_id);
}

arrow::Status KeyedRows::ReadChanges(std::vector<KeyPrefix>* keys) {
  ARROW_RETURN_NOT_OK(ReadFragments(keys));
  return RecallRemoved(keys);
}

arrow::Status KeyedRows::ReadFragments(std::vector<KeyPrefix>* keys) {
  ScanRequest request = table_.scan.request;
  request.fragments.emplace();
  for (const Fragment& fragment : fragments_) {
    if (NeedsReading(fragment)) request.fragments->push_back(fragment.state.id);
  }
  if (request.fragments->empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto reader, table_.table->Scan(request));
  ARROW_ASSIGN_OR_RAISE(const auto rows, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(read_, rows->CombineChunksToBatch());
  arrow::ArrayVector columns;
  for (const std::string& name : table_.scan.key_columns)
    columns.push_back(read_->GetColumnByName(name));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns key_columns,
                        KeyColumns::Make(std::move(columns), table_.scan.key_columns));
  std::vector<KeyHash> hashes;
  key_columns.Hash(hasher_, &hashes);
  const auto& ids =
      static_cast<const arrow::UInt64Array&>(*read_->column(read_->num_columns() - 1));
  for (int64_t row = 0; row < read_->num_rows(); ++row) {
    const KeyPrefix prefix = PrefixOf(hashes[static_cast<size_t>(row)]);
    read_keys_.push_back(prefix);
    ARROW_ASSIGN_OR_RAISE(const uint64_t place, PlaceOf(ids.Value(row)));
    if (fragments_[place >> 32].is_new) keys->push_back(prefix);
  }
  return arrow::Status::OK();
}

arrow::Status KeyedRows::RecallRemoved(std::vector<KeyPrefix>* keys) {
  for (size_t i = 0; i < fragments_.size(); ++i) {
    const Fragment& fragment = fragments_[i];
    if (!fragment.is_gone && !fragment.is_edited) continue;
    Numbers numbers = fragment.removed;
    if (fragment.is_gone) {
      Numbers all(static_cast<size_t>(fragment.state.rows));
      std::iota(all.begin(), all.end(), 0U);
      std::optional<Numbers> left = Without(all, fragment.deleted);
      if (!left) return Damaged();
      numbers = *std::move(left);
    }
    const auto& run = table_.runs[fragment.covered->run];
    const auto rows = run.Summaries(fragment.covered->fragment, numbers);
    if (!rows) return Damaged();
    for (size_t row = 0; row < numbers.size(); ++row) {
      // Rows of other versions of the feature were never read.
      if (!(*rows)[row]) continue;
      removed_.push_back({uint64_t{i} << 32 | numbers[row], *(*rows)[row]});
      keys->push_back(PrefixOf((*rows)[row]->join));
    }
  }
  return arrow::Status::OK();
}

arrow::Status KeyedRows::Recall(size_t fragment, Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  const Covered& covered = *fragments_[fragment].covered;
  const auto rows = table_.runs[covered.run].Summaries(covered.fragment, numbers);
  if (!rows) return Damaged();
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!(*rows)[i]) return Damaged();
    remembered_.push_back({uint64_t{fragment} << 32 | numbers[i], *(*rows)[i]});
  }
  return arrow::Status::OK();
}

arrow::Status KeyedRows::FindRows(const std::vector<KeyPrefix>& keys, int64_t most) {
  keys_ = keys;
  std::vector<uint64_t> ids;
  std::unordered_map<size_t, Numbers> known;
  size_t count = 0;
  for (size_t run = 0; run < table_.runs.size(); ++run) {
    std::vector<KeyRunFile::Row> found;
    if (!table_.runs[run].Find(keys, static_cast<size_t>(most), &found)) return TooMany(most);
    const bool recalls = HasSummaries(run) && !table_.scan.with_payload;
    for (const KeyRunFile::Row& row : found) {
      const int64_t number = fragment_of_[run][row.fragment];
      if (number < 0) continue;
      const auto index = static_cast<size_t>(number);
      const Fragment& fragment = fragments_[index];
      if (fragment.is_gone || Has(fragment.deleted, row.number) ||
          Has(fragment.removed, row.number))
        continue;
      if (recalls) {
        known[index].push_back(row.number);
      } else {
        ids.push_back(RowIdOf(fragment.state.id, row.number));
      }
      ++count;
    }
  }
  if (count > static_cast<size_t>(most)) return TooMany(most);
  for (auto& [fragment, numbers] : known) ARROW_RETURN_NOT_OK(Recall(fragment, std::move(numbers)));
  std::sort(ids.begin(), ids.end());
  return table_.table->TakeMembers(ids, table_.scan.request.columns).Value(&taken_);
}

int64_t KeyedRows::rows_read() const {
  return (read_ ? read_->num_rows() : 0) + (taken_ ? taken_->num_rows() : 0);
}

std::vector<CheckpointKeys::Deleted> KeyedRows::Deleted() const {
  std::vector<CheckpointKeys::Deleted> all;
  for (const Fragment& fragment : fragments_) {
    if (fragment.is_gone || !fragment.covered ||
        (!fragment.was_known_to_lose && !fragment.is_edited))
      continue;
    CheckpointKeys::Deleted& deleted = all.emplace_back();
    deleted.files = fragment.state.files;
    std::set_union(fragment.deleted.begin(), fragment.deleted.end(), fragment.removed.begin(),
                   fragment.removed.end(), std::back_inserter(deleted.numbers));
  }
  return all;
}

}  // namespace metaxy::internal
