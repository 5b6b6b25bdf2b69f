#include "metaxy/errors.h"
#include "metaxy/filter.h"

namespace metaxy {

Filter::Filter(const char* text)
    : expression_(text != nullptr
                      ? ParseFilter(text)
                      : MakeError(ErrorCode::kInvalidInput, "a filter is a null pointer")) {}

arrow::Result<std::vector<arrow::compute::Expression>> Filters::Expressions() const {
  std::vector<arrow::compute::Expression> expressions;
  expressions.reserve(size());
  for (const Filter& filter : *this) {
    ARROW_ASSIGN_OR_RAISE(auto expression, filter.expression());
    if (!expression.is_valid()) {
      return MakeError(ErrorCode::kInvalidInput,
                       "a filter is an empty Arrow expression; pass a non-empty one");
    }
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

}  // namespace metaxy
