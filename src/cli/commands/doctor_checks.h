// Health checks of `metaxy doctor`, one row each.
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

/// \brief A finding of a check.
struct Finding {
  enum class Level { kHint, kProblem };

  Level level;
  std::string subject;  ///< A table, a store.
  std::string text;     ///< What is so.
  std::string remedy;   ///< The remedy.
};

/// \brief The report of a check. Without findings there are no problems.
struct CheckReport {
  std::vector<Finding> findings = {};
  /// Statistics for JSON; an object.
  Json details = Json::Object{};
  /// Human-readable statistics: whole lines.
  std::string text = {};
};

/// \brief The context of checks.
struct DoctorContext {
  Context& context;
  const Project& project;
  std::string store_name;
  MetadataStore& store;  ///< Closed until the first check opens it.
  bool write = false;    ///< Whether to test writing, too.
  bool repair = false;   ///< Whether to repair unreadable tables.
};

/// \brief A check. If it fails, or finds a problem, the following checks are skipped.
struct DoctorCheck {
  const char* name;
  const char* title;
  arrow::Result<CheckReport> (*run)(DoctorContext& doctor);
  ExitCode problem;  ///< The program's exit code if the check finds a problem.
};

/// \brief All checks in the order in which they run: each relies on the previous ones.
const std::vector<DoctorCheck>& DoctorChecks();

// The checks, one file each.
/// Opens the store.
arrow::Result<CheckReport> CheckConnection(DoctorContext& doctor);
arrow::Result<CheckReport> CheckTables(DoctorContext& doctor);
arrow::Result<CheckReport> CheckSnapshots(DoctorContext& doctor);
/// Finds no problem: answers do not depend on the cache.
arrow::Result<CheckReport> CheckCache(DoctorContext& doctor);

}  // namespace metaxy::cli
