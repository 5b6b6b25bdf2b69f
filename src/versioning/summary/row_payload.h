// Row payloads: several strings of a row encoded as one, such as its versions and its position in
// its group.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// Short strings take one additional byte.
inline void AppendPart(std::optional<std::string_view> text, std::string* payload) {
  constexpr size_t kLong = 255;
  if (!text) {
    payload->push_back('\0');
    return;
  }
  if (text->size() + 1 < kLong) {
    payload->push_back(static_cast<char>(text->size() + 1));
  } else {
    payload->push_back(static_cast<char>(kLong));
    const auto size = static_cast<uint32_t>(text->size());
    payload->append(reinterpret_cast<const char*>(&size), sizeof size);
  }
  payload->append(*text);
}

/// The next part; `payload` is advanced past it.
inline std::optional<std::string_view> ReadPart(std::string_view* payload) {
  constexpr uint8_t kLong = 255;
  const auto head = static_cast<uint8_t>(payload->front());
  payload->remove_prefix(1);
  if (head == 0) return std::nullopt;
  uint32_t size = head - 1U;
  if (head == kLong) {
    std::memcpy(&size, payload->data(), sizeof size);
    payload->remove_prefix(sizeof size);
  }
  const std::string_view text = payload->substr(0, size);
  payload->remove_prefix(size);
  return text;
}

}  // namespace metaxy::internal
