// `[ext.cpp]`: what only this implementation understands, and Python leaves alone.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/config_fields.h"
#include "config/source_value.h"

namespace metaxy::internal {

inline constexpr std::string_view kExtCpp = "cpp";

/// \brief Checks the keys and types of `[ext.cpp]`. Warns of what is known but has no effect.
arrow::Status CheckExtCpp(const SourceValue& table, const Warn& warn);

/// \brief Bytes out of `memory_limit`: a number, or a text such as "2GiB". InvalidConfig, with the
/// place, for all else.
arrow::Result<int64_t> ReadMemoryLimit(const SourceValue& value, std::string_view name);

/// \brief The keys of `[stores.NAME.config]` of a LanceDB store.
std::vector<std::string> LanceDBConfigKeys();

}  // namespace metaxy::internal
