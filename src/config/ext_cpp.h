// `[ext.cpp]`: settings specific to this implementation, which Python ignores.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/config_fields.h"
#include "config/source_value.h"
#include "metaxy/delta.h"
#include "metaxy/store_options.h"

namespace metaxy::internal {

inline constexpr std::string_view kExtCpp = "cpp";

/// \brief Validates the keys and values of `[ext.cpp]`.
arrow::Status CheckExtCpp(const SourceValue& table);

/// \brief Bytes from `memory_limit`: a number, or a string such as "2GiB". InvalidConfig, with the
/// location, otherwise.
arrow::Result<int64_t> ReadMemoryLimit(const SourceValue& value, std::string_view name);

/// \brief `fallback`: "feature" or "overlay". InvalidConfig, with the location, otherwise.
arrow::Result<FallbackMode> ReadFallbackMode(const SourceValue& value, std::string_view name);

/// \brief The value of `delta`: "auto", "off" or "verify". InvalidConfig, with the location,
/// otherwise.
arrow::Result<DeltaMode> ReadDeltaMode(const SourceValue& value, std::string_view name);

/// \brief The keys of `[stores.NAME.config]` of a LanceDB store.
std::vector<std::string> LanceDBConfigKeys();

}  // namespace metaxy::internal
