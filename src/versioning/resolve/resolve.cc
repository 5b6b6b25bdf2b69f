#include "versioning/resolve/resolve.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "base/contained.h"
#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/resolve/comparison.h"
#include "versioning/resolve/current_rows.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/resolve/kept_rows.h"
#include "versioning/scan/memory_table.h"
#include "versioning/scan/table_input.h"

namespace metaxy::internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

class ResolvedIncrement final : public LazyIncrement {
 public:
  ResolvedIncrement(std::shared_ptr<const ExpectedRows> expected,
                    std::shared_ptr<const CurrentRows> current,
                    std::shared_ptr<const Outcome> outcome,
                    std::optional<arrow::RecordBatchVector> kept, bool has_input, ReadPlan plan)
      : expected_(std::move(expected)),
        current_(std::move(current)),
        outcome_(std::move(outcome)),
        kept_(std::move(kept)),
        has_input_(has_input),
        plan_(std::move(plan)),
        counts_{static_cast<int64_t>(outcome_->new_samples.size()),
                static_cast<int64_t>(outcome_->stale.size()),
                static_cast<int64_t>(outcome_->orphaned.size()),
                static_cast<int64_t>(outcome_->failed.size()), outcome_->failed_stale} {}

  const IncrementCounts& counts() const override { return counts_; }

  arrow::Result<Reader> new_samples() const override {
    return ForUser([&]() -> arrow::Result<Reader> {
      if (kept_) return arrow::RecordBatchReader::Make(*kept_, expected_->schema());
      return expected_->Read(outcome_, outcome_->new_samples, plan_);
    });
  }
  arrow::Result<Reader> stale() const override {
    return ForUser([&] { return expected_->Read(outcome_, outcome_->stale, plan_); });
  }
  arrow::Result<Reader> orphaned() const override {
    // A feature without a table has no columns of its own yet: the empty part has those of the new
    // rows.
    return ForUser([&]() -> arrow::Result<Reader> {
      if (current_) return current_->Read(outcome_, outcome_->orphaned, plan_);
      return arrow::RecordBatchReader::Make({}, expected_->schema());
    });
  }
  arrow::Result<Reader> failed() const override {
    return ForUser([&] { return expected_->Read(outcome_, outcome_->failed, plan_); });
  }

  std::optional<double> input_progress() const override {
    if (!has_input_ || outcome_->expected_keys == 0) return std::nullopt;
    return static_cast<double>(outcome_->existing_keys) /
           static_cast<double>(outcome_->expected_keys) * 100;
  }

 private:
  template <class Body>
  static arrow::Result<Reader> ForUser(Body&& read) {
    return Contained([&]() -> arrow::Result<Reader> {
      ARROW_ASSIGN_OR_RAISE(Reader rows, read());
      return ReaderForUser(std::move(rows));
    });
  }

  std::shared_ptr<const ExpectedRows> expected_;
  std::shared_ptr<const CurrentRows> current_;
  std::shared_ptr<const Outcome> outcome_;
  std::optional<arrow::RecordBatchVector> kept_;  // the new samples, if they are in memory
  bool has_input_;
  ReadPlan plan_;
  IncrementCounts counts_;
};

// One call, step by step.
class Resolver {
 public:
  explicit Resolver(ResolveInput input, RowHasher hasher)
      : input_(std::move(input)),
        plan_(*input_.plan),
        hasher_(hasher),
        execution_(input_.execution) {}

