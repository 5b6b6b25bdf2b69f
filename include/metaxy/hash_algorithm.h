// The hash functions for the versions of rows.
#pragma once

#include <arrow/result.h>

#include <string_view>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Mirrors metaxy.HashAlgorithm. All stores of a chain use the same one.
enum class HashAlgorithm { kXxh3_64, kXxhash64, kXxhash32, kWyhash, kSha256, kMd5, kFarmhash };

/// \brief The default of a LanceDBMetadataStore.
inline constexpr HashAlgorithm kDefaultHashAlgorithm = HashAlgorithm::kXxhash32;

/// \brief The shortest `hash_truncation_length`, and its default.
inline constexpr int kMinHashTruncationLength = 8;

/// \brief The name in configuration files: "xxhash32", "sha256", ...
METAXY_EXPORT std::string_view HashAlgorithmName(HashAlgorithm algorithm);

/// \brief The algorithm with this name. HashAlgorithmNotSupported, listing the known ones, if there
/// is none.
METAXY_EXPORT arrow::Result<HashAlgorithm> ParseHashAlgorithm(std::string_view name);

}  // namespace metaxy
