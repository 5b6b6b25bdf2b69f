// Figures of tables, as they are printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "metaxy/json.h"
#include "metaxy/maintenance.h"

namespace metaxy::cli {

/// \brief All figures by their names; null for what the store does not tell.
Json FiguresToJson(const TableStatistics& figures);

/// \brief A number, or "-" for none.
std::string NumberText(const std::optional<int64_t>& number);
/// \brief A size such as "3.9 KiB", or "-" for none.
std::string SizeText(const std::optional<int64_t>& bytes);

/// \brief All files of a table, or those of its latest version where no others can be seen.
std::optional<int64_t> FilesOf(const TableStatistics& figures);
std::optional<int64_t> BytesOf(const TableStatistics& figures);

}  // namespace metaxy::cli
