// A condition as one line of text, in the format of capture_filters.py.
#pragma once

#include <arrow/compute/expression.h>

#include <string>

namespace metaxy::internal {

/// \brief For example `(and (= c:"a" 1) (not (null c:"b")) (in c:"s" s:"x" null))`. Conjunctions
/// and disjunctions are flat; doubles are written in hexadecimal after `f:`.
std::string NormalForm(const arrow::compute::Expression& condition);

}  // namespace metaxy::internal
