#include "versioning/resolve/resolve.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "versioning/resolve/comparison.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/resolve/kept_rows.h"
#include "versioning/resolve/resolve_setup.h"
#include "versioning/resolve/resolved_increment.h"
#include "versioning/scan/table_input.h"

namespace metaxy::internal {
namespace {

// One call, step by step.
class Resolver {
 public:
  Resolver(ResolveInput input, RowHasher hasher)
      : input_(std::move(input)), execution_(input_.execution), setup_(input_, hasher) {}

  arrow::Result<std::unique_ptr<LazyIncrement>> Run(ResolveFacts* facts) {
    if (input_.recording) execution_.UseHasher(input_.recording->hasher);
    if (input_.failures) {
      execution_.UseStableHashes();
      ARROW_ASSIGN_OR_RAISE(failed_, FailedSamples::Make(*input_.failures, &execution_));
    }
    ARROW_RETURN_NOT_OK(
        setup_.Run([this](RowsRequest request) { return Open(std::move(request)); }));
    RememberOutcome();
    ARROW_RETURN_NOT_OK(ReadTables(
        &tables_, &execution_, [this] { return failed_ ? failed_->Read() : arrow::Status::OK(); }));
    if (failed_ && failed_->empty()) failed_.reset();
    ARROW_ASSIGN_OR_RAISE(const ComparisonPlan comparison,
                          setup_.Comparison(execution_.hasher(), failed_.get()));
    auto outcome = std::make_shared<Outcome>(comparison.tuple_width());
    ARROW_RETURN_NOT_OK(Compare(comparison, outcome.get()));
    if (comparison.asks_predicates) {
      ARROW_RETURN_NOT_OK(
          DecideByPredicates(*setup_.current(), failed_ != nullptr, execution_, outcome.get()));
    }
    const std::vector<size_t> order =
        input_.samples ? std::vector<size_t>{0}
                       : OutputOrder(input_.plan->feature(), outcome->join_sizes);
    outcome->Sort(order);
    std::optional<arrow::RecordBatchVector> kept;
    if (keeping_) {
      ARROW_ASSIGN_OR_RAISE(kept, keeping_->MakeRows(
                                      outcome->new_samples,
                                      [&](const arrow::RecordBatch& rows) {
                                        return setup_.expected()->FromScan(rows);
                                      },
                                      &execution_));
    }
    if (facts != nullptr) {
      *facts = {outcome->expected_keys, outcome->existing_keys, execution_.tied_samples()};
      if (outcome->pending.complete(comparison.most_pending))
        facts->pending = std::move(outcome->pending).keys();
    }
    return std::make_unique<ResolvedIncrement>(
        input_, Sources(), setup_.expected(), setup_.current(), std::move(outcome), std::move(kept),
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

  arrow::Result<std::shared_ptr<const ScannedTable>> Open(RowsRequest request) {
    if (input_.recording && tables_.size() < input_.recording->observers.size())
      request.observer = input_.recording->observers[tables_.size()];
    if (const auto& kept = setup_.kept_columns()) {
      keeping_ = std::make_shared<KeepingTable>(request.table, *kept, execution_.memory());
      request.table = keeping_;
    }
    TableInput& table = tables_.emplace_back();
    ARROW_ASSIGN_OR_RAISE(table.scan, RowScan::Make(std::move(request), &execution_));
    return table.scan->scanned();
  }

  // The tables that slices tell of.
  std::vector<ResolvedIncrement::Source> Sources() const {
    std::vector<ResolvedIncrement::Source> sources;
    if (input_.samples) return sources;
    for (size_t i = 0; i < tables_.size(); ++i) {
      const bool parent = i < input_.dependencies.size();
      sources.push_back({tables_[i].scan->scanned(),
                         parent ? input_.dependencies[i].place : input_.place,
                         IdColumnsOf(*input_.plan, i)});
    }
    return sources;
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
      if (setup_.current()) {
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

  ResolveInput input_;
  Execution execution_;
  ResolveSetup setup_;
  std::shared_ptr<FailedSamples> failed_;  // null if there are none
  std::vector<TableInput> tables_;         // the expected rows', then the current rows'
  std::shared_ptr<KeepingTable> keeping_;  // the only table, if its rows are kept
};

}  // namespace

arrow::Result<std::unique_ptr<LazyIncrement>> Resolve(ResolveInput input, ResolveFacts* facts) {
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(input.hash_algorithm, input.hash_truncation_length));
  return Resolver(std::move(input), hasher).Run(facts);
}

}  // namespace metaxy::internal
