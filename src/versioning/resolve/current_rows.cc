#include "versioning/resolve/current_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "columns/row_width.h"
#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/resolve/batch_reader.h"
#include "versioning/scan/row_fetcher.h"

namespace metaxy::internal {
namespace {

// The reference returns this column of its own in orphaned rows.
constexpr const char* kStaleByPredicate = "__stale_by_predicate";

// Fetches groups of rows; reduces each to one row with the group's first non-null value in each
// column.
class GroupFetcher {
 public:
  GroupFetcher(const RowGroups& groups, std::unique_ptr<RowFetcher> rows)
      : groups_(groups), rows_(std::move(rows)) {}

  static arrow::Result<std::unique_ptr<GroupFetcher>> Make(
      std::shared_ptr<const ScannedTable> table, std::vector<std::string> columns,
      const RowGroups& groups, const ReadPlan& read) {
    FetchPlan plan{.num_rows = groups.num_rows(), .ascending = true, .read = read};
    uint32_t last_of_batch = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < groups.size() && plan.ascending; ++i) {
      if (i % static_cast<size_t>(read.batch_size) == 0) last_of_batch = last;
      for (const uint32_t position : groups.group(i)) {
        plan.ascending = plan.ascending && position >= last_of_batch;
        last = std::max(last, position);
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto rows, MakeRowFetcher(std::move(table), std::move(columns), plan));
    return std::make_unique<GroupFetcher>(groups, std::move(rows));
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Fetch(size_t begin, size_t count) {
    std::vector<uint32_t> wanted;
    for (size_t i = begin; i < begin + count; ++i)
      wanted.insert(wanted.end(), groups_.group(i).begin(), groups_.group(i).end());
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows_->Fetch(wanted));
    if (wanted.size() == count) {
      // One row each; groups are in the order of their rows, or are sorted into it.
      bool sorted = true;
      for (size_t i = 0; i < count && sorted; ++i)
        sorted = groups_.group(begin + i).front() == wanted[i];
      if (sorted) return batch;
    }
    return FirstValues(*batch, wanted, begin, count);
  }

 private:
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> FirstValues(
      const arrow::RecordBatch& rows, const std::vector<uint32_t>& wanted, size_t begin,
      size_t count) const {
    const auto place = [&](uint32_t position) {
      return static_cast<uint32_t>(std::lower_bound(wanted.begin(), wanted.end(), position) -
                                   wanted.begin());
    };
    arrow::ArrayVector columns;
    for (const auto& column : rows.columns()) {
      arrow::UInt32Builder indices;
      ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(count)));
      for (size_t i = begin; i < begin + count; ++i) {
        const auto group = groups_.group(i);
        const auto first = std::find_if(group.begin(), group.end(), [&](uint32_t position) {
          return column->IsValid(place(position));
        });
        indices.UnsafeAppend(place(first == group.end() ? group.front() : *first));
      }
      ARROW_ASSIGN_OR_RAISE(auto index_array, indices.Finish());
      ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(column, index_array));
      columns.push_back(taken.make_array());
    }
    return arrow::RecordBatch::Make(rows.schema(), static_cast<int64_t>(count), std::move(columns));
  }

  const RowGroups& groups_;
  std::unique_ptr<RowFetcher> rows_;
};

}  // namespace

bool IsExpanded(const FeaturePlan& plan) {
  const auto& deps = plan.feature().deps;
  return std::any_of(deps.begin(), deps.end(), [](const FeatureDep& dep) {
    return dep.lineage.type == LineageRelationship::Type::kExpansion;
  });
}

arrow::Result<std::shared_ptr<CurrentRows>> CurrentRows::Make(
    const FeaturePlan& plan, std::shared_ptr<const TableSnapshot> table,
    std::vector<arrow::compute::Expression> predicates) {
  auto current = std::make_shared<CurrentRows>();
  const arrow::Schema& stored = *table->schema();
  current->join_columns_ = plan.join_columns();
  for (const std::string& name : current->join_columns_) {
    if (stored.GetFieldIndex(name) >= 0) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table has no column '{}', which is needed to match "
                                 "its rows with their parents; keep it when you write",
                                 name));
  }
  if (stored.GetFieldIndex(std::string(kProvenance)) < 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table of '{}' has no column '{}', which every write "
                                 "adds; it was not written by metaxy",
                                 plan.feature().key.ToString(), kProvenance));
  }
  current->expanded_ = IsExpanded(plan);
  arrow::FieldVector fields;
  if (current->expanded_) {
    // As in the reference, collapsed rows have the join columns first.
    for (const std::string& name : current->join_columns_)
      fields.push_back(stored.GetFieldByName(name));
  }
  for (const auto& field : stored.fields()) {
    if (!current->expanded_ ||
        std::find(current->join_columns_.begin(), current->join_columns_.end(), field->name()) ==
            current->join_columns_.end())
      fields.push_back(field);
  }
  if (!predicates.empty()) {
    ARROW_RETURN_NOT_OK(BoundFilter::Make(arrow::compute::or_(predicates), table->schema()));
    fields.push_back(arrow::field(kStaleByPredicate, arrow::boolean()));
  }
  current->schema_ = arrow::schema(std::move(fields));
  current->table_ = std::move(table);
  current->predicates_ = std::move(predicates);
  return current;
}

