// A set of rows of a scanned table, of a bit each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace metaxy::internal {

/// Positions in a scan. They are added in any order, and come back ascending.
class PositionSet {
 public:
  /// True if it was not there.
  bool Add(uint32_t position) {
    const size_t word = position / kBits;
    // Grown by halves: a copy of what is there is not worth twice the memory.
    if (word >= words_.size()) {
      if (word >= words_.capacity()) words_.reserve(word + word / 2 + 64);
      words_.resize(word + 1);
    }
    const uint64_t bit = uint64_t{1} << (position % kBits);
    if ((words_[word] & bit) != 0) return false;
    words_[word] |= bit;
    ++size_;
    return true;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// The next `count` positions from `from` on, or as many as there are; appended to `positions`.
  void Next(uint64_t from, size_t count, std::vector<uint32_t>* positions) const {
    size_t word = from / kBits;
    if (word >= words_.size()) return;
    uint64_t bits = words_[word] & (~uint64_t{0} << (from % kBits));
    while (count > 0) {
      while (bits == 0) {
        if (++word == words_.size()) return;
        bits = words_[word];
      }
      positions->push_back(static_cast<uint32_t>(word * kBits) +
                           static_cast<uint32_t>(std::countr_zero(bits)));
      bits &= bits - 1;
      --count;
    }
  }

 private:
  static constexpr size_t kBits = 64;

  std::vector<uint64_t> words_;
  size_t size_ = 0;
};

}  // namespace metaxy::internal
