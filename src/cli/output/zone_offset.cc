#include "cli/output/zone_offset.h"

#include <map>
#include <memory>
#include <mutex>
#include <string_view>

namespace metaxy::cli {

namespace {

// "+01:00", "+0100" or "+01", in seconds.
std::optional<int64_t> FixedOffset(std::string_view name) {
  if (name == "Z") return 0;
  if (name.size() < 3 || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  std::string digits(name.substr(1));
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if ((digits.size() != 2 && digits.size() != 4) ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  digits.resize(4, '0');
  const int hours = std::stoi(digits.substr(0, 2));
  const int minutes = std::stoi(digits.substr(2));
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (name[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

const ZoneOffset* ZoneOffset::Find(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<ZoneOffset>> zones;
  const std::lock_guard<std::mutex> lock(mutex);
  auto [zone, is_new] = zones.try_emplace(name);
  if (!is_new) return zone->second.get();
  auto found = std::make_unique<ZoneOffset>();
  const std::optional<int64_t> fixed = FixedOffset(name);
  if (fixed) {
    found->fixed_ = *fixed;
  } else {
    found->zone_ = internal::TimeZone::Find(name);
  }
  if (fixed || found->zone_) zone->second = std::move(found);
  return zone->second.get();
}

}  // namespace metaxy::cli
