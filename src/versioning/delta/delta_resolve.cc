#include "versioning/delta/delta_resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/contained.h"
#include "base/interrupt.h"
#include "base/memory_budget.h"
#include "versioning/delta/fingerprint.h"
#include "versioning/delta/observed_table.h"
#include "versioning/delta/table_difference.h"
#include "versioning/resolve/current_rows.h"

namespace metaxy::internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;
using Increments = arrow::Result<std::unique_ptr<LazyIncrement>>;

std::optional<double> Progress(const ResolveFacts& facts) {
  if (facts.expected_keys == 0) return std::nullopt;
  return static_cast<double>(facts.existing_keys) / static_cast<double>(facts.expected_keys) * 100;
}

// The tables of an input, those of the parents first.
std::vector<std::shared_ptr<const TableSnapshot>*> TablesOf(ResolveInput* input) {
  std::vector<std::shared_ptr<const TableSnapshot>*> tables;
  for (DependencyInput& dependency : input->dependencies) tables.push_back(&dependency.table);
  tables.push_back(&input->current);
  return tables;
}

std::string NameOf(const ResolveInput& input, size_t table) {
  const FeaturePlan& plan = *input.plan;
  return table < plan.parents().size() ? plan.parents()[table].key.ToString()
                                       : plan.feature().key.ToString();
}

// An increment that was not looked for: its counts are known, its rows are looked for when they are
// read, in the table versions of the call.
class RememberedIncrement final : public LazyIncrement {
 public:
  RememberedIncrement(ResolveInput input, IncrementCounts counts, ResolveFacts facts,
                      std::unique_ptr<LazyIncrement> empty, ResolveReport report)
      : counts_(counts),
        facts_(facts),
        empty_(std::move(empty)),
        report_(std::move(report)),
        input_(std::move(input)) {}

  const IncrementCounts& counts() const override { return counts_; }
  std::optional<double> input_progress() const override { return Progress(facts_); }
  ResolveReport report() const override { return report_; }

  arrow::Result<Reader> new_samples() const override {
    return Part(counts_.new_samples, &LazyIncrement::new_samples);
  }
  arrow::Result<Reader> stale() const override {
    return Part(counts_.stale, &LazyIncrement::stale);
  }
  arrow::Result<Reader> orphaned() const override {
    return Part(counts_.orphaned, &LazyIncrement::orphaned);
  }
  arrow::Result<Reader> failed() const override {
    return Part(counts_.failed, &LazyIncrement::failed);
  }

 private:
  arrow::Result<Reader> Part(int64_t rows,
                             arrow::Result<Reader> (LazyIncrement::*part)() const) const {
    if (rows == 0) return (empty_.get()->*part)();
    return Contained([&]() -> arrow::Result<Reader> {
      ARROW_RETURN_NOT_OK(Resolve());
      return (resolved_.get()->*part)();
    });
  }

  arrow::Status Resolve() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (resolved_) return arrow::Status::OK();
    // As in the call that returned this.
    const InterruptScope interrupt{Interrupt(input_.execution)};
    const MemoryScope memory{memory_};
    ARROW_ASSIGN_OR_RAISE(resolved_, internal::Resolve(input_));
    return arrow::Status::OK();
  }

  IncrementCounts counts_;
  ResolveFacts facts_;
  std::unique_ptr<LazyIncrement> empty_;
  ResolveReport report_;
  ResolveInput input_;
  MemoryBudget memory_ = MemoryScope::Current();
  mutable std::mutex mutex_;
  mutable std::unique_ptr<LazyIncrement> resolved_;
};

// An increment with a report.
class ReportedIncrement final : public LazyIncrement {
 public:
  ReportedIncrement(std::unique_ptr<LazyIncrement> increment, ResolveReport report)
      : increment_(std::move(increment)), report_(std::move(report)) {}

  const IncrementCounts& counts() const override { return increment_->counts(); }
  arrow::Result<Reader> new_samples() const override { return increment_->new_samples(); }
  arrow::Result<Reader> stale() const override { return increment_->stale(); }
  arrow::Result<Reader> orphaned() const override { return increment_->orphaned(); }
  arrow::Result<Reader> failed() const override { return increment_->failed(); }
  std::optional<double> input_progress() const override { return increment_->input_progress(); }
  ResolveReport report() const override { return report_; }

 private:
  std::unique_ptr<LazyIncrement> increment_;
  ResolveReport report_;
};

