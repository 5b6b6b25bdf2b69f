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

// Whether some fragments have all contents of others in their order.
bool HasInOrder(const std::vector<FragmentState>& all, const std::vector<FragmentState>& some) {
  auto next = some.begin();
  for (const FragmentState& fragment : all) {
    if (next != some.end() && fragment.HasContentOf(*next)) ++next;
  }
  return next == some.end();
}

// The fragments of `now` that a balance says are new, if that is all it says, and each of them can
// be told from the others.
std::optional<std::vector<size_t>> NewFragments(const TableState& now, const Balance& balance) {
  if (balance.removed() > 0) return std::nullopt;
  std::unordered_set<FragmentContent, HashOfContent> contents;
  std::vector<size_t> found;
  for (size_t i = 0; i < now.fragments.size(); ++i) {
    if (!contents.insert(now.fragments[i].content()).second) return std::nullopt;
    if (balance.Of(now.fragments[i]) > 0) found.push_back(i);
  }
  // Others were rewritten together with earlier rows.
  if (found.size() != balance.added()) return std::nullopt;
  return found;
}

}  // namespace

// Whatever fails here fails once more in a full resolve, which says what it was.
std::optional<TableDifference> Follow(const TableSnapshot& table, TableState* state) {
  std::vector<ColumnPath> columns;
  for (const TableState::Column& column : state->columns) columns.push_back(column.path);
  std::optional<TableState> now = table.State(columns).ValueOr(std::nullopt);
  if (!now) return std::nullopt;
  std::vector<Rewrite> rewrites;
  if (MayBeRewritten(*state, *now))
    rewrites = table.Rewrites(columns, state->version, kMostVersions).ValueOr({});
  const TableDifference difference = Compare(*state, *now, rewrites);
  *state = *std::move(now);
  return difference;
}

bool MayBeRewritten(const TableState& before, const TableState& now) {
  return before.columns == now.columns && BalanceOf(before, now).removed() > 0;
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
  // Back from the earliest one: what had only new rows is as new as these.
  for (auto it = followed.rbegin(); it != followed.rend(); ++it) {
    if ((*it)->before.empty() || !balance.HasAdded((*it)->before)) continue;
    balance.Exchange((*it)->before, (*it)->after);
    *it = nullptr;
  }
  const bool rewritten =
      std::any_of(followed.begin(), followed.end(), [](const auto* r) { return r != nullptr; });
  TableDifference difference{RowsSince::kChanged, balance.added(), balance.removed()};
  if (auto fragments = NewFragments(now, balance)) {
    difference.rows = RowsSince::kAdded;
    difference.new_fragments = *std::move(fragments);
    difference.reordered = rewritten || !HasInOrder(now.fragments, before.fragments);
  }
  return difference;
}

}  // namespace metaxy::internal
