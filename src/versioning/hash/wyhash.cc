#include "versioning/hash/wyhash.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace metaxy::internal {

namespace {

constexpr std::array<uint64_t, 6> kSecret = {0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                             0x8ebc6af09c88c6e3, 0x589965cc75374cc3,
                                             0x1d8e4e27c47d124f, 0xeb44accab455d165};
constexpr size_t kBlock = 32;
constexpr size_t kWord = 8;

// Both halves of the 128-bit product, folded.
uint64_t Mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Little-endian; a compiler turns the loop into one load.
template <size_t kBytes>
uint64_t Read(const char* data) {
  uint64_t value = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    value |= static_cast<uint64_t>(static_cast<unsigned char>(data[i])) << (8 * i);
  }
  return value;
}

// A word of the tail, whose halves are swapped.
uint64_t ReadSwapped(const char* data) { return Read<4>(data) << 32 | Read<4>(data + 4); }

// One to three bytes. Of three, the last one is the lowest: this is not a mistake here but one in
// the original.
uint64_t ReadFew(const char* data, size_t size) {
  switch (size) {
    case 1:
      return Read<1>(data);
    case 2:
      return Read<2>(data);
    default:
      return Read<2>(data) << 8 | Read<1>(data + 2);
  }
}

// The last word, of one to eight bytes.
uint64_t ReadLast(const char* data, size_t size) {
  if (size < 4) return ReadFew(data, size);
  if (size == 4) return Read<4>(data);
  const uint64_t head = Read<4>(data);
  const size_t rest = size - 4;
  return head << (8 * rest) | (rest == 4 ? Read<4>(data + 4) : ReadFew(data + 4, rest));
}

uint64_t MixTail(uint64_t seed, const char* data, size_t size) {
  const size_t words = (size + kWord - 1) / kWord;
  const uint64_t last = ReadLast(data + (words - 1) * kWord, size - (words - 1) * kWord);
  if (words == 1) return Mix(seed, last ^ kSecret[1]);
  const uint64_t first = ReadSwapped(data) ^ seed;
  if (words == 2) return Mix(first, last ^ kSecret[2]);
  const uint64_t second = Mix(first, ReadSwapped(data + kWord) ^ kSecret[2]);
  if (words == 3) return second ^ Mix(seed, last ^ kSecret[3]);
  return second ^ Mix(ReadSwapped(data + 2 * kWord) ^ seed, last ^ kSecret[4]);
}

}  // namespace

uint64_t WyhashV1(std::string_view text) {
  const char* data = text.data();
  size_t left = text.size();
  uint64_t seed = 0;
  for (; left >= kBlock; left -= kBlock, data += kBlock) {
    seed = Mix(seed ^ kSecret[0],
               Mix(Read<8>(data) ^ kSecret[1], Read<8>(data + 8) ^ kSecret[2]) ^
                   Mix(Read<8>(data + 16) ^ kSecret[3], Read<8>(data + 24) ^ kSecret[4]));
  }
  seed ^= kSecret[0];
  if (left > 0) seed = MixTail(seed, data, left);
  return Mix(seed, static_cast<uint64_t>(text.size()) ^ kSecret[5]);
}

}  // namespace metaxy::internal
