// Help on topics that concern several commands: `metaxy help filters`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace metaxy::cli {

struct HelpTopic {
  const char* name;
  const char* summary;
};

std::span<const HelpTopic> HelpTopics();

/// \brief The text of a topic; `std::nullopt` if there is none of this name.
std::optional<std::string> TopicText(std::string_view name);

/// \brief A variable of the environment that the program looks at.
struct VariableInfo {
  const char* name;
  const char* meaning;
};

std::span<const VariableInfo> VariableTable();

/// \brief A kind of condition in a filter.
struct FilterInfo {
  const char* example;
  const char* meaning;
  bool in_definitions;  ///< Whether the Python package reads it, so that definitions may have it.
};

std::span<const FilterInfo> FilterTable();

/// \brief A format of files of rows.
struct FormatInfo {
  const char* name;
  const char* extensions;
  const char* notes;
};

std::span<const FormatInfo> FormatTable();

}  // namespace metaxy::cli
