// Configuration keys: one row each, with how to check, read and show it.
#pragma once

#include <arrow/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/source_value.h"
#include "metaxy/config.h"

namespace metaxy::internal {

struct ConfigField {
  enum class Kind {
    kPlain,   ///< A string, a number or a boolean: the variable's string is the value.
    kList,    ///< The variable's string is JSON.
    kStores,  ///< The table of stores.
    kExt,     ///< The table of extensions.
  };

  std::string_view name;
  Kind kind;
  /// Validates the value and stores it in the configuration.
  arrow::Status (*read)(const SourceValue& value, const Log& log, MetaxyConfig* config);
  Json (*write)(const MetaxyConfig& config);
};

/// \brief All keys, in the order in which the reference prints them.
const std::vector<ConfigField>& ConfigFields();

}  // namespace metaxy::internal
