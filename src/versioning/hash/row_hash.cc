#include "versioning/hash/row_hash.h"

#include <array>
#include <charconv>
#include <string>

// The low-level functions are deprecated, but they need no context on the heap and cannot fail;
// their replacement takes half as much time again for short strings like ours.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include "metaxy/errors.h"
#include "versioning/hash/decimal.h"
#include "versioning/hash/wyhash.h"

namespace metaxy::internal {

namespace {

size_t WriteDecimal(uint64_t value, char* out) {
  return static_cast<size_t>(std::to_chars(out, out + RowHasher::kMaxText, value).ptr - out);
}

template <size_t kSize>
size_t WriteHex(const std::array<unsigned char, kSize>& digest, char* out) {
  static_assert(2 * kSize <= RowHasher::kMaxText);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < kSize; ++i) {
    out[2 * i] = kDigits[digest[i] >> 4];
    out[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return 2 * kSize;
}

size_t Xxh3(std::string_view data, char* out) {
  return WriteDecimal(XXH3_64bits(data.data(), data.size()), out);
}

size_t Xxhash64(std::string_view data, char* out) {
  return WriteDecimal(XXH64(data.data(), data.size(), 0), out);
}

size_t Xxhash32(std::string_view data, char* out) {
  return WriteDigits(XXH32(data.data(), data.size(), 0), out);
}

size_t Wyhash(std::string_view data, char* out) { return WriteDecimal(WyhashV1(data), out); }

size_t Sha256(std::string_view data, char* out) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, data.data(), data.size());
  SHA256_Final(digest.data(), &context);
  return WriteHex(digest, out);
}

size_t Md5(std::string_view data, char* out) {
  std::array<unsigned char, MD5_DIGEST_LENGTH> digest;
  MD5_CTX context;
  MD5_Init(&context);
  MD5_Update(&context, data.data(), data.size());
  MD5_Final(digest.data(), &context);
  return WriteHex(digest, out);
}

}  // namespace

arrow::Result<RowHasher> RowHasher::Make(HashAlgorithm algorithm, int truncation) {
  if (truncation < kMinHashTruncationLength) {
    return MakeError(ErrorCode::kInvalidInput,
                     "hash_truncation_length is " + std::to_string(truncation) +
                         "; it must be at least " + std::to_string(kMinHashTruncationLength));
  }
  const auto length = static_cast<size_t>(truncation);
  switch (algorithm) {
    case HashAlgorithm::kXxh3_64:
      return RowHasher(algorithm, Xxh3, length);
    case HashAlgorithm::kXxhash64:
      return RowHasher(algorithm, Xxhash64, length);
    case HashAlgorithm::kXxhash32:
      return RowHasher(algorithm, Xxhash32, length);
    case HashAlgorithm::kWyhash:
      return RowHasher(algorithm, Wyhash, length);
    case HashAlgorithm::kSha256:
      return RowHasher(algorithm, Sha256, length);
    case HashAlgorithm::kMd5:
      return RowHasher(algorithm, Md5, length);
    case HashAlgorithm::kFarmhash:
      return MakeError(
          ErrorCode::kHashAlgorithmNotSupported,
          "hash_algorithm 'farmhash' is not available in LanceDB stores; use xxhash32, "
          "xxhash64, xxh3_64, wyhash, sha256 or md5");
  }
  return MakeError(ErrorCode::kHashAlgorithmNotSupported,
                   "hash algorithm number " + std::to_string(static_cast<int>(algorithm)) +
                       " is not known; use an enumerator of HashAlgorithm");
}

}  // namespace metaxy::internal