  arrow::Result<std::unique_ptr<LazyIncrement>> Run(ResolveFacts* facts) {
    compares_ = input_.current != nullptr && !input_.skip_comparison;
    if (input_.recording) execution_.UseHasher(input_.recording->hasher);
    if (input_.failures) {
      execution_.UseStableHashes();
      ARROW_ASSIGN_OR_RAISE(failed_, FailedSamples::Make(*std::move(input_.failures), &execution_));
    }
    ARROW_RETURN_NOT_OK(input_.samples ? OpenSamples() : OpenParents());
    if (compares_) ARROW_RETURN_NOT_OK(OpenCurrent());
    RememberOutcome();
    ARROW_RETURN_NOT_OK(ReadTables(
        &tables_, &execution_, [this] { return failed_ ? failed_->Read() : arrow::Status::OK(); }));
    if (failed_ && failed_->empty()) failed_.reset();
    ARROW_ASSIGN_OR_RAISE(const ComparisonPlan comparison, PlanComparison());
    auto outcome = std::make_shared<Outcome>(comparison.tuple_width());
    ARROW_RETURN_NOT_OK(Compare(comparison, outcome.get()));
    if (comparison.asks_predicates) ARROW_RETURN_NOT_OK(EvaluatePredicates(outcome.get()));
    const std::vector<size_t> order =
        input_.samples ? std::vector<size_t>{0} : OutputOrder(plan_.feature(), outcome->join_sizes);
    outcome->new_samples.Sort(order);
    outcome->stale.Sort(order);
    outcome->failed.Sort(order);
    outcome->orphaned.Sort();
    std::optional<arrow::RecordBatchVector> kept;
    if (keeping_) {
      ARROW_ASSIGN_OR_RAISE(
          kept, keeping_->MakeRows(
                    outcome->new_samples,
                    [&](const arrow::RecordBatch& rows) { return expected_->FromScan(rows); },
                    &execution_));
    }
    if (facts != nullptr) {
      *facts = {outcome->expected_keys, outcome->existing_keys, execution_.tied_samples()};
      if (outcome->pending.complete(comparison.most_pending))
        facts->pending = std::move(outcome->pending).keys();
    }
    return std::make_unique<ResolvedIncrement>(
        expected_, current_, std::move(outcome), std::move(kept), /*has_input=*/!input_.samples,
        ReadPlan{execution_.batch_size(), Interrupt(input_.execution), execution_.memory()});
  }

 private:
  // What comes out of the comparison is a position for each row of each input, and cannot be put
  // off into a file: it takes its part of the budget before the rows do. At most half of it, as
  // nobody knows yet how many rows are new or stale.
  void RememberOutcome() {
    int64_t rows = 0;
    for (const TableInput& table : tables_) rows += table.scan->table_rows();
    execution_.AddMemoryUsage(std::min(rows * static_cast<int64_t>(sizeof(uint32_t)),
                                       execution_.memory().memory_usage() / 2));
  }

  arrow::Status Open(RowsRequest request) {
    if (input_.recording && tables_.size() < input_.recording->observers.size())
      request.observer = input_.recording->observers[tables_.size()];
    TableInput& table = tables_.emplace_back();
    ARROW_ASSIGN_OR_RAISE(table.scan, RowScan::Make(std::move(request), &execution_));
    return arrow::Status::OK();
  }

  arrow::Status OpenSamples() {
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
    return Open(std::move(request));
  }

  bool needs_provenance() const { return compares_ || failed_; }

  // The provenance of rows with a single parent row is computed while they are read.
  RowValue ValueOf(const FeatureDep& dep) const {
    if (dep.lineage.type == LineageRelationship::Type::kAggregation) return RowValue::kVersions;
    if (!needs_provenance()) return RowValue::kNothing;
    return plan_.feature().deps.size() == 1 ? RowValue::kComputed : RowValue::kVersions;
  }

  // Without a comparison, all latest rows of the only parent are new. Versions of groups are not
  // those of its rows.
  bool keeps_rows() const {
    const auto& deps = plan_.feature().deps;
    return ReadsAllScope::Current() && !needs_provenance() && deps.size() == 1 &&
           ValueOf(deps.front()) == RowValue::kNothing;
  }

