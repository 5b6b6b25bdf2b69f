#include "versioning/resolve/dependency_rows.h"

#include <algorithm>

#include "filter/filter_parser.h"

namespace metaxy::internal {
namespace {

arrow::Result<std::vector<std::string>> StoredNames(const DependencyColumns& columns,
                                                    const std::vector<std::string>& names) {
  std::vector<std::string> stored;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(stored.emplace_back(), columns.StoredName(name));
  }
  return stored;
}

// The order of rows within a group: by the parent's id columns. Those that `select` omits come
// last, so that the order is defined even where the reference's is not.
std::vector<std::string> OrderColumns(const DependencyColumns& columns) {
  std::vector<std::string> order = columns.parent().id_columns;
  std::stable_partition(order.begin(), order.end(), [&](const std::string& id) {
    return std::any_of(
        columns.output().begin(), columns.output().end(),
        [&](const DependencyColumns::Column& column) { return column.stored == id; });
  });
  return order;
}

}  // namespace

arrow::Result<RowsRequest> DependencyRequest(const FeaturePlan& plan,
                                             const DependencyColumns& columns,
                                             const DependencyInput& input,
                                             const std::vector<FieldKey>& fields, RowValue value) {
  const FeatureDep& dep = columns.dep();
  RowsRequest request{.table = input.table};
  request.id_columns = columns.parent().id_columns;
  request.feature_version = input.feature_version;
  request.filters = input.filters;
  ARROW_ASSIGN_OR_RAISE(
      request.renamed_filters,
      ParseFiltersIn(FilterGrammar::kReference, dep.filters.value_or(std::vector<std::string>{})));
  for (const DependencyColumns::Column& column : columns.visible())
    request.renames.emplace_back(column.stored, column.renamed);
  ARROW_ASSIGN_OR_RAISE(request.join_columns, StoredNames(columns, plan.join_columns()));
  request.value = value;
  if (value == RowValue::kNothing) return request;
  request.fields = fields;
  if (dep.lineage.type == LineageRelationship::Type::kAggregation) {
    ARROW_ASSIGN_OR_RAISE(request.group_columns, StoredNames(columns, plan.InputIdColumns(dep)));
    request.order_columns = OrderColumns(columns);
  }
  return request;
}

}  // namespace metaxy::internal