RowsRequest CurrentRows::Request(const FeaturePlan& plan, const std::string& feature_version,
                                 std::vector<arrow::compute::Expression> filters) const {
  RowsRequest request{.table = table_};
  request.id_columns = plan.feature().id_columns;
  request.feature_version = feature_version;
  request.filters = std::move(filters);
  request.join_columns = join_columns_;
  request.with_first = expanded_;
  request.value = RowValue::kProvenance;
  if (!expanded_) request.predicates = predicates_;
  return request;
}

arrow::Result<std::vector<bool>> CurrentRows::EvaluatePredicates(const RowGroups& groups,
                                                                 const Execution& execution) const {
  // Rows are fetched faster in table order.
  std::vector<size_t> order(groups.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return *std::min_element(groups.group(a).begin(), groups.group(a).end()) <
           *std::min_element(groups.group(b).begin(), groups.group(b).end());
  });
  RowGroups sorted;
  for (const size_t i : order) sorted.Add(groups.group(i));

  const arrow::compute::Expression predicate = arrow::compute::or_(predicates_);
  std::vector<std::string> columns;
  for (const std::string& name : ReferencedColumns(predicate)) {
    if (table_->schema()->GetFieldIndex(name) >= 0) columns.push_back(name);
  }
  const int64_t batch_size = execution.scan_batch_size();
  const ReadPlan plan{batch_size, {}, execution.memory()};
  ARROW_ASSIGN_OR_RAISE(auto fetcher, GroupFetcher::Make(scanned_, columns, sorted, plan));
  std::vector<bool> stale(groups.size(), false);
  for (size_t begin = 0; begin < sorted.size(); begin += static_cast<size_t>(batch_size)) {
    ARROW_RETURN_NOT_OK(execution.Check());
    const size_t count = std::min(static_cast<size_t>(batch_size), sorted.size() - begin);
    ARROW_ASSIGN_OR_RAISE(const auto rows, fetcher->Fetch(begin, count));
    ARROW_ASSIGN_OR_RAISE(const auto answer, EvaluateFilter(predicate, *rows));
    for (size_t i = 0; i < count; ++i) {
      const auto row = static_cast<int64_t>(i);
      stale[order[begin + i]] = answer->IsValid(row) && answer->Value(row);
    }
  }
  return stale;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> CurrentRows::Read(
    std::shared_ptr<const Outcome> outcome, const RowGroups& groups, const ReadPlan& wanted) const {
  const ReadPlan plan = wanted.For(*schema_);
  std::vector<std::string> columns = schema_->field_names();
  if (!predicates_.empty()) columns.pop_back();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<GroupFetcher> fetcher,
                        GroupFetcher::Make(scanned_, columns, groups, plan));
  return std::make_shared<BatchReader>(
      schema_, groups.size(), plan,
      [self = shared_from_this(), this, fetcher, keep = std::move(outcome)](
          size_t begin, size_t count) -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        ARROW_ASSIGN_OR_RAISE(auto batch, fetcher->Fetch(begin, count));
        if (predicates_.empty()) return batch;
        ARROW_ASSIGN_OR_RAISE(const auto stale,
                              EvaluateFilter(arrow::compute::or_(predicates_), *batch));
        return batch->AddColumn(batch->num_columns(), kStaleByPredicate, stale);
      });
}

arrow::Status DecideByPredicates(const CurrentRows& current, bool has_failed,
                                 const Execution& execution, Outcome* outcome) {
  if (outcome->undecided.size() == 0) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::vector<bool> stale,
                        current.EvaluatePredicates(outcome->undecided_current, execution));
  for (size_t i = 0; i < stale.size(); ++i) {
    if (!stale[i]) continue;
    outcome->AddStale(outcome->undecided.row(i), has_failed && outcome->undecided_failed[i]);
  }
  outcome->undecided = Tuples(outcome->undecided.width());
  outcome->undecided_current = RowGroups();
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
