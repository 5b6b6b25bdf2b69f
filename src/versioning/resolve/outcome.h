// Outcome of a resolve, as positions of rows in the scanned tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "columns/key_hash.h"

namespace metaxy::internal {

/// Rows of `width` numbers each.
class Tuples {
 public:
  explicit Tuples(size_t width = 1) : width_(width) {}

  size_t width() const { return width_; }
  size_t size() const { return values_.size() / width_; }
  uint32_t at(size_t row, size_t column) const { return values_[row * width_ + column]; }
  std::span<const uint32_t> row(size_t row) const { return {&values_[row * width_], width_}; }

  void Reserve(size_t rows) { values_.reserve(rows * width_); }
  void Add(std::span<const uint32_t> row) { values_.insert(values_.end(), row.begin(), row.end()); }
  void Append(const Tuples& other);
  /// Adds an offset to every number of a column, except those that mean "no row".
  void Shift(size_t column, uint32_t by);
  /// Sorts rows by these columns, the first one most significant.
  void Sort(const std::vector<size_t>& columns);

 private:
  size_t width_;
  std::vector<uint32_t> values_;
};

/// Groups of rows of one table, each representing a single row.
class RowGroups {
 public:
  size_t size() const { return ends_.size(); }
  size_t num_rows() const { return rows_.size(); }
  std::span<const uint32_t> group(size_t i) const {
    const uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return {rows_.data() + begin, ends_[i] - begin};
  }

  void Reserve(size_t groups, size_t rows);
  void Add(std::span<const uint32_t> group);
  void Append(const RowGroups& other);
  /// Sorts groups by their smallest rows.
  void Sort();

 private:
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> ends_;
};

/// How many rows a table contributed to a join, and how many were joined with it.
struct JoinSize {
  int64_t table = 0;
  int64_t joined = 0;
};

/// Join keys of samples that are new, stale or orphaned, as long as they are few.
class PendingKeys {
 public:
  void Add(const KeyHash& key, size_t most) {
    if (keys_.size() < most) {
      keys_.push_back(key);
    } else {
      too_many_ = true;
    }
  }
  void Append(const PendingKeys& other) {
    keys_.insert(keys_.end(), other.keys_.begin(), other.keys_.end());
    too_many_ = too_many_ || other.too_many_;
  }

  /// Whether these are all keys; none are if none were to be kept.
  bool complete(size_t most) const { return most > 0 && !too_many_ && keys_.size() <= most; }
  std::vector<KeyHash> keys() && { return std::move(keys_); }

 private:
  std::vector<KeyHash> keys_;
  bool too_many_ = false;
};

/// Tuples have the position of a row in the table of each input (kNoRow if an optional one has
/// none), and then a number in `group_versions` for each aggregated one.
struct Outcome {
  explicit Outcome(size_t width = 1)
      : new_samples(width), stale(width), failed(width), undecided(width) {}

  Tuples new_samples;
  Tuples stale;
  Tuples failed;             ///< would be new or stale, but are not to be tried now
  int64_t failed_stale = 0;  ///< of `failed`
  RowGroups orphaned;        ///< positions in the feature's own table
  /// Rows of an expanded feature that are stale only if a predicate holds for the current rows.
  Tuples undecided;
  RowGroups undecided_current;
  std::vector<bool> undecided_failed;  ///< would be failed instead of stale; none if nothing failed
  /// Payloads of GroupVersions.
  std::vector<std::string> group_versions;
  /// Distinct join keys of expected rows, and the number of those that exist.
  int64_t expected_keys = 0;
  int64_t existing_keys = 0;
  PendingKeys pending;
  std::vector<JoinSize> join_sizes;  ///< of the tables in the order in which they were joined

  void AddStale(std::span<const uint32_t> row, bool has_failed) {
    (has_failed ? failed : stale).Add(row);
    failed_stale += has_failed ? 1 : 0;
  }

  /// Reserves memory for the rows of all parts, so that millions of rows are not held twice.
  void Reserve(const std::vector<std::optional<Outcome>>& parts);
  /// `num_inputs` columns of tuples are positions, the others numbers in `group_versions`.
  void Append(Outcome other, size_t num_inputs);

  /// Puts the rows of all parts in order: see OutputOrder().
  void Sort(const std::vector<size_t>& columns);

  /// Some rows of one of its parts, as new samples of an outcome of their own.
  Outcome Some(const Tuples& part, size_t begin, size_t count, size_t num_inputs) const;
};

}  // namespace metaxy::internal
