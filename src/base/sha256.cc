#include "base/sha256.h"

// The low-level functions are deprecated. Their replacement loads the configuration, the errors'
// texts and the providers of OpenSSL first, which takes longer than all hashes of a short command.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>

namespace metaxy {

Sha256::Sha256() : context_(std::make_unique<SHA256_CTX>()) { SHA256_Init(context_.get()); }

Sha256::~Sha256() = default;

Sha256& Sha256::Update(std::string_view text) {
  SHA256_Update(context_.get(), text.data(), text.size());
  return *this;
}

std::string Sha256::Finish() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256_Final(digest.data(), context_.get());
  SHA256_Init(context_.get());
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (unsigned char byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::string TruncateHash(std::string hash, int truncation) {
  if (truncation >= 0 && static_cast<size_t>(truncation) < hash.size()) {
    hash.resize(static_cast<size_t>(truncation));
  }
  return hash;
}

}  // namespace metaxy
