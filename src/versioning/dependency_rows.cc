#include "versioning/dependency_rows.h"

#include <algorithm>
#include <set>

#include "filter/evaluate.h"
#include "metaxy/filter.h"
#include "metaxy/system_columns.h"
#include "versioning/aggregation.h"

namespace metaxy::internal {
namespace {

// Stored names of everything that decides about the rows of the dependency.
arrow::Result<NarrowRowsRequest> NarrowRequest(
    const FeaturePlan& plan, const DependencyColumns& columns, const DependencyInput& input,
    const std::vector<FieldKey>& fields,
    const std::vector<arrow::compute::Expression>& dep_filters) {
  NarrowRowsRequest request;
  request.id_columns = columns.parent().id_columns;
  request.feature_version = input.feature_version;
  request.filters = input.filters;
  std::set<std::string> needed;
  for (const std::string& name : plan.join_columns()) {
    ARROW_ASSIGN_OR_RAISE(std::string stored, columns.StoredName(name));
    needed.insert(std::move(stored));
  }
  if (columns.dep().lineage.type == LineageRelationship::Type::kAggregation) {
    for (const std::string& name : plan.InputIdColumns(columns.dep())) {
      ARROW_ASSIGN_OR_RAISE(std::string stored, columns.StoredName(name));
      needed.insert(std::move(stored));
    }
  }
  for (const auto& filter : dep_filters) {
    for (const std::string& name : ReferencedColumns(filter)) {
      // A name that does not exist is for the evaluation of the filter to report.
      if (const auto stored = columns.StoredName(name); stored.ok()) needed.insert(*stored);
    }
  }
  for (const std::string& name : needed) request.columns.push_back({name});
  for (const FieldKey& field : fields) {
    request.columns.push_back({std::string(kDataVersionByField), field.ToStructKey()});
  }
  return request;
}

arrow::Result<NarrowRows> ApplyFilters(NarrowRows rows, const DependencyColumns& columns,
                                       const std::vector<arrow::compute::Expression>& filters) {
  if (filters.empty()) return rows;
  std::vector<std::string> stored = rows.columns->schema()->field_names();
  std::vector<std::string> renamed = stored;
  for (std::string& name : renamed) {
    for (const DependencyColumns::Column& column : columns.visible()) {
      if (column.stored == name) {
        name = column.renamed;
        break;
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(rows.columns, rows.columns->RenameColumns(renamed));
  for (const auto& filter : filters) {
    ARROW_ASSIGN_OR_RAISE(rows, FilterRows(std::move(rows), filter));
  }
  ARROW_ASSIGN_OR_RAISE(rows.columns, rows.columns->RenameColumns(stored));
  return rows;
}

arrow::Result<KeyColumns> KeysOf(const NarrowRows& rows, const DependencyColumns& columns,
                                 const std::vector<std::string>& names) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(const std::string stored, columns.StoredName(name));
    arrays.push_back(rows.column(stored));
  }
  return KeyColumns::Make(std::move(arrays), names);
}

// The order of rows within a group: by the parent's id columns. Those that `select` leaves out come
// last, so that the order is defined even where the reference's is not.
std::vector<std::string> OrderColumns(const DependencyColumns& columns) {
  std::vector<std::string> selected;
  std::vector<std::string> others;
  for (const std::string& id : columns.parent().id_columns) {
    const bool in_output =
        std::any_of(columns.output().begin(), columns.output().end(),
                    [&](const DependencyColumns::Column& column) { return column.stored == id; });
    (in_output ? selected : others).push_back(id);
  }
  selected.insert(selected.end(), others.begin(), others.end());
  return selected;
}

arrow::Status Aggregate(const FeaturePlan& plan, const RowHasher& hasher,
                        DependencyRows* dependency) {
  ARROW_ASSIGN_OR_RAISE(const KeyColumns groups,
                        KeysOf(dependency->rows, dependency->columns,
                               plan.InputIdColumns(dependency->columns.dep())));
  const std::vector<std::string> order = OrderColumns(dependency->columns);
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::string& stored : order) arrays.push_back(dependency->rows.column(stored));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns order_keys, KeyColumns::Make(std::move(arrays), order));
  ARROW_ASSIGN_OR_RAISE(const RowGroups row_groups, RowGroups::Make(groups, order_keys));
  for (auto& [field, versions] : dependency->versions) {
    ARROW_ASSIGN_OR_RAISE(versions, row_groups.HashOfGroups(versions, hasher));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<DependencyRows> ReadDependency(const FeaturePlan& plan, const FeatureDep& dep,
                                             const DependencyInput& input,
                                             const std::vector<FieldKey>& fields,
                                             const RowHasher& hasher, int64_t batch_size,
                                             const arrow::StopToken& stop_token) {
  ARROW_ASSIGN_OR_RAISE(auto dep_filters,
                        ParseFilters(dep.filters.value_or(std::vector<std::string>{})));
  ARROW_ASSIGN_OR_RAISE(DependencyColumns columns,
                        DependencyColumns::Make(plan, dep, input.table->schema()));
  ARROW_ASSIGN_OR_RAISE(NarrowRowsRequest request,
                        NarrowRequest(plan, columns, input, fields, dep_filters));
  request.batch_size = batch_size;
  request.stop_token = stop_token;
  ARROW_ASSIGN_OR_RAISE(NarrowRows rows, ReadNarrowRows(input.table, request));
  ARROW_ASSIGN_OR_RAISE(rows, ApplyFilters(std::move(rows), columns, dep_filters));

  DependencyRows result{std::move(columns), std::move(rows), {}, {}};
  ARROW_ASSIGN_OR_RAISE(result.join_keys, KeysOf(result.rows, result.columns, plan.join_columns()));
  std::shared_ptr<arrow::Array> by_field = result.rows.column(std::string(kDataVersionByField));
  if (!by_field) {
    // No member that is needed was ever stored.
    ARROW_ASSIGN_OR_RAISE(by_field,
                          arrow::MakeArrayOfNull(arrow::struct_({}), result.rows.num_rows()));
  }
  for (const FieldKey& field : fields) {
    ARROW_ASSIGN_OR_RAISE(VersionTexts versions,
                          VersionTexts::Extract(by_field, field.ToStructKey()));
    result.versions.emplace(field, std::move(versions));
  }
  if (dep.lineage.type == LineageRelationship::Type::kAggregation) {
    ARROW_RETURN_NOT_OK(Aggregate(plan, hasher, &result));
  }
  return result;
}

}  // namespace metaxy::internal
