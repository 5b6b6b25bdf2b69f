// Time zones as the reference knows them, whatever database of them this machine has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// The offsets of one zone. Versions are hashes of texts in which they stand, so they follow from
/// the program alone: what the reference has compiled in, up to the year 2099. Immutable and
/// thread-safe.
class TimeZone {
 public:
  /// A zone by the name that Arrow carries: one of the IANA database, "utc", or a whole number of
  /// hours as in "+02:00". Nothing for others, which the reference does not take either.
  static std::optional<TimeZone> Find(std::string_view name);

  /// Seconds to add to UTC at a moment given in seconds since 1970.
  int32_t OffsetAt(int64_t second) const;

  /// The name under which the reference stores the zone: "UTC" for "+00:00", "Etc/GMT-2" for
  /// "+02:00", the given one for most.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int32_t first_offset_ = 0;
  std::vector<int64_t> changes_;  // ascending
  std::vector<int32_t> offsets_;  // from that change on
};

}  // namespace metaxy::internal
