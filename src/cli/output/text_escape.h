// Texts inside JSON and CSV.
#pragma once

#include <string_view>

#include "cli/output/text_buffer.h"

namespace metaxy::cli {

/// \brief `text` in quotes, with what JSON does not allow in them escaped; the same characters as
/// Json::DumpCompact() escapes. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonText(std::string_view text, TextBuffer* out);

/// \brief `text` as it is, but for bytes that are not UTF-8, which become U+FFFD.
void AppendPlainText(std::string_view text, TextBuffer* out);

/// \brief Puts what was appended after `begin` into quotes as CSV wants it.
void QuoteForCsv(size_t begin, TextBuffer* out);

}  // namespace metaxy::cli
