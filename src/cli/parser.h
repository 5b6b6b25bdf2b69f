// Command line parser; the one place that knows the command line library.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"

namespace metaxy::cli {

/// \brief Options that may be given before or after any command.
struct GlobalOptions {
  std::optional<std::string> config_file = std::nullopt;
  std::optional<std::string> project = std::nullopt;
  bool all_projects = false;
  bool sync = false;
  bool locked = false;
  bool log = false;  ///< --verbose
  OutputSettings output = {};
  /// Whether --locked is given on the command line itself, not only in the environment.
  bool locked_is_given = false;
};

/// \brief Commands grouped under a common word, such as "metadata".
struct CommandGroup {
  const char* name;
  const char* summary;
};

std::span<const CommandGroup> CommandGroups();

/// \brief The table of GlobalOptions.
const std::vector<OptionSpec>& GlobalOptionSpecs();

struct ParsedCommand {
  GlobalOptions globals;
  const CommandSpec* command = nullptr;  ///< Null if there is nothing to run.
  Arguments arguments;
  std::string text;   ///< For stdout: help, or the version.
  std::string error;  ///< The error in the command line; empty if there is none.
  /// Whether `--format json` is given, as far as this can be determined after an error.
  bool json = false;
  bool version = false;  ///< --version is given.
};

/// \brief What a command line says about colours, even if it is invalid as a whole.
ColorMode ColorModeOf(const std::vector<std::string>& arguments);

/// \brief Parses the command line. Options that are not given come from METAXY_* variables:
/// METAXY_SYNC for `--sync`, METAXY_METADATA_READ_STORE for `metadata read --store`.
ParsedCommand ParseCommandLine(const std::vector<CommandSpec>& commands,
                               std::vector<std::string> arguments,
                               const std::function<const char*(const char*)>& getenv);

}  // namespace metaxy::cli
