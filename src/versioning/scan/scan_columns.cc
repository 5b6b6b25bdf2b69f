#include "versioning/scan/scan_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::internal {
namespace {

arrow::Status RequireColumns(const arrow::Schema& schema, const RowsRequest& request) {
  std::vector<std::string> needed = request.id_columns;
  if (request.feature_version) needed.emplace_back(kFeatureVersion);
  for (const std::string& name : needed) {
    if (schema.GetFieldIndex(name) >= 0) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format("the stored table has no column '{}', which its feature needs; it has: {}",
                    name, fmt::join(schema.field_names(), ", ")));
  }
  return arrow::Status::OK();
}

// The error of a filter with an unknown column is about the columns of the table, not those that
// are scanned.
arrow::Status RequireKnownColumns(const std::shared_ptr<arrow::Schema>& schema,
                                  const std::vector<arrow::compute::Expression>& filters) {
  for (const auto& filter : filters) {
    const std::vector<std::string> names = ReferencedColumns(filter);
    const bool known = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return schema->GetFieldIndex(name) >= 0;
    });
    if (!known) ARROW_RETURN_NOT_OK(BoundFilter::Make(filter, schema));
  }
  return arrow::Status::OK();
}

// Each column once, members of a struct next to each other.
class ColumnList {
 public:
  explicit ColumnList(const arrow::Schema& schema) : schema_(schema) {}

  void Add(ColumnPath path) {
    const std::shared_ptr<arrow::Field> field = schema_.GetFieldByName(path.column);
    if (!field) return;
    if (!path.member.empty()) {
      // Only structs have members that can be read individually, and one written before a field
      // existed lacks its member.
      if (field->type()->id() != arrow::Type::STRUCT) {
        path.member.clear();
      } else if (static_cast<const arrow::StructType&>(*field->type()).GetFieldIndex(path.member) <
                 0) {
        return;
      }
    }
    for (const ColumnPath& known : paths_) {
      if (known == path || (known.column == path.column && known.member.empty())) return;
    }
    if (path.member.empty())
      std::erase_if(paths_, [&](const ColumnPath& p) { return p.column == path.column; });
    paths_.push_back(std::move(path));
  }

  void AddAll(const std::vector<std::string>& names) {
    for (const std::string& name : names) Add({name});
  }

  void AddReferenced(const std::vector<arrow::compute::Expression>& conditions) {
    for (const auto& condition : conditions) AddAll(ReferencedColumns(condition));
  }

  std::vector<ColumnPath> Finish() { return std::move(paths_); }

 private:
  const arrow::Schema& schema_;
  std::vector<ColumnPath> paths_;
};

std::vector<ColumnPath> ColumnsOf(const RowsRequest& request) {
  ColumnList columns(*request.table->schema());
  columns.AddAll(request.id_columns);
  columns.AddAll(request.join_columns);
  columns.AddAll(request.group_columns);
  columns.AddAll(request.order_columns);
  columns.AddReferenced(request.filters);
  columns.AddReferenced(request.predicates);
  for (const auto& filter : request.renamed_filters) {
    // A name that does not exist is reported by the evaluation of the filter.
    for (const std::string& name : ReferencedColumns(filter)) {
      for (const auto& [stored, renamed] : request.renames) {
        if (renamed == name) columns.Add({stored});
      }
    }
  }
  if (request.value == RowValue::kProvenance) columns.Add({std::string(kProvenance)});
  for (const FieldKey& field : request.fields)
    columns.Add({std::string(kDataVersionByField), field.ToStructKey()});
  if (!request.with_sample_history) columns.Add({std::string(kUpdatedAt)});
  if (!request.with_sample_history || !request.include_soft_deleted)
    columns.Add({std::string(kDeletedAt)});
  return columns.Finish();
}

}  // namespace

bool OnIdColumnsOnly(const arrow::compute::Expression& filter,
                     const std::vector<std::string>& id_columns) {
  const std::vector<std::string> names = ReferencedColumns(filter);
  for (const std::string& name : names) {
    if (std::find(id_columns.begin(), id_columns.end(), name) == id_columns.end()) return false;
  }
  return !names.empty();
}

arrow::Result<ScanRequest> NarrowScan(const RowsRequest& request) {
  ARROW_RETURN_NOT_OK(RequireColumns(*request.table->schema(), request));
  ARROW_RETURN_NOT_OK(RequireKnownColumns(request.table->schema(), request.filters));
  ScanRequest scan;
  scan.columns = ColumnsOf(request);
  if (const auto version = VersionFilter(request.feature_version)) scan.filters.push_back(*version);
  for (const auto& filter : request.filters) {
    if (OnIdColumnsOnly(filter, request.id_columns)) scan.filters.push_back(filter);
  }
  // Most rows have the requested version, other filters are expected to keep few.
  scan.eager = scan.filters.size() <= (request.feature_version ? 1 : 0);
  return scan;
}

}  // namespace metaxy::internal
