// Output of table statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "metaxy/json.h"
#include "metaxy/maintenance.h"

namespace metaxy::cli {

/// \brief All statistics by name; null for what the store does not report.
Json StatisticsToJson(const TableStatistics& statistics);

/// \brief A number, or "-" if absent.
std::string NumberText(const std::optional<int64_t>& number);
/// \brief A size such as "3.9 KiB", or "-" if absent.
std::string SizeText(const std::optional<int64_t>& bytes);

/// \brief All files of a table, or those of its latest version if others are not visible.
std::optional<int64_t> FilesOf(const TableStatistics& statistics);
std::optional<int64_t> BytesOf(const TableStatistics& statistics);

}  // namespace metaxy::cli
