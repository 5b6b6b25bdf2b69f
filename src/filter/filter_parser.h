// Parsing of filters in a grammar of choice, and with lists that are read from files.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_export.h"
#include "filter/token_reader.h"

namespace metaxy::internal {

/// \brief The lines of the file after `IN @`. A library that reads files because a string says so
/// would be a trap, so only the command line passes one.
using ListReader = std::function<arrow::Result<std::vector<std::string>>(const std::string& path)>;

/// \brief ParseFilter() in one of the grammars. FilterParse; with `IN @path` also what `read_list`
/// returns, and InvalidInput without one.
METAXY_PROGRAM_EXPORT arrow::Result<arrow::compute::Expression> ParseFilterIn(
    FilterGrammar grammar, std::string_view text, const ListReader& read_list = nullptr);

/// \brief The same for several filters, all of which must hold.
METAXY_PROGRAM_EXPORT arrow::Result<std::vector<arrow::compute::Expression>> ParseFiltersIn(
    FilterGrammar grammar, const std::vector<std::string>& texts,
    const ListReader& read_list = nullptr);

}  // namespace metaxy::internal
