// Decimal digits of 32-bit numbers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace metaxy::internal {

/// The space that WriteDigits() may use.
inline constexpr size_t kDigitSpace = 16;

/// Writes the digits of a number, without padding, and returns how many they are. All are computed
/// side by side, which takes half as long as one pair after the other, and written as one word, so
/// that what reads them next need not wait.
inline size_t WriteDigits(uint32_t value, char* out) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint32_t kHundredMillion = 100'000'000;
  const uint32_t first = value / kHundredMillion;
  const uint32_t rest = value % kHundredMillion;
  // Two numbers of four digits, then four of two, then eight of one, the first in the lowest bits.
  const uint64_t fours = rest / 10'000 | (uint64_t{rest % 10'000} << 32);
  const uint64_t hundreds = ((fours * 10'486) >> 20) & 0x7f0000007f;
  const uint64_t twos = hundreds | ((fours - 100 * hundreds) << 16);
  const uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
  const uint64_t ones = (tens | ((twos - 10 * tens) << 8)) | 0x3030303030303030;
  if (first == 0) {
    size_t count = 1;
    for (uint32_t least = 10; value >= least && count < 8; least *= 10) ++count;
    const uint64_t text = ones >> (64 - 8 * count);
    std::memcpy(out, &text, sizeof text);
    return count;
  }
  const bool two = first >= 10;
  const uint64_t head = two ? ('0' + first / 10) | (uint64_t{'0' + first % 10} << 8) : '0' + first;
  const unsigned bits = two ? 16 : 8;
  const uint64_t begin = head | (ones << bits);
  const uint64_t end = ones >> (64 - bits);
  std::memcpy(out, &begin, sizeof begin);
  std::memcpy(out + sizeof begin, &end, sizeof end);
  return sizeof begin + bits / 8;
}

}  // namespace metaxy::internal
