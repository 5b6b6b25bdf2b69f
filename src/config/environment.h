// Environment variables METAXY_* as configuration values, by the rules of pydantic-settings, which
// the reference uses: case-insensitive names, "__" between the keys of nested values, JSON for
// anything but plain values.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/source_value.h"

namespace metaxy::internal {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// \brief The environment variables of this process.
Environment ProcessEnvironment();

/// \brief The value of a variable; the last one if it occurs twice.
std::optional<std::string> FindVariable(const Environment& environment, std::string_view name);

/// \brief The configuration keys set by the environment, as a table with the shape of the file.
/// InvalidConfig, naming the variable but not its value, if JSON is required and invalid.
arrow::Result<SourceValue> ReadEnvironment(const Environment& environment);

/// \brief Replaces `${NAME}` and `${NAME:-default}` in all strings of `value`; an unset variable is
/// empty.
void ExpandVariables(const Environment& environment, SourceValue* value);

/// \brief Merges `update` into `*base`, table by table; everything else is replaced.
void DeepUpdate(SourceValue update, SourceValue* base);

}  // namespace metaxy::internal
