// UTC offset of a time zone at a point in time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "columns/time_zone.h"

namespace metaxy::cli {

/// \brief The offsets of any time zone that an Arrow type can name: those that the reference knows,
/// and fixed ones such as "+05:30", which it does not accept.
class ZoneOffset {
 public:
  /// \brief Null if the zone is unknown. Zones are cached for the lifetime of the process.
  /// Thread-safe.
  static const ZoneOffset* Find(const std::string& name);

  /// \brief Seconds that local time is ahead of UTC at a time in seconds since 1970.
  int64_t At(int64_t utc) const { return zone_ ? zone_->OffsetAt(utc) : fixed_; }

 private:
  std::optional<internal::TimeZone> zone_;
  int64_t fixed_ = 0;
};

}  // namespace metaxy::cli
