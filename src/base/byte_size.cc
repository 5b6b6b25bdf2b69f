#include "base/byte_size.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 10> kUnits = {{{"", 1},
                                                                         {"b", 1},
                                                                         {"kb", 1e3},
                                                                         {"mb", 1e6},
                                                                         {"gb", 1e9},
                                                                         {"tb", 1e12},
                                                                         {"kib", 1024.0},
                                                                         {"mib", 1048576.0},
                                                                         {"gib", 1073741824.0},
                                                                         {"tib", 1099511627776.0}}};

constexpr double kMaxBytes = 9e18;

}  // namespace

arrow::Result<int64_t> ParseByteSize(std::string_view text) {
  const arrow::Status refused = MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} is not a valid size; write a number with a unit, such as 512MiB or 2GiB",
                  Quote(text)));
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return refused;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::string unit(text);
  for (char& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [name, bytes] : kUnits) {
    if (unit != name) continue;
    if (number * bytes > kMaxBytes) return refused;
    return static_cast<int64_t>(number * bytes);
  }
  return refused;
}

std::string FormatBytes(int64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  double amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= kStep && unit + 1 < kNames.size()) {
    amount /= kStep;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kNames[unit]);
}

}  // namespace metaxy::internal
