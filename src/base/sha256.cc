#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <utility>

namespace metaxy {

namespace {

// A built-in digest fails only if out of memory.
void Check(int result) {
  if (result != 1) throw std::bad_alloc();
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  Check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

Sha256& Sha256::Update(std::string_view text) {
  Check(EVP_DigestUpdate(context_.get(), text.data(), text.size()));
  return *this;
}

std::string Sha256::Finish() {
  std::array<unsigned char, 32> digest;
  Check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  Check(EVP_DigestInit_ex(context_.get(), nullptr, nullptr));
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
