#include "versioning/delta/table_difference.h"

#include <algorithm>
#include <unordered_map>

namespace metaxy::internal {
namespace {

// So many versions are searched for rewrites.
constexpr uint64_t kMostVersions = 64;

struct Content {
  ContentHash files;
  ContentHash deletions;

  bool operator==(const Content&) const = default;
};

struct HashOfContent {
  size_t operator()(const Content& content) const {
    return static_cast<size_t>(content.files.low ^ content.deletions.high);
  }
};

// How often each content is there more often now than before; negative: less often. A fragment may
// be there twice: a clone can be appended to its origin.
class Balance {
 public:
  void Add(const FragmentState& fragment, int64_t by) {
    const auto [entry, added] =
        counts_.try_emplace(Content{fragment.files, fragment.deletions}, int64_t{0});
    entry->second += by;
    if (entry->second == 0) counts_.erase(entry);
  }

  bool HasAdded(const std::vector<FragmentState>& fragments) const {
    return std::all_of(fragments.begin(), fragments.end(), [&](const FragmentState& fragment) {
      const auto entry = counts_.find(Content{fragment.files, fragment.deletions});
      return entry != counts_.end() && entry->second > 0;
    });
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

  std::unordered_map<Content, int64_t, HashOfContent> counts_;
};

Balance BalanceOf(const TableState& before, const TableState& now) {
  Balance balance;
  for (const FragmentState& fragment : now.fragments) balance.Add(fragment, 1);
  for (const FragmentState& fragment : before.fragments) balance.Add(fragment, -1);
  return balance;
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
  for (const Rewrite& rewrite : rewrites) {
    if (balance.empty()) break;
    if (rewrite.after.empty() || !balance.HasAdded(rewrite.after)) continue;
    for (const FragmentState& fragment : rewrite.after) balance.Add(fragment, -1);
    for (const FragmentState& fragment : rewrite.before) balance.Add(fragment, 1);
  }
  if (balance.empty()) return {RowsSince::kReordered, 0, 0};
  return {RowsSince::kChanged, balance.added(), balance.removed()};
}

}  // namespace metaxy::internal
