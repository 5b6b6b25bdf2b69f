// Content hashes: what the example records as the provenance of a file's parts.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace overview {

/// \brief Hashes bytes in pieces, to 128 bits. Any string that changes with the content would do.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();

  void Add(std::string_view bytes);
  /// \brief 32 hexadecimal digits.
  std::string Finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string ContentHash(std::string_view bytes);

}  // namespace overview
