#include "cli/time_zone.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string_view>

#include "cli/civil_time.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kDay = 86400;

bool IsLeapYear(int64_t year) {
  return DayOfDate({year + 1, 1, 1}) - DayOfDate({year, 1, 1}) == 366;
}

// Big-endian numbers of a file in the format TZif (RFC 8536).
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view content) : rest_(content) {}

  bool Skip(uint64_t size) {
    if (rest_.size() < size) return false;
    rest_.remove_prefix(size);
    return true;
  }
  std::optional<int64_t> Number(size_t size) {
    if (rest_.size() < size) return std::nullopt;
    uint64_t number = (static_cast<unsigned char>(rest_[0]) & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < size; ++i) number = (number << 8) | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(size);
    return static_cast<int64_t>(number);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Header {
  char version = 0;
  uint64_t utc_marks = 0;
  uint64_t standard_marks = 0;
  uint64_t leaps = 0;
  uint64_t times = 0;
  uint64_t types = 0;
  uint64_t characters = 0;
};

std::optional<Header> ReadHeader(BinaryReader* reader) {
  constexpr size_t kReserved = 15;
  if (reader->rest().size() < 20 || reader->rest().substr(0, 4) != "TZif") return std::nullopt;
  Header header;
  header.version = reader->rest()[4];
  if (!reader->Skip(5 + kReserved)) return std::nullopt;
  for (uint64_t* count : {&header.utc_marks, &header.standard_marks, &header.leaps, &header.times,
                          &header.types, &header.characters}) {
    const std::optional<int64_t> number = reader->Number(4);
    if (!number || *number < 0) return std::nullopt;
    *count = static_cast<uint64_t>(*number);
  }
  return header;
}

}  // namespace

int64_t TimeZone::Change::In(int64_t year) const {
  const int64_t first = DayOfDate({year, 1, 1});
  int64_t days = 0;
  if (kind == Kind::kDayOfYear) {
    days = first + day;
  } else if (kind == Kind::kJulian) {  // the leap day is never counted
    days = first + day - 1 + (day >= 60 && IsLeapYear(year) ? 1 : 0);
  } else {
    const int64_t begin = DayOfDate({year, month, 1});
    const int64_t length =
        (month == 12 ? DayOfDate({year + 1, 1, 1}) : DayOfDate({year, month + 1, 1})) - begin;
    const int64_t weekday = FloorRemainder(begin + 4, 7);  // 1970 began on a Thursday
    int64_t offset = FloorRemainder(day - weekday, 7) + 7 * (week - 1);
    while (offset >= length) offset -= 7;
    days = begin + offset;
  }
  return days * kDay + seconds;
}

class TimeZone::RuleParser {
 public:
  explicit RuleParser(std::string_view text) : rest_(text) {}

  std::optional<Rule> Parse() {
    Rule rule;
    int64_t west = 0;
    if (!Name() || !Seconds(&west)) return std::nullopt;
    rule.standard = -west;
    if (rest_.empty()) return rule;
    rule.has_summer = true;
    rule.summer = rule.standard + 3600;
    if (!Name()) return std::nullopt;
    if (!rest_.empty() && rest_[0] != ',') {
      if (!Seconds(&west)) return std::nullopt;
      rule.summer = -west;
    }
    if (!Take(',') || !Day(&rule.begin) || !Take(',') || !Day(&rule.end) || !rest_.empty())
      return std::nullopt;
    return rule;
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Name() {
    size_t size = 0;
    if (Take('<')) {
      size = rest_.find('>');
      if (size == std::string_view::npos) return false;
      rest_.remove_prefix(size + 1);
      return true;
    }
    while (size < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[size])) != 0)
      ++size;
    rest_.remove_prefix(size);
    return size > 0;
  }

  bool Number(int* number) {
    size_t size = 0;
    *number = 0;
    for (; size < rest_.size() && size < 4 && rest_[size] >= '0' && rest_[size] <= '9'; ++size)
      *number = *number * 10 + (rest_[size] - '0');
    rest_.remove_prefix(size);
    return size > 0;
  }

  // [+-]hh[:mm[:ss]]
  bool Seconds(int64_t* seconds) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int number = 0;
    if (!Number(&number)) return false;
    *seconds = number * int64_t{3600};
    for (int64_t unit : {60, 1}) {
      if (!Take(':')) break;
      if (!Number(&number)) return false;
      *seconds += number * unit;
    }
    if (negative) *seconds = -*seconds;
    return true;
  }

  bool Day(Change* change) {
    if (Take('M')) {
      if (!Number(&change->month) || !Take('.') || !Number(&change->week) || !Take('.') ||
          !Number(&change->day) || change->month < 1 || change->month > 12 || change->week < 1)
        return false;
    } else {
      change->kind = Take('J') ? Change::Kind::kJulian : Change::Kind::kDayOfYear;
      if (!Number(&change->day)) return false;
    }
    return !Take('/') || Seconds(&change->seconds);
  }

  std::string_view rest_;
};

