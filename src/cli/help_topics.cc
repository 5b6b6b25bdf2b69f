#include "cli/help_topics.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/exit_codes.h"
#include "cli/version_text.h"

namespace metaxy::cli {

namespace {

constexpr std::array kTopics = {
    HelpTopic{"filters", "the conditions of --filter, --global-filter, --stale-if"},
    HelpTopic{"exit-codes", "what a command exits with"},
    HelpTopic{"environment", "variables that the program looks at"},
    HelpTopic{"formats", "files that are read and written, and JSON"},
};

constexpr std::array kVariables = {
    VariableInfo{"METAXY_CONFIG", "the configuration file, if --config-file is not given"},
    VariableInfo{"METAXY_<KEY>",
                 "a key of the configuration, such as METAXY_STORE; keys of tables after two "
                 "underscores: METAXY_STORES__DEV__CONFIG__URI"},
    VariableInfo{"METAXY_<COMMAND>_<OPTION>",
                 "an option of a command, such as METAXY_METADATA_READ_STORE, or an option of all "
                 "commands, such as METAXY_VERBOSE; the command line takes precedence"},
    VariableInfo{"NO_COLOR", "no colours, if it is set to any value"},
    VariableInfo{"FORCE_COLOR",
                 "colours also where standard output is not a terminal, if it is set to any value "
                 "and NO_COLOR is not"},
    VariableInfo{"PAGER",
                 "the program that shows long output on a terminal (default: less); empty or cat "
                 "for none"},
    VariableInfo{"COLUMNS", "the width of tables"},
    VariableInfo{"TERM", "dumb: no colours and no pager"},
    VariableInfo{"XDG_CACHE_HOME",
                 "where resolves remember what they have found (default: ~/.cache)"},
};

constexpr std::array kFilters = {
    FilterInfo{"height >= 720", "comparisons: = != <> < <= > >=, of columns and values", true},
    FilterInfo{"codec = 'h264'", "strings in single quotes; '' for a quote", true},
    FilterInfo{"is_public", "a boolean column", true},
    FilterInfo{"height > 100 AND NOT (codec = 'vp9' OR is_public)", "AND, OR, NOT, parentheses",
               true},
    FilterInfo{"codec IS NOT NULL", "IS [NOT] NULL; = NULL means the same", true},
    FilterInfo{"codec IN ('h264', 'av1')", "[NOT] IN a list of values of one kind", true},
    FilterInfo{"\"frame rate\" > 24", "a name that is not a plain word, in double quotes", true},
    FilterInfo{"video_id IN @ids.txt",
               "values from a file, one per line, also compressed; @- is standard input, "
               "@'my ids.txt' a path with spaces",
               false},
    FilterInfo{"path LIKE 'raw/%.mp4'",
               "% for any characters, _ for one, \\% and \\_ for themselves; ILIKE ignores case",
               false},
    FilterInfo{"height BETWEEN 480 AND 1080", "both ends included; also NOT BETWEEN", false},
    FilterInfo{"recorded_on >= DATE '2026-01-31'", "a date", false},
    FilterInfo{"metaxy_created_at > TIMESTAMP '2026-01-31 12:00:00Z'",
               "a point in time: with Z or an offset (+01:00) for columns that have a time zone, "
               "without for others",
               false},
    FilterInfo{"camera.model = 'X100'", "a member of a struct, or the value of a map by its key",
               false},
    FilterInfo{"metaxy_data_version_by_field.audio = '3f2a77b1'", "the version of one field",
               false},
};

constexpr std::array kFormats = {
    FormatInfo{"Parquet", ".parquet .pq", "keeps all types"},
    FormatInfo{"Arrow IPC", ".arrow .ipc .feather", "files and streams; keeps all types"},
    FormatInfo{"JSON lines", ".jsonl .ndjson", "one object per line; strings stay strings"},
    FormatInfo{"CSV", ".csv", "commas, a header; an empty cell is null, \"\" an empty string"},
};

std::string Filters() {
  std::string text =
      "A filter is a condition on columns. Rows for which it is true are kept, not "
      "those for which\nit is null.\n\n";
  for (const bool everywhere : {true, false}) {
    if (!everywhere)
      text += "\nNot in the filters of definitions, which the Python package reads, too:\n\n";
    for (const FilterInfo& filter : kFilters) {
      if (filter.in_definitions == everywhere)
        text += fmt::format("  {}\n      {}\n", filter.example, filter.meaning);
    }
  }
  return text +
         "\n--filter is for the rows of the feature itself, --global-filter also for those of its "
         "parents,\n--feature-filter FEATURE:CONDITION for those of one feature. An option that is "
         "repeated must\nhold each time.\n";
}

std::string Codes() {
  std::string text;
  for (const ExitCodeInfo& code : ExitCodeTable()) {
    text += fmt::format("  {:<15} {}\n", code.code, code.meaning);
    if (code.remedy[0] != '\0') text += fmt::format("  {:<15} -> {}\n", "", code.remedy);
  }
  return text;
}

std::string Variables() {
  std::string text;
  for (const VariableInfo& variable : kVariables)
    text += fmt::format("  {}\n      {}\n", variable.name, variable.meaning);
  return text + "\nVariables are also read from the file .env in the working directory.\n";
}

std::string Formats() {
  std::string text =
      "Files of rows, by their extension, also with .gz or .zst when they are read:\n\n";
  for (const FormatInfo& format : kFormats)
    text += fmt::format("  {:<12} {:<22} {}\n", format.name, format.extensions, format.notes);
  return text + fmt::format(
                    "\n- is standard input or output. `metadata read --format csv` writes the same "
                    "bytes to standard\noutput.\n\nWith --format json, a command prints one JSON "
                    "value on standard output, and a failure as\n{{\"error\": CODE, \"message\": "
                    "TEXT}}. The shapes are documented in docs/reference/json.md; this is\nversion "
                    "{} of them, which `metaxy --version --format json` prints, too.\n",
                    kJsonShapes);
}

}  // namespace

std::span<const HelpTopic> HelpTopics() { return kTopics; }

std::span<const VariableInfo> VariableTable() { return kVariables; }

std::span<const FilterInfo> FilterTable() { return kFilters; }

std::span<const FormatInfo> FormatTable() { return kFormats; }

std::optional<std::string> TopicText(std::string_view name) {
  if (name == "filters") return Filters();
  if (name == "exit-codes") return Codes();
  if (name == "environment") return Variables();
  if (name == "formats") return Formats();
  return std::nullopt;
}

}  // namespace metaxy::cli
