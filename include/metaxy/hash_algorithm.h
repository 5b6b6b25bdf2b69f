// The hash functions with which versions of rows are computed.
#pragma once

#include <arrow/result.h>

#include <string_view>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Mirrors metaxy.HashAlgorithm. A chain of stores uses a single one.
enum class HashAlgorithm { kXxh3_64, kXxhash64, kXxhash32, kWyhash, kSha256, kMd5, kFarmhash };

/// \brief What a LanceDBMetadataStore uses when nothing else is said.
inline constexpr HashAlgorithm kDefaultHashAlgorithm = HashAlgorithm::kXxhash32;

/// \brief The shortest `hash_truncation_length`, and its default.
inline constexpr int kMinHashTruncationLength = 8;

/// \brief The name in configuration files: "xxhash32", "sha256", ...
METAXY_EXPORT std::string_view HashAlgorithmName(HashAlgorithm algorithm);

/// \brief The algorithm of a name. HashAlgorithmNotSupported, listing the known ones, if there is
/// none.
METAXY_EXPORT arrow::Result<HashAlgorithm> ParseHashAlgorithm(std::string_view name);

}  // namespace metaxy