// Why this input always needs a full resolve; empty if it need not.
std::string WhyNever(const ResolveInput& input, const DeltaOptions& options) {
  if (options.mode == DeltaMode::kOff) return "delta is off";
  if (!options.never.empty()) return options.never;
  if (input.samples) return "samples were given";
  if (input.skip_comparison) return "nothing is compared";
  // What may be tried again depends on the time, too.
  if (input.failures) return "failures are taken into account";
  if (!input.current) return "the feature has no table yet";
  if (!options.cache)
    return "there is no directory for caches: neither XDG_CACHE_HOME nor HOME is set";
  return {};
}

// One call, step by step.
class DeltaResolver {
 public:
  DeltaResolver(ResolveInput input, const DeltaOptions& options)
      : input_(std::move(input)), options_(options) {}

  Increments Run() {
    if (std::string reason = WhyNever(input_, options_); !reason.empty())
      return Full(std::move(reason));
    const arrow::Result<std::string> fingerprint = FingerprintOf(input_);
    if (!fingerprint.ok()) return Full(fingerprint.status().message());
    fingerprint_ = *fingerprint;
    std::optional<CheckpointCache::Entry> known = options_.cache->Read(input_.place, fingerprint_);
    if (!known) return Full("no earlier answer is known");
    Checkpoint& checkpoint = known->checkpoint;
    const bool moved = FollowTables(&checkpoint);
    if (!reason_.empty()) return Full(std::move(reason_));
    std::unique_ptr<LazyIncrement> empty = AskEmptyTables(checkpoint);
    if (!empty) return Full("the columns that matter are others now");
    if (MustVerify(options_.mode, known->uses)) return Verify(checkpoint);
    if (moved) options_.cache->Write(input_.place, checkpoint);
    const IncrementCounts& counts = checkpoint.counts;
    return Report({.delta = true, .keys = counts.new_samples + counts.stale + counts.orphaned},
                  [&](ResolveReport report) -> std::unique_ptr<LazyIncrement> {
                    return std::make_unique<RememberedIncrement>(std::move(input_), counts,
                                                                 checkpoint.facts, std::move(empty),
                                                                 std::move(report));
                  });
  }

 private:
  // Compares the tables with those of the checkpoint, which has their states of now afterwards;
  // whether any of them is another. Sets reason_ if the answer may be, too.
  bool FollowTables(Checkpoint* checkpoint) {
    const auto tables = TablesOf(&input_);
    if (checkpoint->tables.size() != tables.size()) {
      reason_ = "the earlier answer is of other tables";
      return false;
    }
    bool moved = false;
    for (size_t i = 0; i < tables.size(); ++i) {
      TableState& state = checkpoint->tables[i];
      const TableState before = state;
      const std::optional<TableDifference> followed = Follow(**tables[i], &state);
      if (!followed) {
        reason_ =
            fmt::format("it is not known which files the rows of '{}' are in", NameOf(input_, i));
        return false;
      }
      const TableDifference& difference = *followed;
      if (difference.rows == RowsSince::kChanged) {
        reason_ = fmt::format("the table of '{}' has changed: {} fragments are new, {} are gone",
                              NameOf(input_, i), difference.added, difference.removed);
        return false;
      }
      if (difference.rows == RowsSince::kReordered && OrderMatters(*checkpoint, i)) return false;
      moved = moved || before != state;
    }
    return moved;
  }

  // Whether other positions of the same rows may change the answer; then reason_ says why.
  bool OrderMatters(const Checkpoint& checkpoint, size_t table) {
    if (checkpoint.facts.tied_samples > 0) {
      reason_ = fmt::format(
          "the table of '{}' was compacted, and {} samples have rows with equal timestamps",
          NameOf(input_, table), checkpoint.facts.tied_samples);
      return true;
    }
    // Siblings are represented by the one that was written first.
    if (table == input_.dependencies.size() && IsExpanded(*input_.plan)) {
      reason_ =
          fmt::format("the table of '{}', which is expanded, was compacted", NameOf(input_, table));
      return true;
    }
    return false;
  }

  // What the engine says about the same tables without rows: schemas, and whether a resolve would
  // succeed at all. Null if it fails, or asks for a column that the checkpoint has no state of.
  std::unique_ptr<LazyIncrement> AskEmptyTables(const Checkpoint& checkpoint) const {
    ResolveInput input = input_;
    std::vector<std::shared_ptr<ObservedTable>> observed;
    for (std::shared_ptr<const TableSnapshot>* table : TablesOf(&input)) {
      auto empty = EmptyTable((*table)->schema());
      if (!empty.ok()) return nullptr;
      *table = observed.emplace_back(std::make_shared<ObservedTable>(*std::move(empty)));
    }
    input.execution.threads = 1;
    input.execution.on_progress = nullptr;
    Increments increment = Resolve(std::move(input));
    if (!increment.ok()) return nullptr;
    for (size_t i = 0; i < observed.size(); ++i) {
      const auto& known = checkpoint.tables[i].columns;
      for (const ColumnPath& path : observed[i]->columns()) {
        if (std::none_of(known.begin(), known.end(),
                         [&](const TableState::Column& column) { return column.path == path; }))
          return nullptr;
      }
    }
    return *std::move(increment);
  }