bool TimeZone::ReadTransitions(const std::string& content) {
  BinaryReader reader(content);
  std::optional<Header> header = ReadHeader(&reader);
  if (!header || header->version < '2') return false;
  // The first half of the file has the same in 32 bits.
  if (!reader.Skip(header->times * 5 + header->types * 6 + header->characters + header->leaps * 8 +
                   header->standard_marks + header->utc_marks))
    return false;
  header = ReadHeader(&reader);
  if (!header || header->types == 0) return false;
  for (uint64_t i = 0; i < header->times; ++i) {
    const std::optional<int64_t> time = reader.Number(8);
    if (!time) return false;
    transitions_.push_back({*time, 0});
  }
  std::vector<uint64_t> types;
  for (uint64_t i = 0; i < header->times; ++i) {
    const std::optional<int64_t> type = reader.Number(1);
    if (!type) return false;
    types.push_back(static_cast<uint64_t>(*type) & 0xff);
  }
  std::vector<int64_t> offsets;
  for (uint64_t i = 0; i < header->types; ++i) {
    const std::optional<int64_t> offset = reader.Number(4);
    if (!offset || !reader.Skip(2)) return false;
    offsets.push_back(*offset);
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] >= offsets.size()) return false;
    transitions_[i].offset = offsets[types[i]];
  }
  first_offset_ = offsets[0];
  if (!reader.Skip(header->characters + header->leaps * 12 + header->standard_marks +
                   header->utc_marks + 1))
    return false;
  const std::string_view rule = reader.rest().substr(0, reader.rest().find('\n'));
  if (const std::optional<Rule> parsed = RuleParser(rule).Parse()) {
    has_rule_ = true;
    rule_ = *parsed;
  }
  return true;
}

bool TimeZone::ReadFile(const std::string& name) {
  // A name is part of a path, and may come from anybody's file.
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/" + name,
                     std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) return false;
  return ReadTransitions(content.str());
}

// "UTC", "Z", "+01:00", "+0100", "+01"
bool TimeZone::ReadFixed(const std::string& name) {
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (std::string_view utc : {"UTC", "GMT", "Z", "ZULU", "ETC/UTC", "ETC/GMT"}) {
    if (upper == utc) return true;
  }
  if (name.size() < 3 || (name[0] != '+' && name[0] != '-')) return false;
  std::string digits = name.substr(1);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if ((digits.size() != 2 && digits.size() != 4) ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return false;
  digits.resize(4, '0');
  const int hours = std::stoi(digits.substr(0, 2));
  const int minutes = std::stoi(digits.substr(2));
  if (hours > 23 || minutes > 59) return false;
  first_offset_ = (name[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

const TimeZone* TimeZone::Find(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<TimeZone>> zones;
  const std::lock_guard<std::mutex> lock(mutex);
  auto [zone, is_new] = zones.try_emplace(name);
  if (is_new) {
    auto found = std::make_unique<TimeZone>();
    if (found->ReadFixed(name) || found->ReadFile(name)) zone->second = std::move(found);
  }
  return zone->second.get();
}

int64_t TimeZone::RuleOffsetAt(int64_t utc) const {
  if (!rule_.has_summer) return rule_.standard;
  const int64_t year = DateOfDay(FloorDivide(utc + rule_.standard, kDay)).year;
  const int64_t begin = rule_.begin.In(year) - rule_.standard;
  const int64_t end = rule_.end.In(year) - rule_.summer;
  const bool summer = begin < end ? begin <= utc && utc < end : !(end <= utc && utc < begin);
  return summer ? rule_.summer : rule_.standard;
}

int64_t TimeZone::OffsetAt(int64_t utc) const {
  // Nobody has decided on the clocks of a year that far away, and sums would overflow.
  constexpr int64_t kFar = int64_t{1} << 40;
  if (utc < -kFar || utc > kFar) return has_rule_ ? rule_.standard : first_offset_;
  const auto after = std::upper_bound(
      transitions_.begin(), transitions_.end(), utc,
      [](int64_t time, const Transition& transition) { return time < transition.utc; });
  if (after == transitions_.end() && has_rule_) return RuleOffsetAt(utc);
  return after == transitions_.begin() ? first_offset_ : (after - 1)->offset;
}

}  // namespace metaxy::cli
