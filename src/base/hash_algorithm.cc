#include "metaxy/hash_algorithm.h"

#include <array>
#include <string>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

constexpr std::array<std::pair<HashAlgorithm, std::string_view>, 7> kNames = {{
    {HashAlgorithm::kXxh3_64, "xxh3_64"},
    {HashAlgorithm::kXxhash64, "xxhash64"},
    {HashAlgorithm::kXxhash32, "xxhash32"},
    {HashAlgorithm::kWyhash, "wyhash"},
    {HashAlgorithm::kSha256, "sha256"},
    {HashAlgorithm::kMd5, "md5"},
    {HashAlgorithm::kFarmhash, "farmhash"},
}};

}  // namespace

std::string_view HashAlgorithmName(HashAlgorithm algorithm) {
  for (const auto& [known, name] : kNames) {
    if (known == algorithm) return name;
  }
  return "unknown";
}

arrow::Result<HashAlgorithm> ParseHashAlgorithm(std::string_view name) {
  std::string all;
  for (const auto& [algorithm, known] : kNames) {
    if (known == name) return algorithm;
    if (!all.empty()) all += ", ";
    all += known;
  }
  return MakeError(ErrorCode::kHashAlgorithmNotSupported,
                   "hash algorithm " + Quote(name) + " is not known; use one of " + all);
}

}  // namespace metaxy