  Increments Verify(const Checkpoint& checkpoint) {
    ResolveFacts facts;
    ARROW_ASSIGN_OR_RAISE(auto full,
                          Full("the answer of the delta way was to be verified", &facts));
    const bool same = full->counts() == checkpoint.counts &&
                      facts.expected_keys == checkpoint.facts.expected_keys &&
                      facts.existing_keys == checkpoint.facts.existing_keys;
    if (same) return full;
    options_.cache->Remove(input_.place, fingerprint_);
    const auto text = [](const IncrementCounts& counts) {
      return fmt::format("{} new, {} stale, {} orphaned", counts.new_samples, counts.stale,
                         counts.orphaned);
    };
    options_.log.Warn(
        LogSubject::kDelta,
        fmt::format("the delta way answered for '{}': {}; the full one: {}, which is the answer. "
                    "Please report this, and set delta = \"off\" until it is understood",
                    feature_, text(checkpoint.counts), text(full->counts())),
        {{"feature", feature_}, {"way", "verify"}});
    return full;
  }

  // Reads the tables. With a fingerprint, remembers what it finds.
  Increments Full(std::string reason, ResolveFacts* facts_out = nullptr) {
    ResolveReport report{.reason = std::move(reason)};
    ResolveInput input = input_;
    std::vector<std::shared_ptr<ObservedTable>> observed;
    for (std::shared_ptr<const TableSnapshot>* table : TablesOf(&input)) {
      if (*table) *table = observed.emplace_back(std::make_shared<ObservedTable>(*table));
    }
    ResolveFacts facts;
    ARROW_ASSIGN_OR_RAISE(auto increment, Resolve(std::move(input), &facts));
    for (const auto& table : observed) {
      table->Seal();
      report.rows_read += table->rows();
    }
    if (!fingerprint_.empty() && !Remember(observed, increment->counts(), facts))
      report.reason = "a store does not tell which files the rows of its tables are in";
    if (facts_out != nullptr) *facts_out = facts;
    return Report(std::move(report), [&](ResolveReport made) -> std::unique_ptr<LazyIncrement> {
      return std::make_unique<ReportedIncrement>(std::move(increment), std::move(made));
    });
  }

  // False if nothing is known about the files of a table. Elsewhere a checkpoint that cannot be
  // written is done without.
  bool Remember(const std::vector<std::shared_ptr<ObservedTable>>& observed,
                const IncrementCounts& counts, const ResolveFacts& facts) const {
    Checkpoint checkpoint{fingerprint_, counts, facts, {}};
    for (const auto& table : observed) {
      auto state = table->State(table->columns());
      if (!state.ok() || !*state) return false;
      checkpoint.tables.push_back(**std::move(state));
    }
    options_.cache->Write(input_.place, checkpoint);
    return true;
  }

  template <class Make>
  Increments Report(ResolveReport report, Make&& make) const {
    options_.log.Info(
        LogSubject::kDelta,
        report.delta
            ? fmt::format("'{}' was resolved from what was known: no row has changed", feature_)
            : fmt::format("'{}' was resolved by reading {} rows: {}", feature_, report.rows_read,
                          report.reason),
        {{"feature", feature_},
         {"way", report.delta ? "delta" : "full"},
         {"reason", report.reason},
         {"keys", report.keys},
         {"rows_read", report.rows_read}});
    return make(std::move(report));
  }

  ResolveInput input_;
  const std::string feature_ = input_.plan->feature().key.ToString();
  const DeltaOptions& options_;
  std::string fingerprint_;
  std::string reason_;
};

}  // namespace

bool MustVerify(DeltaMode mode, uint64_t uses) {
  constexpr uint64_t kOneIn = 64;
  return mode == DeltaMode::kVerify || (uses > 0 && uses % kOneIn == 0);
}

Increments ResolveByDelta(ResolveInput input, const DeltaOptions& options) {
  return DeltaResolver(std::move(input), options).Run();
}

}  // namespace metaxy::internal
