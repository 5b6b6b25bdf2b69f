#include "columns/time_zone.h"

#include <algorithm>
#include <charconv>

#include "columns/time_zone_table.h"

namespace metaxy::internal {
namespace {

// The text up to the separator; both are removed from `rest`.
std::string_view TakeUntil(char separator, std::string_view* rest) {
  const size_t end = rest->find(separator);
  const std::string_view taken = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return taken;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// How Polars reads names that are not in its database: "+02:00" and "0200" count hours east of
// Greenwich; the database's "Etc/GMT-2" has the opposite sign.
std::string NameInDatabase(std::string_view name) {
  if (name == "utc" || name == "+00:00") return "UTC";
  std::string_view digits = name;
  const bool has_sign = !digits.empty() && (digits[0] == '+' || digits[0] == '-');
  const bool west = has_sign && digits[0] == '-';
  if (has_sign) digits.remove_prefix(1);
  const bool has_colon = digits.size() == 5 && digits[2] == ':';
  if (digits.size() != (has_colon ? 5 : 4) || !IsDigit(digits[0]) || !IsDigit(digits[1]) ||
      digits.substr(digits.size() - 2) != "00")
    return std::string(name);
  const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
  return (west ? "Etc/GMT+" : "Etc/GMT-") + std::to_string(hours);
}

// The rest of the line with this name.
std::optional<std::string_view> LineOf(std::string_view name) {
  std::string_view table = kTimeZoneTable;
  while (!table.empty()) {
    std::string_view line = TakeUntil('\n', &table);
    std::string_view names = TakeUntil('\t', &line);
    while (!names.empty()) {
      if (TakeUntil(' ', &names) == name) return line;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<TimeZone> TimeZone::Find(std::string_view name) {
  TimeZone zone;
  zone.name_ = NameInDatabase(name);
  const std::optional<std::string_view> line = LineOf(zone.name_);
  if (!line || name.empty()) return std::nullopt;
  std::string_view changes = *line;
  std::string_view offsets = TakeUntil('\t', &changes);
  std::vector<int32_t> known;
  while (!offsets.empty()) {
    const std::string_view text = TakeUntil(',', &offsets);
    std::from_chars(text.data(), text.data() + text.size(), known.emplace_back());
  }
  zone.first_offset_ = known.front();
  int64_t second = kFirstSecond;
  const char* const end = changes.data() + changes.size();
  for (const char* next = changes.data(); next < end; ++next) {
    int64_t since = 0;
    // Digits are in lower case, so that a number ends at a capital letter.
    const char* digits_end = std::find_if(next, end, [](char c) { return c >= 'A' && c <= 'Z'; });
    next = std::from_chars(next, digits_end, since, 36).ptr;
    second += since;
    zone.changes_.push_back(second);
    zone.offsets_.push_back(known[static_cast<size_t>(*next - 'A')]);
  }
  return zone;
}

int32_t TimeZone::OffsetAt(int64_t second) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), second);
  return next == changes_.begin() ? first_offset_
                                  : offsets_[static_cast<size_t>(next - changes_.begin()) - 1];
}

}  // namespace metaxy::internal
