// How far the local time of a zone is from UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "columns/time_zone.h"

namespace metaxy::cli {

/// \brief The offsets of any zone that an Arrow type can name: those that the reference knows, and
/// fixed ones such as "+05:30", which it does not take.
class ZoneOffset {
 public:
  /// \brief Null if nobody knows the zone. Zones are kept for the life of the process. From any
  /// thread.
  static const ZoneOffset* Find(const std::string& name);

  /// \brief Seconds that local time is ahead of UTC at a time in seconds since 1970.
  int64_t At(int64_t utc) const { return zone_ ? zone_->OffsetAt(utc) : fixed_; }

 private:
  std::optional<internal::TimeZone> zone_;
  int64_t fixed_ = 0;
};

}  // namespace metaxy::cli