  arrow::Status OpenParents() {
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
        ARROW_ASSIGN_OR_RAISE(ProvenanceComputer computer,
                              ProvenanceComputer::Make(plan_, hasher_));
        request.computer = std::make_shared<const ProvenanceComputer>(std::move(computer));
      }
      if (keeps_rows()) {
        request.fields = fields[i];
        keeping_ = std::make_shared<KeepingTable>(request.table, KeptColumns(columns.back()),
                                                  execution_.memory());
        request.table = keeping_;
      }
      ARROW_RETURN_NOT_OK(Open(std::move(request)));
      scanned.push_back(tables_.back().scan->scanned());
    }
    const size_t first = JoinOrder(plan_.feature()).front();
    key_types_ = columns[first].stored_schema();
    for (const std::string& name : plan_.join_columns()) {
      ARROW_ASSIGN_OR_RAISE(key_columns_.emplace_back(), columns[first].StoredName(name));
    }
    ARROW_ASSIGN_OR_RAISE(expected_, ExpectedFromParents(input_.plan, std::move(columns),
                                                         std::move(scanned), hasher_));
    return arrow::Status::OK();
  }

  arrow::Status OpenCurrent() {
    ARROW_ASSIGN_OR_RAISE(auto current, CurrentRows::Make(plan_, input_.current,
                                                          std::move(input_.staleness_predicates)));
    const std::vector<std::string> names = plan_.join_columns();
    for (size_t i = 0; i < names.size(); ++i) {
      ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(
          *key_types_->GetFieldByName(key_columns_[i])->type(),
          *input_.current->schema()->GetFieldByName(names[i])->type(), names[i]));
    }
    ARROW_RETURN_NOT_OK(Open(current->Request(plan_, input_.current_version, input_.filters)));
    current->SetTable(tables_.back().scan->scanned());
    current_ = std::move(current);
    return arrow::Status::OK();
  }

  arrow::Result<ComparisonPlan> PlanComparison() const {
    ComparisonPlan comparison{.plan = &plan_,
                              .samples = input_.samples != nullptr,
                              .row_hasher = hasher_,
                              .key_hasher = execution_.hasher()};
    comparison.failed = failed_.get();
    if (failed_) comparison.feature_hash = failed_->feature_hash();
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

  arrow::Status Compare(const ComparisonPlan& plan, Outcome* outcome) {
    execution_.StartPhase(ExecutionPhase::kComparing, 0);
    const size_t num_parts = tables_.front().rows->num_partitions();
    std::vector<std::optional<Outcome>> parts(num_parts);
    ARROW_RETURN_NOT_OK(execution_.ForEach(num_parts, [&](size_t part) -> arrow::Status {
      std::vector<RowTable> inputs;
      int64_t rows = 0;
      for (size_t i = 0; i < plan.num_inputs(); ++i) {
        ARROW_ASSIGN_OR_RAISE(inputs.emplace_back(), tables_[i].rows->Take(part));
        rows += inputs.back().size();
      }
      std::optional<RowTable> current;
      if (current_) {
        ARROW_ASSIGN_OR_RAISE(current, tables_.back().rows->Take(part));
      }
      parts[part] = ComparePart(plan, inputs, current ? &*current : nullptr);
      execution_.Advance(rows);
      return arrow::Status::OK();
    }));
    outcome->Reserve(parts);
    for (std::optional<Outcome>& part : parts) {
      outcome->Append(std::move(*part), plan.num_inputs());
      part.reset();
    }
    return arrow::Status::OK();
  }

  // Decides about the rows that only a predicate can make stale.
  arrow::Status EvaluatePredicates(Outcome* outcome) {
    if (outcome->undecided.size() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const std::vector<bool> stale,
                          current_->EvaluatePredicates(outcome->undecided_current, execution_));
    for (size_t i = 0; i < stale.size(); ++i) {
      if (!stale[i]) continue;
      outcome->AddStale(outcome->undecided.row(i), failed_ && outcome->undecided_failed[i]);
    }
    outcome->undecided = Tuples(outcome->undecided.width());
    outcome->undecided_current = RowGroups();
    return arrow::Status::OK();
  }

  ResolveInput input_;
  const FeaturePlan& plan_;
  RowHasher hasher_;
  Execution execution_;
  bool compares_ = false;
  std::shared_ptr<FailedSamples> failed_;  // null if there are none
  std::vector<TableInput> tables_;         // the expected rows', then the current rows'
  std::shared_ptr<const ExpectedRows> expected_;
  std::shared_ptr<const KeepingTable> keeping_;  // null if rows are fetched when they are read
  std::shared_ptr<const CurrentRows> current_;
  std::shared_ptr<const arrow::Schema> key_types_;
  std::vector<std::string> key_columns_;  // names of the join columns in key_types_
};

}  // namespace

arrow::Result<std::unique_ptr<LazyIncrement>> Resolve(ResolveInput input, ResolveFacts* facts) {
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(input.hash_algorithm, input.hash_truncation_length));
  return Resolver(std::move(input), hasher).Run(facts);
}

}  // namespace metaxy::internal
