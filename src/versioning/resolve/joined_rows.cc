#include "versioning/resolve/joined_rows.h"

#include <utility>

namespace metaxy::internal {
namespace {

enum class JoinType { kInner, kLeft, kFull };

std::vector<uint32_t> RowsThatCount(const RowTable& table) {
  std::vector<uint32_t> rows;
  rows.reserve(table.size());
  for (uint32_t row = 0; row < table.size(); ++row) {
    if (!table.dropped(row)) rows.push_back(row);
  }
  return rows;
}

int64_t CountRows(const RowTable& table) {
  int64_t count = 0;
  for (uint32_t row = 0; row < table.size(); ++row) count += table.dropped(row) ? 0 : 1;
  return count;
}

// Joins another table to the joined rows.
void Join(const std::vector<RowTable>& tables, size_t table, JoinType type, JoinedRows* joined) {
  const JoinIndex index(tables[table]);
  std::vector<uint8_t> matched(type == JoinType::kFull ? tables[table].size() : 0, 0);
  std::vector<std::vector<uint32_t>> next(tables.size());
  constexpr auto kNoLeft = static_cast<size_t>(-1);
  const auto emit = [&](size_t left, uint32_t right) {
    for (const size_t known : joined->order)
      next[known].push_back(left == kNoLeft ? kNoRow : joined->rows[known][left]);
    next[table].push_back(right);
  };
  const size_t left_rows = joined->rows[joined->order.front()].size();
  uint32_t guess = 0;
  for (size_t left = 0; left < left_rows; ++left) {
    const size_t owner = joined->KeyOwner(left);
    const uint32_t row = joined->rows[owner][left];
    const bool null_key = (tables[owner].row(row).flags & kNullKey) != 0;
    uint32_t match = null_key ? kNoRow : index.Find(tables[owner].join(row), guess);
    if (match == kNoRow && type != JoinType::kInner) emit(left, kNoRow);
    for (; match != kNoRow; match = index.Next(match)) {
      guess = match + 1;
      emit(left, match);
      if (!matched.empty()) matched[match] = 1;
    }
  }
  for (uint32_t row = 0; row < matched.size(); ++row) {
    if (!matched[row] && !tables[table].dropped(row)) emit(kNoLeft, row);
  }
  joined->rows = std::move(next);
  joined->order.push_back(table);
  joined->sizes.push_back({CountRows(tables[table]), static_cast<int64_t>(joined->size())});
}

}  // namespace

JoinIndex::JoinIndex(const RowTable& rows) : rows_(rows) {
  if (rows.layout().unique && !rows.layout().with_join) return;
  index_.emplace(rows.size());
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if ((rows.row(row).flags & (kDropped | kNullKey)) == 0) index_->Add(rows.join(row), row);
  }
}

uint32_t JoinIndex::Find(const KeyHash& key, uint32_t guess) const {
  if (index_) return index_->Find(key);
  const uint32_t row = rows_.Find(key, guess);
  if (row == kNoRow || (rows_.row(row).flags & (kDropped | kNullKey)) != 0) return kNoRow;
  return row;
}

std::vector<size_t> JoinOrder(const FeatureSpec& feature) {
  std::vector<size_t> order;
  for (bool optional : {false, true}) {
    for (size_t i = 0; i < feature.deps.size(); ++i) {
      if (feature.deps[i].optional == optional) order.push_back(i);
    }
  }
  return order;
}

bool IsFullJoin(const FeatureSpec& feature) {
  if (feature.deps.empty()) return false;
  for (const FeatureDep& dep : feature.deps) {
    if (!dep.optional) return false;
  }
  return true;
}

std::vector<size_t> OutputOrder(const FeatureSpec& feature, const std::vector<JoinSize>& sizes) {
  const std::vector<size_t> joined = JoinOrder(feature);
  if (!IsFullJoin(feature)) return joined;
  std::vector<size_t> order;
  for (size_t i = 0; i < joined.size(); ++i) {
    const bool longer = i > 0 && i < sizes.size() && sizes[i].table > sizes[i - 1].joined;
    order.insert(longer ? order.begin() : order.end(), joined[i]);
  }
  return order;
}

JoinedRows JoinTables(const FeatureSpec& feature, const std::vector<RowTable>& tables) {
  // Samples may be given for a feature that has parents; then there is still just one table.
  std::vector<size_t> order = tables.size() == 1 ? std::vector<size_t>{0} : JoinOrder(feature);
  const bool full = IsFullJoin(feature);
  JoinedRows joined;
  joined.rows.resize(tables.size());
  joined.rows[order.front()] = RowsThatCount(tables[order.front()]);
  joined.order.push_back(order.front());
  const auto first = static_cast<int64_t>(joined.size());
  joined.sizes.push_back({first, first});
  for (size_t i = 1; i < order.size(); ++i) {
    const JoinType type = full                              ? JoinType::kFull
                          : feature.deps[order[i]].optional ? JoinType::kLeft
                                                            : JoinType::kInner;
    Join(tables, order[i], type, &joined);
  }
  return joined;
}

}  // namespace metaxy::internal
