#include "versioning/resolve/outcome.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "versioning/summary/row_table.h"

namespace metaxy::internal {
namespace {

// Radix sort in three passes over 11 bits each: results have millions of positions.
void RadixSort(std::vector<uint32_t>* values) {
  constexpr int kBits = 11;
  constexpr uint32_t kMask = (1U << kBits) - 1;
  std::vector<uint32_t> other(values->size());
  for (int shift = 0; shift < 32; shift += kBits) {
    std::array<uint32_t, kMask + 2> begins{};
    for (const uint32_t value : *values) ++begins[((value >> shift) & kMask) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    for (const uint32_t value : *values) other[begins[(value >> shift) & kMask]++] = value;
    values->swap(other);
  }
}

}  // namespace

void Tuples::Append(const Tuples& other) {
  values_.insert(values_.end(), other.values_.begin(), other.values_.end());
}

void Tuples::Shift(size_t column, uint32_t by) {
  for (size_t i = column; i < values_.size(); i += width_) {
    if (values_[i] != kNoRow) values_[i] += by;
  }
}

void Tuples::Sort(const std::vector<size_t>& columns) {
  if (width_ == 1) return RadixSort(&values_);
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    for (const size_t column : columns) {
      if (at(a, column) != at(b, column)) return at(a, column) < at(b, column);
    }
    return false;
  });
  std::vector<uint32_t> sorted;
  sorted.reserve(values_.size());
  for (const uint32_t i : order) sorted.insert(sorted.end(), row(i).begin(), row(i).end());
  values_ = std::move(sorted);
}

void RowGroups::Reserve(size_t groups, size_t rows) {
  ends_.reserve(groups);
  rows_.reserve(rows);
}

void RowGroups::Add(std::span<const uint32_t> group) {
  rows_.insert(rows_.end(), group.begin(), group.end());
  ends_.push_back(static_cast<uint32_t>(rows_.size()));
}

void RowGroups::Append(const RowGroups& other) {
  const auto shift = static_cast<uint32_t>(rows_.size());
  rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
  for (const uint32_t end : other.ends_) ends_.push_back(end + shift);
}

void RowGroups::Sort() {
  if (rows_.size() == ends_.size()) return RadixSort(&rows_);
  std::vector<std::pair<uint32_t, uint32_t>> order;
  for (size_t i = 0; i < size(); ++i) {
    const auto rows = group(i);
    order.emplace_back(*std::min_element(rows.begin(), rows.end()), static_cast<uint32_t>(i));
  }
  std::sort(order.begin(), order.end());
  RowGroups sorted;
  for (const auto& [smallest, i] : order) sorted.Add(group(i));
  *this = std::move(sorted);
}

void Outcome::Reserve(const std::vector<std::optional<Outcome>>& parts) {
  const auto total = [&](auto size) {
    size_t sum = 0;
    for (const std::optional<Outcome>& part : parts) sum += size(*part);
    return sum;
  };
  new_samples.Reserve(total([](const Outcome& part) { return part.new_samples.size(); }));
  stale.Reserve(total([](const Outcome& part) { return part.stale.size(); }));
  failed.Reserve(total([](const Outcome& part) { return part.failed.size(); }));
  orphaned.Reserve(total([](const Outcome& part) { return part.orphaned.size(); }),
                   total([](const Outcome& part) { return part.orphaned.num_rows(); }));
  group_versions.reserve(total([](const Outcome& part) { return part.group_versions.size(); }));
}

void Outcome::Append(Outcome other, size_t num_inputs) {
  const auto shift = static_cast<uint32_t>(group_versions.size());
  for (Tuples* tuples : {&other.new_samples, &other.stale, &other.failed, &other.undecided}) {
    for (size_t column = num_inputs; column < tuples->width(); ++column)
      tuples->Shift(column, shift);
  }
  new_samples.Append(other.new_samples);
  stale.Append(other.stale);
  failed.Append(other.failed);
  failed_stale += other.failed_stale;
  orphaned.Append(other.orphaned);
  undecided.Append(other.undecided);
  undecided_current.Append(other.undecided_current);
  undecided_failed.insert(undecided_failed.end(), other.undecided_failed.begin(),
                          other.undecided_failed.end());
  group_versions.insert(group_versions.end(), std::make_move_iterator(other.group_versions.begin()),
                        std::make_move_iterator(other.group_versions.end()));
  pending.Append(other.pending);
  expected_keys += other.expected_keys;
  existing_keys += other.existing_keys;
  join_sizes.resize(other.join_sizes.size());
  for (size_t i = 0; i < join_sizes.size(); ++i) {
    join_sizes[i].table += other.join_sizes[i].table;
    join_sizes[i].joined += other.join_sizes[i].joined;
  }
}

void Outcome::Sort(const std::vector<size_t>& columns) {
  new_samples.Sort(columns);
  stale.Sort(columns);
  failed.Sort(columns);
  orphaned.Sort();
}

Outcome Outcome::Some(const Tuples& part, size_t begin, size_t count, size_t num_inputs) const {
  Outcome some(part.width());
  some.new_samples.Reserve(count);
  std::unordered_map<uint32_t, uint32_t> numbers;
  std::vector<uint32_t> row;
  for (size_t i = begin; i < begin + count; ++i) {
    row.assign(part.row(i).begin(), part.row(i).end());
    for (size_t column = num_inputs; column < part.width(); ++column) {
      if (row[column] == kNoRow) continue;
      const auto next = static_cast<uint32_t>(some.group_versions.size());
      const auto [known, added] = numbers.emplace(row[column], next);
      if (added) some.group_versions.push_back(group_versions[row[column]]);
      row[column] = known->second;
    }
    some.new_samples.Add(row);
  }
  return some;
}

}  // namespace metaxy::internal
