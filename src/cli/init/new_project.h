// New projects: their files, made of templates, and what to do next.
#pragma once

#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief What a project is to be made of.
struct ProjectRequest {
  std::string directory = ".";
  std::string name = {};  ///< of the project
  /// A folder of files, or a table; the example of the quickstart if absent.
  std::optional<std::string> from = std::nullopt;
  std::vector<std::string> id_columns = {};  ///< of a table; found if empty
};

/// \brief A project that is not written yet.
struct NewProject {
  /// Names and contents.
  std::vector<std::pair<std::string, std::string>> files;
  /// What was found out about the data, a line each.
  std::vector<std::string> notes = {};
  /// Commands for the user, in the project's directory, and comments between them.
  std::vector<std::string> next;
};

/// \brief The example project.
NewProject ExampleProject(const ProjectRequest& request);
/// \brief A project for the folder `*request.from`. InvalidInput if there are no files in it, or if
/// the project would lie in it itself.
arrow::Result<NewProject> FolderProject(const ProjectRequest& request);
/// \brief A project for the rows of the file `*request.from`. InvalidInput if it cannot be read, or
/// if no column identifies its rows.
arrow::Result<NewProject> TableProject(const ProjectRequest& request, arrow::StopToken stop);

/// \brief Asks on the terminal what there is. InvalidInput if the questions are not answered.
arrow::Result<ProjectRequest> AskWhatThereIs(Output* output);

// For the projects above.

/// \brief A part of a feature key, made of a file's name: small letters, digits and underscores.
std::string KeyPartOf(std::string_view name);
/// \brief A quoted string of TOML.
std::string TomlString(std::string_view text);
/// \brief metaxy.toml for a project of this name.
std::string ConfigFor(const std::string& project);
/// \brief How a shell names `path` in the project's directory: an absolute path stays one.
std::string ShellPath(const std::filesystem::path& path, const std::filesystem::path& directory);

}  // namespace metaxy::cli
