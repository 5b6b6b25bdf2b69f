// What `metaxy doctor` looks at: a list of checks, each a row.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief Something that a check has found.
struct Finding {
  enum class Level { kHint, kProblem };

  Level level;
  std::string subject;  ///< A table, a store.
  std::string text;     ///< What is so.
  std::string remedy;   ///< What to do about it.
};

/// \brief What a check has to say. Without findings all is well.
struct CheckReport {
  std::vector<Finding> findings = {};
  /// Figures for JSON; an object.
  Json details = Json::Object{};
  /// Figures for people: whole lines.
  std::string text = {};
};

/// \brief What checks look at.
struct DoctorContext {
  Context& context;
  const Project& project;
  std::string store_name;
  MetadataStore& store;  ///< Closed until the first check opens it.
  bool write = false;    ///< Whether to try to write, too.
  bool repair = false;   ///< Whether to make tables readable that are not.
};

/// \brief A check. If it fails, or finds a problem, the checks after it are left out.
struct DoctorCheck {
  const char* name;
  const char* title;
  arrow::Result<CheckReport> (*run)(DoctorContext& doctor);
  ExitCode problem;  ///< What the program exits with if the check finds a problem.
};

/// \brief All checks in the order in which they run: each relies on those before it.
const std::vector<DoctorCheck>& DoctorChecks();

// The checks, one file each.
/// Opens the store.
arrow::Result<CheckReport> CheckConnection(DoctorContext& doctor);
arrow::Result<CheckReport> CheckTables(DoctorContext& doctor);

}  // namespace metaxy::cli
