#include "columns/key_hash.h"

#include <random>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace metaxy::internal {

KeyHasher KeyHasher::Random() {
  std::random_device device;
  const uint64_t high = device();
  return KeyHasher((high << 32) | device());
}

uint64_t KeyHasher::Digest(std::string_view text) const {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed_);
}

}  // namespace metaxy::internal
