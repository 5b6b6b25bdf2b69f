// Escaping of strings in JSON and CSV.
#pragma once

#include <string_view>

#include "cli/output/text_buffer.h"

namespace metaxy::cli {

/// \brief `text` in quotes, with everything escaped that JSON does not allow; the same characters
/// as Json::DumpCompact() escapes. Invalid UTF-8 bytes become U+FFFD.
void AppendJsonText(std::string_view text, TextBuffer* out);

/// \brief `text` verbatim, except that invalid UTF-8 bytes become U+FFFD.
void AppendPlainText(std::string_view text, TextBuffer* out);

/// \brief Quotes what was appended after `begin`, as CSV requires.
void QuoteForCsv(size_t begin, TextBuffer* out);

}  // namespace metaxy::cli
