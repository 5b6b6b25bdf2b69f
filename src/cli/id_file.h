// Filters of the command line, whose lists may be files: id IN @ids.txt.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <string>
#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

/// \brief The lines of a text file, also compressed, or of standard input for "-"; empty ones are
/// skipped. Fails as InputBytes; InvalidInput if it is not valid UTF-8.
arrow::Result<std::vector<std::string>> ReadIds(const std::string& path);

/// \brief One filter of the command line.
arrow::Result<arrow::compute::Expression> FilterOf(const std::string& text);

/// \brief The filters of an option.
arrow::Result<std::vector<arrow::compute::Expression>> FiltersOf(const Arguments& arguments,
                                                                 const std::string& option);

}  // namespace metaxy::cli
