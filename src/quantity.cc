#include "quantity.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "metaxy/errors.h"
#include "quote.h"

namespace metaxy {

namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// A number, blanks, and one of the units; nothing if it is none or does not fit.
template <size_t N>
std::optional<int64_t> Parse(std::string_view text, const std::array<Unit, N>& units) {
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    if (number > std::numeric_limits<int64_t>::max() / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

}  // namespace

arrow::Result<std::chrono::seconds> ParseAge(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits = {
      {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}};
  // A thousand years: more is a slip, and no date.
  constexpr int64_t kLongest = int64_t{1000} * 366 * 86400;
  const std::optional<int64_t> seconds =
      text == "0" ? std::optional<int64_t>(0) : Parse(text, kUnits);
  if (seconds && *seconds <= kLongest) return std::chrono::seconds(*seconds);
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} is no age; write a whole number with s, m, h, d or w, such as 7d",
                  Quote(text)));
}

arrow::Result<int64_t> ParseByteSize(std::string_view text) {
  static constexpr std::array<Unit, 10> kUnits = {{{"", 1},
                                                   {"B", 1},
                                                   {"kB", 1000},
                                                   {"KB", 1000},
                                                   {"MB", 1000 * 1000},
                                                   {"GB", 1000 * 1000 * 1000},
                                                   {"KiB", 1 << 10},
                                                   {"MiB", 1 << 20},
                                                   {"GiB", 1 << 30},
                                                   {"TiB", int64_t{1} << 40}}};
  if (const std::optional<int64_t> bytes = Parse(text, kUnits)) return *bytes;
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} is no size; write bytes, or a whole number with KiB, MiB, GiB, KB, MB or GB",
                  Quote(text)));
}

std::string FormatBytes(int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  double amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= kStep && unit + 1 < kUnits.size()) {
    amount /= kStep;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace metaxy
