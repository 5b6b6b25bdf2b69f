// Byte streams: numbers and texts as bytes and back, for what processes of one version tell each
// other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace metaxy::internal {

class ByteWriter {
 public:
  template <class T>
  void Number(T number) {
    static_assert(std::is_integral_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  /// In as few bytes as it needs, seven bits in each.
  void Varint(uint64_t number) {
    for (; number >= kMore; number >>= 7) bytes_.push_back(static_cast<char>(number | kMore));
    bytes_.push_back(static_cast<char>(number));
  }
  /// How far a number is from the one before, up or down; wraps around.
  void Step(uint64_t number, uint64_t before) {
    const uint64_t step = number - before;
    Varint((step << 1) ^ (0 - (step >> 63)));
  }
  void Text(std::string_view text) {
    Number(static_cast<uint64_t>(text.size()));
    bytes_.append(text);
  }
  void Texts(const std::vector<std::string>& texts) {
    Number(static_cast<uint64_t>(texts.size()));
    for (const std::string& text : texts) Text(text);
  }
  /// A hash of two numbers, `low` and `high`.
  template <class T>
  void Hash(const T& hash) {
    Number(hash.low);
    Number(hash.high);
  }
  void Raw(std::string_view text) { bytes_.append(text); }

  std::string& bytes() { return bytes_; }

  /// Whether another byte of a varint follows.
  static constexpr uint64_t kMore = 0x80;

 private:
  std::string bytes_;
};

/// Reads past the end give zeros, and are noticed at last. The bytes must outlive it.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T Number() {
    T number{};
    const std::string_view raw = Raw(sizeof number);
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it has as many bytes.
    if (!raw.empty()) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }
  uint64_t Varint() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = Number<uint8_t>();
      number |= (byte & ~ByteWriter::kMore) << shift;
      if ((byte & ByteWriter::kMore) == 0) return number;
    }
    failed_ = true;
    return 0;
  }
  uint64_t Step(uint64_t before) {
    const uint64_t coded = Varint();
    return before + ((coded >> 1) ^ (0 - (coded & 1)));
  }
  std::string_view Text() { return Raw(Number<uint64_t>()); }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts(Count(sizeof(uint64_t)));
    for (std::string& text : texts) text = Text();
    return texts;
  }
  template <class T>
  T Hash() {
    const auto low = Number<decltype(T::low)>();
    return {low, Number<decltype(T::high)>()};
  }
  /// How many elements follow, of so many bytes each at least.
  size_t Count(size_t smallest) {
    const auto count = Number<uint64_t>();
    if (count > bytes_.size() / smallest) {
      failed_ = true;
      return 0;
    }
    return static_cast<size_t>(count);
  }
  std::string_view Raw(uint64_t size) {
    if (failed_ || size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view raw = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return raw;
  }

  /// All that is left.
  std::string_view Rest() { return Raw(bytes_.size()); }

  bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace metaxy::internal
