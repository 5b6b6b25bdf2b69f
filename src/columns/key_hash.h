// 128-bit hashes that stand for the keys of rows.
#pragma once

#include <cstdint>
#include <string_view>

namespace metaxy::internal {

/// A 128-bit hash of a row's key. The engine considers two keys equal if their hashes are: with a
/// seed that nobody can predict, the odds that any two of 10^9 different keys collide are below
/// 10^-20.
struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;

  bool operator==(const KeyHash&) const = default;
};

/// For containers with keys of this type, whose bits are random already.
struct HashOfKey {
  size_t operator()(const KeyHash& key) const { return static_cast<size_t>(key.low); }
};

/// The seed of the hashes of one operation: hashes with different seeds are not comparable. A value
/// type.
class KeyHasher {
 public:
  /// With a seed from the operating system.
  static KeyHasher Random();
  /// With the one seed of hashes that are stored. It is known, so that whoever may choose ids could
  /// make two of them collide: used only where stored hashes are compared with.
  static KeyHasher Stable() { return KeyHasher(kStableSeed); }

  explicit KeyHasher(uint64_t seed) : seed_(seed) {}

  uint64_t seed() const { return seed_; }

  /// A 64-bit hash of a string, for pairwise comparisons only.
  uint64_t Digest(std::string_view text) const;

 private:
  static constexpr uint64_t kStableSeed = 0x6d65746178793031;  // "metaxy01"

  uint64_t seed_;
};

}  // namespace metaxy::internal
