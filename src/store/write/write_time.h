// The time that is written with the rows of one write: later than that of the rows it may replace.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// By which a read tells which row of a sample is the latest.
std::vector<std::string> TimeColumns();

/// What a writer leaves with its commit.
struct WriteMark {
  /// For Storage::FindWrite().
  std::string id = {};
  /// With the rows of this write taken in; none: whoever writes next has to look at them.
  std::optional<LatestTime> latest = std::nullopt;
};

/// The latest row of a sample is the one with the greatest time, so that rows stamped by a clock
/// that is behind would never count. A write takes the time of the clock, or what is just later
/// than the latest row of the table, whichever is later. Thread-safe, except Follow().
class WriteTime {
 public:
  /// `span`: by how much the last of the rows is later than the first.
  explicit WriteTime(int64_t clock, int64_t span = 0) : clock_(clock), span_(span), first_(clock) {}

  /// What the first rows are stamped with.
  int64_t first() const { return first_.load(); }
  /// By how much that is later than the clock.
  int64_t ahead() const { return first() - clock_; }

  /// Before the rows are read: they will be appended to a table whose latest row is this one.
  void Follow(const std::optional<LatestTime>& stored);
  /// Some rows have times that the caller gives, which stay as they are; this is the least of them.
  void KeepGiven(int64_t time);
  /// The rows have, or may have, such times.
  void ExpectGiven() { gives_.store(true); }

  /// With the rows of this write; none if their times are the caller's.
  std::optional<LatestTime> Latest() const;

  /// After the commit: what is strange about the times.
  void Report(const std::string& table, const Log& log) const;

 private:
  const int64_t clock_;
  const int64_t span_;
  std::atomic<int64_t> first_;
  std::atomic<bool> gives_{false};
  std::atomic<int64_t> least_given_{std::numeric_limits<int64_t>::max()};
  std::optional<LatestTime> stored_;
};

}  // namespace metaxy::internal
