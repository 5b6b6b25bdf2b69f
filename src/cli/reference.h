// Reference pages of the documentation, made of the tables of the program.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

/// \brief The names of the pages: docs/reference/NAME.md.
std::span<const char* const> ReferencePageNames();

/// \brief A page in Markdown; `std::nullopt` if there is none of this name.
std::optional<std::string> ReferencePage(std::string_view name,
                                         const std::vector<CommandSpec>& commands);

/// \brief A column that metaxy adds to the tables of features.
struct SystemColumnInfo {
  const char* name;
  const char* type;  ///< As Arrow prints it.
  const char* contents;
  const char* written_by;
};

/// \brief Those of kSystemColumns, in their order.
std::span<const SystemColumnInfo> SystemColumnTable();

}  // namespace metaxy::cli
