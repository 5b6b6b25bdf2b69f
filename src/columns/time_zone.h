// Time zones as in the reference, independent of this machine's time zone database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_export.h"

namespace metaxy::internal {

/// The offsets of one zone. Versions are hashes of strings that contain them, so they must depend
/// on the program alone: the data compiled into the reference, up to the year 2099. Immutable and
/// thread-safe.
class METAXY_PROGRAM_EXPORT TimeZone {
 public:
  /// A zone by its name in Arrow: one of the IANA database, "utc", or a whole number of hours such
  /// as "+02:00". `std::nullopt` for others, which the reference does not accept either.
  static std::optional<TimeZone> Find(std::string_view name);

  /// Offset from UTC in seconds at a time given in seconds since 1970.
  int32_t OffsetAt(int64_t second) const;

  /// The name under which the reference stores the zone: "UTC" for "+00:00", "Etc/GMT-2" for
  /// "+02:00", unchanged for most.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int32_t first_offset_ = 0;
  std::vector<int64_t> changes_;  // ascending
  std::vector<int32_t> offsets_;  // from this change on
};

}  // namespace metaxy::internal
