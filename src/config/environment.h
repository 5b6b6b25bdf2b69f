// METAXY_* variables -> configuration values, by the rules of pydantic-settings, which the
// reference uses: names without regard to case, "__" between the keys of nested values, JSON for
// what is no plain value.
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

/// \brief The variables of this process.
Environment ProcessEnvironment();

/// \brief The value of a variable; the last one if it is given twice.
std::optional<std::string> FindVariable(const Environment& environment, std::string_view name);

/// \brief What the environment says about the keys of the configuration, as a table of the file's
/// shape. InvalidConfig, naming the variable but not its value, if JSON is needed and is not there.
arrow::Result<SourceValue> ReadEnvironment(const Environment& environment);

/// \brief Replaces `${NAME}` and `${NAME:-default}` in all texts of `value`; a variable that is not
/// set gives nothing.
void ExpandVariables(const Environment& environment, SourceValue* value);

/// \brief Sets what `update` says on top of `*base`, table by table; everything else is replaced.
void DeepUpdate(SourceValue update, SourceValue* base);

}  // namespace metaxy::internal
