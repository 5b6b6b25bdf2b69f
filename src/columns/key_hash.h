// Hashes that stand for the keys of rows.
#pragma once

#include <cstdint>
#include <string_view>

namespace metaxy::internal {

/// 128 bits that stand for the key of a row. The engine holds two keys to be equal if their hashes
/// are: under a seed that nobody can know beforehand, the odds that any two of 10^9 different keys
/// share a hash are below 10^-20.
struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;

  bool operator==(const KeyHash&) const = default;
};

/// The seed of the hashes of one operation: hashes of different seeds do not compare. A value.
class KeyHasher {
 public:
  /// With a seed from the operating system.
  static KeyHasher Random();

  explicit KeyHasher(uint64_t seed) : seed_(seed) {}

  uint64_t seed() const { return seed_; }

  /// 64 bits that stand for a text where only two of them are compared at a time.
  uint64_t Digest(std::string_view text) const;

 private:
  uint64_t seed_;
};

}  // namespace metaxy::internal
