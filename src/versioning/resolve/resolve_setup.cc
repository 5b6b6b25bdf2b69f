#include "versioning/resolve/resolve_setup.h"

#include <arrow/table.h>

#include <algorithm>
#include <utility>

#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "filter/evaluate.h"
#include "versioning/resolve/dependency_columns.h"
#include "versioning/resolve/dependency_rows.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/resolve/kept_rows.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::internal {

ResolveSetup::ResolveSetup(const ResolveInput& input, RowHasher hasher)
    : input_(input),
      plan_(*input.plan),
      hasher_(hasher),
      compares_(input.current != nullptr && !input.skip_comparison) {}

arrow::Status ResolveSetup::Run(const Open& open) {
  ARROW_RETURN_NOT_OK(input_.samples ? OpenSamples(open) : OpenParents(open));
  return compares_ ? OpenCurrent(open) : arrow::Status::OK();
}

arrow::Status ResolveSetup::OpenSamples(const Open& open) {
  ARROW_ASSIGN_OR_RAISE(const auto stored, WithStoredTypes(input_.samples));
  ARROW_ASSIGN_OR_RAISE(auto samples, stored->CombineChunksToBatch());
  for (const auto& filter : input_.filters) {
    ARROW_ASSIGN_OR_RAISE(const auto bound, BoundFilter::Make(filter, samples->schema()));
    ARROW_ASSIGN_OR_RAISE(samples, bound.Apply(samples));
  }
  ARROW_ASSIGN_OR_RAISE(samples, CompleteSamples(plan_, std::move(samples), hasher_));
  ARROW_ASSIGN_OR_RAISE(const auto whole,
                        arrow::Table::FromRecordBatches(samples->schema(), {samples}));
  ARROW_ASSIGN_OR_RAISE(auto table, MemoryTable::Make(whole));
  key_types_ = table->schema();
  for (const std::string& name : plan_.join_columns()) key_columns_.push_back(name);
  expected_ = ExpectedFromSamples(std::move(samples));
  RowsRequest request{.table = std::move(table)};
  request.id_columns = key_columns_;
  request.join_columns = key_columns_;
  request.with_sample_history = true;
  request.include_soft_deleted = true;
  request.value = needs_provenance() ? RowValue::kProvenance : RowValue::kNothing;
  return open(std::move(request)).status();
}

// The provenance of rows with a single parent row is computed while they are read.
RowValue ResolveSetup::ValueOf(const FeatureDep& dep) const {
  if (dep.lineage.type == LineageRelationship::Type::kAggregation) return RowValue::kVersions;
  if (!needs_provenance()) return RowValue::kNothing;
  return plan_.feature().deps.size() == 1 ? RowValue::kComputed : RowValue::kVersions;
}

// Without a comparison, all latest rows of the only parent are new. Versions of groups are not
// those of its rows.
bool ResolveSetup::MayKeep(const std::vector<std::string>& columns,
                           const TableSnapshot& table) const {
  const auto& deps = plan_.feature().deps;
  return input_.reads_all && !needs_provenance() && deps.size() == 1 &&
         ValueOf(deps.front()) == RowValue::kNothing &&
         std::none_of(columns.begin(), columns.end(), [&](const std::string& name) {
           return MayBeWide(*table.schema()->GetFieldByName(name)->type());
         });
}

arrow::Status ResolveSetup::OpenParents(const Open& open) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsByDependency(plan_));
  const auto& deps = plan_.feature().deps;
  std::vector<DependencyColumns> columns;
  std::vector<std::shared_ptr<const ScannedTable>> scanned;
  for (size_t i = 0; i < deps.size(); ++i) {
    const DependencyInput& input = input_.dependencies[i];
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          DependencyColumns::Make(plan_, deps[i], input.table->schema()));
    ARROW_ASSIGN_OR_RAISE(RowsRequest request, DependencyRequest(plan_, columns.back(), input,
                                                                 fields[i], ValueOf(deps[i])));
    if (request.value == RowValue::kComputed) {
      ARROW_ASSIGN_OR_RAISE(ProvenanceComputer computer, ProvenanceComputer::Make(plan_, hasher_));
      request.computer = std::make_shared<const ProvenanceComputer>(std::move(computer));
    }
    if (auto kept = KeptColumns(columns.back()); MayKeep(kept, *input.table)) {
      request.fields = fields[i];
      kept_columns_ = std::move(kept);
    }
    ARROW_ASSIGN_OR_RAISE(scanned.emplace_back(), open(std::move(request)));
  }
  const size_t first = JoinOrder(plan_.feature()).front();
  key_types_ = columns[first].stored_schema();
  for (const std::string& name : plan_.join_columns()) {
    ARROW_ASSIGN_OR_RAISE(key_columns_.emplace_back(), columns[first].StoredName(name));
  }
  return ExpectedFromParents(input_.plan, std::move(columns), std::move(scanned), hasher_)
      .Value(&expected_);
}

arrow::Status ResolveSetup::OpenCurrent(const Open& open) {
  ARROW_ASSIGN_OR_RAISE(current_,
                        CurrentRows::Make(plan_, input_.current, input_.staleness_predicates));
  const std::vector<std::string> names = plan_.join_columns();
  for (size_t i = 0; i < names.size(); ++i) {
    ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(
        *key_types_->GetFieldByName(key_columns_[i])->type(),
        *input_.current->schema()->GetFieldByName(names[i])->type(), names[i]));
  }
  ARROW_ASSIGN_OR_RAISE(auto scanned,
                        open(current_->Request(plan_, input_.current_version, input_.filters)));
  current_->SetTable(std::move(scanned));
  return arrow::Status::OK();
}

arrow::Result<ComparisonPlan> ResolveSetup::Comparison(const KeyHasher& hasher,
                                                       const FailedSamples* failed) const {
  ComparisonPlan comparison{.plan = &plan_,
                            .samples = input_.samples != nullptr,
                            .row_hasher = hasher_,
                            .key_hasher = hasher};
  comparison.failed = failed;
  if (failed != nullptr) comparison.feature_hash = failed->feature_hash();
  comparison.provenance_is_known =
      comparison.samples || ValueOf(plan_.feature().deps.front()) == RowValue::kComputed;
  comparison.expanded = IsExpanded(plan_);
  comparison.asks_predicates = current_ && current_->asks_predicates_later();
  if (input_.recording && !comparison.asks_predicates)
    comparison.most_pending = input_.recording->most_pending;
  if (comparison.samples) return comparison;
  ARROW_ASSIGN_OR_RAISE(comparison.computer, ProvenanceComputer::Make(plan_, hasher_));
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsByDependency(plan_));
  for (size_t i = 0; i < fields.size(); ++i) {
    comparison.num_fields.push_back(fields[i].size());
    if (plan_.feature().deps[i].lineage.type == LineageRelationship::Type::kAggregation)
      comparison.aggregated.push_back(i);
  }
  return comparison;
}

}  // namespace metaxy::internal
