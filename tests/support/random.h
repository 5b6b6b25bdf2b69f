// Random numbers for tests: the same on every platform and with every standard library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace metaxy::testing {

/// \brief SplitMix64. A seed always gives the same sequence, so that a failing seed can be
/// reported.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x632be59bd9b4e019) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// 0 .. limit - 1.
  size_t Below(size_t limit) { return Next() % limit; }

  bool Percent(size_t chance) { return Below(100) < chance; }

  template <class T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  template <class List>
  void Shuffle(List* values) {
    for (size_t i = values->size(); i > 1; --i) std::swap((*values)[i - 1], (*values)[Below(i)]);
  }

  /// `count` of the values, at most all of them, in random order.
  template <class T>
  std::vector<T> Sample(std::vector<T> values, size_t count) {
    Shuffle(&values);
    if (values.size() > count)
      values.erase(values.begin() + static_cast<int64_t>(count), values.end());
    return values;
  }

 private:
  uint64_t state_;
};

}  // namespace metaxy::testing
