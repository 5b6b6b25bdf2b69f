#include "metaxy/filter.h"

namespace metaxy {

arrow::Result<std::vector<arrow::compute::Expression>> Filters::Expressions() const {
  std::vector<arrow::compute::Expression> expressions;
  expressions.reserve(size());
  for (const Filter& filter : *this) {
    ARROW_ASSIGN_OR_RAISE(auto expression, filter.expression());
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

}  // namespace metaxy
