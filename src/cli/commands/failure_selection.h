// Selection of failures on the command line, for `metadata failures` and `metadata retry`.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "metaxy/project.h"

namespace metaxy::cli {

/// \brief `FEATURE...`, `--all-features`, `--kind` and `--filter`.
std::vector<OptionSpec> FailureSelectionOptions();

/// \brief The selected failures. If features are invalid, or unknown although nothing is recorded
/// of them, reports this and sets `refused` to the exit code. Without features: all of the store if
/// `all_by_default`, else refused.
arrow::Result<FailureSelection> SelectFailures(Context& context, const Arguments& arguments,
                                               const Project& project, MetadataStore& store,
                                               bool all_by_default, std::optional<int>* refused);

}  // namespace metaxy::cli
