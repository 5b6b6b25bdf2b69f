// SHA-256, with which everything about definitions is hashed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace metaxy {

/// \brief Hashes a sequence of texts with nothing between them. Not thread-safe; cheap to use again
/// after Finish().
///
/// Throws std::bad_alloc if OpenSSL has no memory left, and nothing else.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Update(std::string_view text);

  /// \brief The hash so far as 64 characters of lower case hex; the next Update() starts anew.
  std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// \brief The first `truncation` characters of a hash; a shorter text stays as it is.
std::string TruncateHash(std::string hash, int truncation);

}  // namespace metaxy
