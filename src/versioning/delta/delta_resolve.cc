#include "versioning/delta/delta_resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "versioning/delta/fingerprint.h"
#include "versioning/delta/key_recorder.h"
#include "versioning/delta/keyed_resolve.h"
#include "versioning/delta/observed_table.h"
#include "versioning/delta/remembered_increment.h"
#include "versioning/delta/table_difference.h"
#include "versioning/resolve/current_rows.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {
namespace {

using Increments = arrow::Result<std::unique_ptr<LazyIncrement>>;

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

// Why this input always needs a full resolve; empty if it need not.
std::string WhyNever(const ResolveInput& input, const DeltaOptions& options) {
  if (options.mode == DeltaMode::kOff) return "delta is off";
  if (!options.never.empty()) return options.never;
  if (input.samples) return "samples were given";
  if (input.skip_comparison) return "nothing is compared";
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
    if (!FollowTables(&checkpoint)) return Full(std::move(reason_));
    std::unique_ptr<LazyIncrement> empty = AskEmptyTables(checkpoint);
    if (!empty) return Full("the columns that matter are others now");
    const bool verify = MustVerify(options_.mode, known->uses);
    const std::optional<IncrementCounts> counts = KnownCounts(checkpoint);
    if (has_changes_ || !counts) {
      auto answer =
          ResolveByKeys(input_, checkpoint, std::move(changed_), *options_.cache, &reason_);
      if (!answer) return Full(std::move(reason_));
      answer->checkpoint.failed = Failed(answer->increment->counts());
      if (verify) return Verify(answer->checkpoint);
      options_.cache->Write(input_.place, answer->checkpoint, known->uses);
      const std::optional<double> progress = ProgressOf(answer->checkpoint.facts);
      return Report({.delta = true, .keys = answer->keys, .rows_read = answer->rows_read},
                    [&](ResolveReport report) -> std::unique_ptr<LazyIncrement> {
                      return std::make_unique<ReportedIncrement>(std::move(answer->increment),
                                                                 progress, std::move(report));
                    });
    }
    if (verify) return Verify(checkpoint);
    if (moved_) options_.cache->Write(input_.place, checkpoint, known->uses);
    return Report({.delta = true, .keys = counts->new_samples + counts->stale + counts->orphaned},
                  [&](ResolveReport report) -> std::unique_ptr<LazyIncrement> {
                    const ResolveFacts facts = checkpoint.facts;
                    const ExecutionOptions execution = input_.execution;
                    return std::make_unique<RememberedIncrement>(
                        execution, FindPending(std::move(checkpoint)), *counts, facts,
                        std::move(empty), std::move(report));
                  });
  }

 private:
  // Compares the tables with those of the checkpoint, which has their states of now afterwards.
  // False, with reason_, if there is only the full way.
  bool FollowTables(Checkpoint* checkpoint) {
    const auto tables = TablesOf(&input_);
    if (checkpoint->tables.size() != tables.size()) {
      reason_ = "the earlier answer is of other tables";
      return false;
    }
    for (size_t i = 0; i < tables.size(); ++i) {
      TableState& state = checkpoint->tables[i];
      TableState before = state;
      std::optional<TableDifference> difference = Follow(**tables[i], before, &state);
      if (!difference) {
        reason_ =
            fmt::format("it is not known which files the rows of '{}' are in", NameOf(input_, i));
        return false;
      }
      if (difference->rows == RowsSince::kChanged) {
        reason_ = fmt::format("the table of '{}' has changed: {} fragments are new, {} are gone",
                              NameOf(input_, i), difference->added, difference->removed);
        return false;
      }
      const bool reordered = difference->rows == RowsSince::kReordered || difference->reordered;
      if (reordered && OrderMatters(*checkpoint, i)) return false;
      moved_ = moved_ || before != state;
      has_changes_ = has_changes_ || difference->rows == RowsSince::kEdited;
      changed_.push_back({std::move(before), *std::move(difference), {}});
    }
    return true;
  }

  // Those of a checkpoint without changes; none if they depend on failures that are others now, or
  // on the time.
  std::optional<IncrementCounts> KnownCounts(const Checkpoint& checkpoint) const {
    IncrementCounts counts = checkpoint.counts;
    if (!input_.failures || counts.new_samples + counts.stale == 0) return counts;
    const std::optional<ContentHash> failures = DigestOfFailures();
    if (!failures || !checkpoint.failed || checkpoint.failed->failures != *failures)
      return std::nullopt;
    counts.failed = checkpoint.failed->failed;
    counts.failed_stale = checkpoint.failed->failed_stale;
    counts.new_samples -= counts.failed - counts.failed_stale;
    counts.stale -= counts.failed_stale;
    return counts;
  }

  std::optional<FailedBefore> Failed(const IncrementCounts& counts) const {
    const std::optional<ContentHash> failures = DigestOfFailures();
    if (!failures) return std::nullopt;
    return FailedBefore{*failures, counts.failed, counts.failed_stale};
  }

