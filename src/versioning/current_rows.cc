#include "versioning/current_rows.h"

#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>

#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/row_index.h"

namespace metaxy::internal {
namespace {

// The reference shows this column of its own in orphaned rows.
constexpr const char* kStaleByPredicate = "__stale_by_predicate";

bool IsExpanded(const FeaturePlan& plan) {
  const auto& deps = plan.feature().deps;
  return std::any_of(deps.begin(), deps.end(), [](const FeatureDep& dep) {
    return dep.lineage.type == LineageRelationship::Type::kExpansion;
  });
}

// A row per group, in each column the group's first value that is not null.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> FirstValues(
    const arrow::RecordBatch& rows, std::span<const std::vector<uint32_t>> groups) {
  arrow::ArrayVector columns;
  for (const auto& column : rows.columns()) {
    arrow::UInt32Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(groups.size())));
    for (const std::vector<uint32_t>& group : groups) {
      const auto first = std::find_if(group.begin(), group.end(),
                                      [&](uint32_t row) { return column->IsValid(row); });
      indices.UnsafeAppend(first == group.end() ? group.front() : *first);
    }
    ARROW_ASSIGN_OR_RAISE(auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(column, index_array));
    columns.push_back(taken.make_array());
  }
  return arrow::RecordBatch::Make(rows.schema(), static_cast<int64_t>(groups.size()),
                                  std::move(columns));
}

arrow::Result<KeyColumns> KeysOf(const arrow::RecordBatch& rows,
                                 const std::vector<std::string>& names) {
  arrow::ArrayVector arrays;
  for (const std::string& name : names) {
    arrays.push_back(rows.GetColumnByName(name));
    if (arrays.back()) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table has no column '{}', by which its rows are "
                                 "matched with their parents; "
                                 "keep it when you write",
                                 name));
  }
  return KeyColumns::Make(std::move(arrays), names);
}

}  // namespace

arrow::Status CurrentRows::Collapse(const std::vector<std::string>& join_columns) {
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeysOf(*rows_.columns, join_columns));
  ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(keys, /*skip_nulls=*/false));
  for (uint32_t first : index.first_rows()) {
    std::vector<uint32_t>& group = siblings_.emplace_back();
    for (uint32_t row = first; row != kNoRow; row = index.Next(row)) group.push_back(row);
    // Of siblings the one whose sample was written first comes first, even if it has been rewritten
    // since.
    if (!rows_.first_seen.empty()) {
      std::sort(group.begin(), group.end(),
                [&](uint32_t a, uint32_t b) { return rows_.first_seen[a] < rows_.first_seen[b]; });
    }
  }
  ARROW_ASSIGN_OR_RAISE(compared_, FirstValues(*rows_.columns, siblings_));
  // Like the reference the collapsed rows show the join columns first.
  arrow::FieldVector fields;
  for (const std::string& name : join_columns) fields.push_back(schema_->GetFieldByName(name));
  for (const auto& field : schema_->fields()) {
    if (std::find(join_columns.begin(), join_columns.end(), field->name()) == join_columns.end())
      fields.push_back(field);
  }
  schema_ = arrow::schema(std::move(fields));
  return arrow::Status::OK();
}

arrow::Status CurrentRows::ApplyPredicates(
    const std::vector<arrow::compute::Expression>& predicates) {
  if (predicates.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(forced_stale_, EvaluateFilter(arrow::compute::or_(predicates), *compared_));
  ARROW_ASSIGN_OR_RAISE(
      schema_,
      schema_->AddField(schema_->num_fields(), arrow::field(kStaleByPredicate, arrow::boolean())));
  return arrow::Status::OK();
}

arrow::Result<std::unique_ptr<CurrentRows>> CurrentRows::Read(
    const FeaturePlan& plan, std::shared_ptr<const TableSnapshot> table, const Request& request) {
  auto current = std::make_unique<CurrentRows>();
  const std::vector<std::string> join_columns = plan.join_columns();
  NarrowRowsRequest narrow;
  narrow.id_columns = plan.feature().id_columns;
  for (const std::string& name : join_columns) narrow.columns.push_back({name});
  narrow.columns.push_back({std::string(kProvenance)});
  for (const auto& predicate : request.staleness_predicates) {
    for (const std::string& name : ReferencedColumns(predicate)) narrow.columns.push_back({name});
  }
  narrow.feature_version = request.feature_version;
  narrow.filters = request.filters;
  narrow.batch_size = request.batch_size;
  narrow.stop_token = request.stop_token;
  ARROW_ASSIGN_OR_RAISE(current->rows_, ReadNarrowRows(std::move(table), narrow));
  current->schema_ = current->rows_.table->schema();
  current->compared_ = current->rows_.columns;
  if (IsExpanded(plan)) ARROW_RETURN_NOT_OK(current->Collapse(join_columns));

  ARROW_ASSIGN_OR_RAISE(current->keys_, KeysOf(*current->compared_, join_columns));
  const auto provenance = current->compared_->GetColumnByName(std::string(kProvenance));
  if (!provenance) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table of '{}' has no column '{}', which every write "
                                 "adds; it was not written "
                                 "by metaxy",
                                 plan.feature().key.ToString(), kProvenance));
  }
  ARROW_ASSIGN_OR_RAISE(current->provenance_,
                        VersionTexts::FromArray(provenance, std::string(kProvenance)));
  ARROW_RETURN_NOT_OK(current->ApplyPredicates(request.staleness_predicates));
  return current;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> CurrentRows::Materialize(
    std::span<const uint32_t> rows) const {
  std::vector<uint32_t> wanted;
  for (uint32_t row : rows) {
    if (siblings_.empty()) {
      wanted.push_back(row);
    } else {
      wanted.insert(wanted.end(), siblings_[row].begin(), siblings_[row].end());
    }
  }
  std::sort(wanted.begin(), wanted.end());
  std::vector<uint64_t> row_ids;
  row_ids.reserve(wanted.size());
  for (uint32_t position : wanted) row_ids.push_back(rows_.row_ids[position]);
  std::vector<std::string> columns = schema_->field_names();
  if (forced_stale_) columns.pop_back();
  ARROW_ASSIGN_OR_RAISE(auto batch, rows_.table->Take(row_ids, columns));
  if (!siblings_.empty()) {
    std::vector<std::vector<uint32_t>> groups;
    for (uint32_t row : rows) {
      std::vector<uint32_t>& group = groups.emplace_back();
      for (uint32_t position : siblings_[row]) {
        group.push_back(static_cast<uint32_t>(
            std::lower_bound(wanted.begin(), wanted.end(), position) - wanted.begin()));
      }
    }
    ARROW_ASSIGN_OR_RAISE(batch, FirstValues(*batch, groups));
  }
  if (!forced_stale_) return batch;
  const arrow::UInt32Array positions(static_cast<int64_t>(rows.size()),
                                     arrow::Buffer::Wrap(rows.data(), rows.size()));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum stale,
                        arrow::compute::Take(forced_stale_, arrow::Datum(positions.data())));
  return batch->AddColumn(batch->num_columns(), kStaleByPredicate, stale.make_array());
}

}  // namespace metaxy::internal
