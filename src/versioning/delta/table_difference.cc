#include "versioning/delta/table_difference.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace metaxy::internal {
namespace {

// So many versions are searched for rewrites.
constexpr uint64_t kMostVersions = 64;

// How often each content is there more often now than before; negative: less often. A fragment may
// be there twice: a clone can be appended to its origin.
class Balance {
 public:
  void Add(const FragmentState& fragment, int64_t by) {
    const auto [entry, added] = counts_.try_emplace(fragment.content(), int64_t{0});
    entry->second += by;
    if (entry->second == 0) counts_.erase(entry);
  }
  // Replaces some fragments by others.
  void Exchange(const std::vector<FragmentState>& removed,
                const std::vector<FragmentState>& added) {
    for (const FragmentState& fragment : removed) Add(fragment, -1);
    for (const FragmentState& fragment : added) Add(fragment, 1);
  }

  int64_t Of(const FragmentState& fragment) const {
    const auto entry = counts_.find(fragment.content());
    return entry == counts_.end() ? 0 : entry->second;
  }
  bool HasAdded(const std::vector<FragmentState>& fragments) const {
    return std::all_of(fragments.begin(), fragments.end(),
                       [&](const FragmentState& fragment) { return Of(fragment) > 0; });
  }
  bool HasAddedAny(const std::vector<FragmentState>& fragments) const {
    return std::any_of(fragments.begin(), fragments.end(),
                       [&](const FragmentState& fragment) { return Of(fragment) > 0; });
  }

  bool empty() const { return counts_.empty(); }

  size_t added() const { return Sum(1); }
  size_t removed() const { return Sum(-1); }

 private:
  size_t Sum(int64_t sign) const {
    size_t sum = 0;
    for (const auto& [content, count] : counts_) {
      if (count * sign > 0) sum += static_cast<size_t>(count * sign);
    }
    return sum;
  }

  std::unordered_map<FragmentContent, int64_t, HashOfContent> counts_;
};

Balance BalanceOf(const TableState& before, const TableState& now) {
  Balance balance;
  for (const FragmentState& fragment : now.fragments) balance.Add(fragment, 1);
  for (const FragmentState& fragment : before.fragments) balance.Add(fragment, -1);
  return balance;
}

// Fragments by their files; none if two of them have the same ones, as then nobody could tell which
// of them has changed.
using ByFiles = std::unordered_map<FragmentContent, size_t, HashOfContent>;

FragmentContent FilesOf(const FragmentState& fragment) { return {fragment.files, {}}; }

std::optional<ByFiles> IndexByFiles(const TableState& state) {
  ByFiles indices;
  for (size_t i = 0; i < state.fragments.size(); ++i) {
    if (!indices.emplace(FilesOf(state.fragments[i]), i).second) return std::nullopt;
  }
  return indices;
}

// Fills in which fragments are new, gone and edited, if that is all that a balance says.
bool Describe(const TableState& before, const TableState& now, const Balance& balance,
              TableDifference* difference) {
  const std::optional<ByFiles> now_by_files = IndexByFiles(now);
  const std::optional<ByFiles> before_by_files = IndexByFiles(before);
  if (!now_by_files || !before_by_files) return false;
  size_t added = 0;
  size_t removed = 0;
  for (size_t i = 0; i < now.fragments.size(); ++i) {
    if (balance.Of(now.fragments[i]) <= 0) continue;
    ++added;
    const auto known = before_by_files->find(FilesOf(now.fragments[i]));
    if (known == before_by_files->end()) {
      difference->new_fragments.push_back(i);
    } else {
      difference->edits.push_back({known->second, i});
    }
  }
  for (size_t i = 0; i < before.fragments.size(); ++i) {
    if (balance.Of(before.fragments[i]) >= 0) continue;
    ++removed;
    if (now_by_files->count(FilesOf(before.fragments[i])) == 0)
      difference->gone_fragments.push_back(i);
  }
  // Whatever else there is was rewritten together with others.
  return added == balance.added() && removed == balance.removed() &&
         removed == difference->edits.size() + difference->gone_fragments.size();
}

// Whether the fragments that are in both stand in the same order.
bool InOrder(const TableState& before, const TableState& now) {
  const std::optional<ByFiles> indices = IndexByFiles(now);
  if (!indices) return false;
  size_t least = 0;
  for (const FragmentState& fragment : before.fragments) {
    const auto found = indices->find(FilesOf(fragment));
    if (found == indices->end()) continue;
    if (found->second < least) return false;
    least = found->second;
  }
  return true;
}

}  // namespace

// Whatever fails here fails once more in a full resolve, which says what it was.
std::optional<TableDifference> Follow(const TableSnapshot& table, const TableState& before,
                                      TableState* now) {
  std::vector<ColumnPath> columns;
  for (const TableState::Column& column : before.columns) columns.push_back(column.path);
  std::optional<TableState> state = table.State(columns).ValueOr(std::nullopt);
  if (!state) return std::nullopt;
  std::vector<Rewrite> rewrites;
  if (MayBeRewritten(before, *state))
    rewrites = table.Rewrites(columns, before.version, kMostVersions).ValueOr({});
  *now = *std::move(state);
  return Compare(before, *now, rewrites);
}

// Deletions leave the files as they are.
bool MayBeRewritten(const TableState& before, const TableState& now) {
  if (before.columns != now.columns) return false;
  std::unordered_set<FragmentContent, HashOfContent> files;
  for (const FragmentState& fragment : now.fragments) files.insert(FilesOf(fragment));
  return std::any_of(
      before.fragments.begin(), before.fragments.end(),
      [&](const FragmentState& fragment) { return files.count(FilesOf(fragment)) == 0; });
}

TableDifference Compare(const TableState& before, const TableState& now,
                        const std::vector<Rewrite>& rewrites) {
  // Columns in other places, or of other types: every fragment may hold something else.
  if (before.columns != now.columns)
    return {RowsSince::kChanged, now.fragments.size(), before.fragments.size()};
  const bool same_order = std::equal(
      before.fragments.begin(), before.fragments.end(), now.fragments.begin(), now.fragments.end(),
      [](const FragmentState& a, const FragmentState& b) { return a.HasContentOf(b); });
  if (same_order) return {RowsSince::kUnchanged, 0, 0};
  Balance balance = BalanceOf(before, now);
  // From the latest one down: what it wrote is there now, and what it read was there before it, if
  // not at the checkpoint, then as the result of an earlier rewrite.
  std::vector<const Rewrite*> followed;
  for (const Rewrite& rewrite : rewrites) {
    if (balance.removed() == 0) break;
    if (rewrite.after.empty() || !balance.HasAdded(rewrite.after)) continue;
    balance.Exchange(rewrite.after, rewrite.before);
    followed.push_back(&rewrite);
  }
  if (balance.empty()) return {RowsSince::kReordered, 0, 0};
  // Back from the earliest one: what had new rows, or of which some had been deleted, is as new as
  // these, and the others that it replaced are gone.
  for (auto it = followed.rbegin(); it != followed.rend(); ++it) {
    if (!balance.HasAddedAny((*it)->before)) continue;
    balance.Exchange((*it)->before, (*it)->after);
    *it = nullptr;
  }
  const bool rewritten =
      std::any_of(followed.begin(), followed.end(), [](const auto* r) { return r != nullptr; });
  TableDifference difference{RowsSince::kChanged, balance.added(), balance.removed()};
  if (Describe(before, now, balance, &difference)) {
    difference.rows = RowsSince::kEdited;
    difference.reordered = rewritten || !InOrder(before, now);
  }
  return difference;
}

}  // namespace metaxy::internal