  // Stands for the failures, if all of them count whatever the time is.
  std::optional<ContentHash> DigestOfFailures() const {
    if (!input_.failures || input_.failures->policy.mode() != FailurePolicy::Mode::kSkip)
      return std::nullopt;
    const std::optional<TableState> state =
        input_.failures->table->State({{kFeatureHashColumn}, {kTriedHashColumn}})
            .ValueOr(std::nullopt);
    if (!state) return std::nullopt;
    std::string text = std::to_string(input_.failures->feature_hash);
    for (const TableState::Column& column : state->columns) text += ";" + column.stored;
    for (const FragmentState& fragment : state->fragments) {
      const FragmentContent content = fragment.content();
      text.append(reinterpret_cast<const char*>(&content), sizeof content);
    }
    return HashContent(text);
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

  // What the engine says about the same tables without rows: schemas, how it scans them, and
  // whether a resolve would succeed at all. Null if it fails, or asks for a column that the
  // checkpoint has no state of.
  std::unique_ptr<LazyIncrement> AskEmptyTables(const Checkpoint& checkpoint) {
    ResolveInput input = input_;
    std::vector<std::shared_ptr<ObservedTable>> observed;
    std::vector<std::shared_ptr<ScanRecorder>> recorders;
    input.recording.emplace(KeyRecording{KeyHasher(0)});
    for (std::shared_ptr<const TableSnapshot>* table : TablesOf(&input)) {
      auto empty = EmptyTable((*table)->schema());
      if (!empty.ok()) return nullptr;
      *table = observed.emplace_back(std::make_shared<ObservedTable>(*std::move(empty)));
      input.recording->observers.push_back(
          recorders.emplace_back(std::make_shared<ScanRecorder>()));
    }
    if (input.failures) {
      auto none = EmptyTable(input.failures->table->schema());
      if (!none.ok()) return nullptr;
      input.failures->table = *std::move(none);
    }
    input.execution.threads = 1;
    input.execution.on_progress = nullptr;
    Increments increment = Resolve(std::move(input));
    if (!increment.ok()) return nullptr;
    for (size_t i = 0; i < observed.size(); ++i) {
      changed_[i].scan = recorders[i]->scan();
      const auto& known = checkpoint.tables[i].columns;
      for (const ColumnPath& path : observed[i]->columns()) {
        if (std::none_of(known.begin(), known.end(),
                         [&](const TableState::Column& column) { return column.path == path; }))
          return nullptr;
      }
    }
    return *std::move(increment);
  }

  // Finds the rows of an answer that is known: by the keys of the pending samples.
  RememberedIncrement::Find FindPending(Checkpoint checkpoint) {
    return [input = input_, known = std::move(checkpoint), changed = changed_,
            cache = *options_.cache]() -> Increments {
      std::string reason;
      auto answer = ResolveByKeys(input, known, changed, cache, &reason);
      if (answer) return std::move(answer->increment);
      return Resolve(input);
    };
  }

  // `known` is the answer of the delta way.
  Increments Verify(const Checkpoint& known) {
    Checkpoint found;
    ARROW_ASSIGN_OR_RAISE(
        auto full, Full("the answer of the delta way was to be verified",
                        known.keys ? std::optional(known.keys->seed) : std::nullopt, &found));
    const bool same = found.counts == known.counts &&
                      found.facts.expected_keys == known.facts.expected_keys &&
                      found.facts.existing_keys == known.facts.existing_keys &&
                      found.facts.tied_samples == known.facts.tied_samples &&
                      (!known.keys || !found.keys || known.keys->pending == found.keys->pending);
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
                    feature_, text(known.counts), text(full->counts())),
        {{"feature", feature_}, {"way", "verify"}});
    return full;
  }

  // Reads the tables. With a fingerprint, remembers what it finds, and the keys with this seed.
  Increments Full(std::string reason, std::optional<uint64_t> seed = std::nullopt,
                  Checkpoint* remembered = nullptr) {
    ResolveReport report{.reason = std::move(reason)};
    ResolveInput input = input_;
    std::vector<std::shared_ptr<ObservedTable>> observed;
    for (std::shared_ptr<const TableSnapshot>* table : TablesOf(&input)) {
      if (*table) *table = observed.emplace_back(std::make_shared<ObservedTable>(*table));
    }
    std::vector<std::shared_ptr<KeyRecorder>> recorders;
    if (!fingerprint_.empty()) recorders = RecordKeys(seed, &input);
    ResolveFacts facts;
    const uint64_t used_seed = input.recording ? input.recording->hasher.seed() : 0;
    ARROW_ASSIGN_OR_RAISE(auto increment, Resolve(std::move(input), &facts));
    for (const auto& table : observed) {
      table->Seal();
      report.rows_read += table->rows();
    }
    if (!fingerprint_.empty()) {
      Checkpoint checkpoint{.fingerprint = fingerprint_,
                            .counts = AsIfNoneHadFailed(increment->counts()),
                            .facts = facts,
                            .failed = Failed(increment->counts()),
                            .store = options_.store,
                            .subject = feature_};
      if (facts.pending)
        checkpoint.keys = CheckpointKeys{used_seed, PrefixesOf(*facts.pending), {}, {}};
      if (!Remember(observed, recorders, &checkpoint))
        report.reason = "a store does not tell which files the rows of its tables are in";
      if (remembered != nullptr) *remembered = std::move(checkpoint);
    }
    return Report(std::move(report), [&](ResolveReport made) -> std::unique_ptr<LazyIncrement> {
      const std::optional<double> progress = increment->input_progress();
      return std::make_unique<ReportedIncrement>(std::move(increment), progress, std::move(made));
    });
  }

  // Has the rows of all tables of `input` recorded; none if those of a table cannot be.
  std::vector<std::shared_ptr<KeyRecorder>> RecordKeys(std::optional<uint64_t> seed,
                                                       ResolveInput* input) const {
    if (!WhyNoKeys(*input->plan).empty()) return {};
    constexpr int64_t kShareOfMemory = 8;
    const int64_t most_bytes = MemoryOf(input->execution).memory_usage() / kShareOfMemory;
    std::vector<std::shared_ptr<KeyRecorder>> recorders;
    // Failures are recorded with stable hashes.
    const KeyHasher hasher = input->failures_matter ? KeyHasher::Stable()
                             : seed                 ? KeyHasher(*seed)
                                                    : KeyHasher::Random();
    KeyRecording recording{hasher, {}, kMostPendingKeys};
    for (std::shared_ptr<const TableSnapshot>* table : TablesOf(input)) {
      auto recorder = KeyRecorder::Make(**table, most_bytes,
                                        options_.cache->CreateRun(input_.place, fingerprint_));
      if (!recorder) return {};
      recording.observers.push_back(recorders.emplace_back(std::move(recorder)));
    }
    input->recording = std::move(recording);
    return recorders;
  }

  // False if nothing is known about the files of a table. Elsewhere a checkpoint that cannot be
  // written is done without, and so are keys.
  bool Remember(const std::vector<std::shared_ptr<ObservedTable>>& observed,
                const std::vector<std::shared_ptr<KeyRecorder>>& recorders,
                Checkpoint* checkpoint) const {
    for (const auto& table : observed) {
      auto state = table->State(table->columns());
      if (!state.ok() || !*state) return false;
      checkpoint->tables.push_back(**std::move(state));
    }
    if (!checkpoint->keys || !WriteRuns(observed, recorders, checkpoint)) checkpoint->keys.reset();
    options_.cache->Write(input_.place, *checkpoint);
    return true;
  }

  // Whether all runs were written.
  bool WriteRuns(const std::vector<std::shared_ptr<ObservedTable>>& tables,
                 const std::vector<std::shared_ptr<KeyRecorder>>& recorders,
                 Checkpoint* checkpoint) const {
    if (recorders.size() != checkpoint->tables.size()) return false;
    std::vector<std::vector<CheckpointKeys::Run>>& runs = checkpoint->keys->runs;
    runs.resize(recorders.size());
    checkpoint->keys->deleted.resize(recorders.size());
    Execution execution(input_.execution);
    return execution
        .ForEach(recorders.size(),
                 [&](size_t i) {
                   auto written = recorders[i]->Finish(*tables[i], checkpoint->tables[i],
                                                       checkpoint->keys->seed);
                   if (!written) return arrow::Status::IOError("not written");
                   runs[i].push_back(*std::move(written));
                   return arrow::Status::OK();
                 })
        .ok();
  }

  template <class Make>
  Increments Report(ResolveReport report, Make&& make) const {
    options_.log.Info(LogSubject::kDelta, MessageOf(report),
                      {{"feature", feature_},
                       {"way", report.delta ? "delta" : "full"},
                       {"reason", report.reason},
                       {"keys", report.keys},
                       {"rows_read", report.rows_read}});
    return make(std::move(report));
  }

  std::string MessageOf(const ResolveReport& report) const {
    if (!report.delta) {
      return fmt::format("'{}' was resolved by reading {} rows: {}", feature_, report.rows_read,
                         report.reason);
    }
    if (!has_changes_)
      return fmt::format("'{}' was resolved from what was known: no row has changed", feature_);
    return fmt::format("'{}' was resolved from what was known, and by reading {} rows of {} keys",
                       feature_, report.rows_read, report.keys);
  }

  ResolveInput input_;
  const std::string feature_ = input_.plan->feature().key.ToString();
  const DeltaOptions& options_;
  std::string fingerprint_;
  std::string reason_;
  std::vector<ChangedTable> changed_;  // by table
  bool moved_ = false;                 // a table is in another state than that of the checkpoint
  bool has_changes_ = false;           // rows were added or removed
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
