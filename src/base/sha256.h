// SHA-256, the hash of everything that belongs to definitions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct SHA256state_st;  // NOLINT(readability-identifier-naming): a name of OpenSSL

namespace metaxy {

/// \brief Hashes a sequence of strings without separators. Not thread-safe; cheap to reuse after
/// Finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Update(std::string_view text);

  /// \brief The hash so far as 64 characters of lower-case hex; the next Update() starts a new
  /// hash.
  std::string Finish();

 private:
  std::unique_ptr<SHA256state_st> context_;
};

/// \brief The first `truncation` characters of a hash; a shorter string is unchanged.
std::string TruncateHash(std::string hash, int truncation);

}  // namespace metaxy
