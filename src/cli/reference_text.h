// Text of reference pages: wrapping, tables.
#pragma once

#include <string>
#include <string_view>

namespace metaxy::cli {

inline constexpr const char* kGenerated =
    "<!-- Written by tools/reference_pages.sh from the tables of the program; a test compares. "
    "-->\n\n";

/// \brief Prose, wrapped at 120 columns, with a line break at the end; code spans and links stay
/// whole.
std::string Wrapped(std::string_view text, size_t indent = 0);

/// \brief A text as it may stand in a cell of a table: on one line, without a bare | or *.
std::string TableText(std::string_view text);

std::string SystemColumnsPage();
std::string ConfigurationPage();

}  // namespace metaxy::cli
