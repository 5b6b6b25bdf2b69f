// Time zones: how far local time is from UTC.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace metaxy::cli {

/// \brief A time zone of the system's database, or a fixed offset. Arrow's own reader of that
/// database knows no summer time after 2037, as it leaves out the rule for the years to come.
class TimeZone {
 public:
  /// \brief The zone of an Arrow type: "Europe/Berlin", "UTC", "+01:00". Null if nobody knows it.
  /// Zones are kept for the life of the process. From any thread.
  static const TimeZone* Find(const std::string& name);

  /// \brief Seconds that local time is ahead of UTC at a time in seconds since 1970.
  int64_t OffsetAt(int64_t utc) const;

 private:
  /// A day of the year and a time on it, such as "the last Sunday of March at 2".
  struct Change {
    enum class Kind { kWeekday, kJulian, kDayOfYear } kind = Kind::kWeekday;
    int month = 0;
    int week = 0;
    int day = 0;
    int64_t seconds = 7200;

    int64_t In(int64_t year) const;  // local seconds since 1970
  };
  /// What holds after the last transition, as POSIX's TZ has it: "CET-1CEST,M3.5.0,M10.5.0/3".
  struct Rule {
    int64_t standard = 0;
    int64_t summer = 0;
    bool has_summer = false;
    Change begin;
    Change end;
  };
  struct Transition {
    int64_t utc;
    int64_t offset;  // from then on
  };
  class RuleParser;

  bool ReadFixed(const std::string& name);
  bool ReadFile(const std::string& name);
  bool ReadTransitions(const std::string& content);
  int64_t RuleOffsetAt(int64_t utc) const;

  int64_t first_offset_ = 0;
  std::vector<Transition> transitions_;
  bool has_rule_ = false;
  Rule rule_;
};

}  // namespace metaxy::cli
