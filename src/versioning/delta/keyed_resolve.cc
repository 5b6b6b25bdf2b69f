#include "versioning/delta/keyed_resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "versioning/delta/key_run_merge.h"
#include "versioning/delta/keyed_rows.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {
namespace {

// Beyond these a full resolve is as fast.
constexpr int64_t kLeastBound = 10'000;
constexpr int64_t kMostBound = 2'000'000;
constexpr int64_t kOneOfRows = 20;

// Runs are merged as soon as one is not so many times as large as the next; not beyond so many
// rows, which would take much time and some hundred bytes of memory each.
constexpr uint64_t kRunRatio = 4;
constexpr uint64_t kMostMerged = 2'000'000;

// Beyond these, rows that were deleted since runs were written are worth writing new ones.
constexpr size_t kMostDeleted = 100'000;

class KeyedResolver {
 public:
  KeyedResolver(const ResolveInput& input, const Checkpoint& checkpoint,
                const CheckpointCache& cache)
      : input_(input),
        checkpoint_(checkpoint),
        keys_(*checkpoint.keys),
        cache_(cache),
        hasher_(keys_.seed),
        fetch_(input.execution) {}

  arrow::Status Run(std::vector<ChangedTable> changed) {
    ARROW_RETURN_NOT_OK(Open(std::move(changed)));
    ARROW_RETURN_NOT_OK(Fetch());
    ARROW_ASSIGN_OR_RAISE(answer_.increment, Evaluate(KeyedRows::Rows::kNow, &now_));
    if (!now_.pending) return Unsuited("too many samples are pending");
    ResolveFacts before;
    const IncrementCounts now_counts = AsIfNoneHadFailed(answer_.increment->counts());
    IncrementCounts counts = now_counts;
    if (has_changes_) {
      RememberScanned();
      ARROW_ASSIGN_OR_RAISE(const auto earlier, Evaluate(KeyedRows::Rows::kBefore, &before));
      counts = earlier->counts();
    } else {
      before = now_;
    }
    ARROW_RETURN_NOT_OK(CheckAgreement(before, counts));
    Checkpoint& found = answer_.checkpoint;
    found = checkpoint_;
    found.counts = now_counts;
    found.facts.expected_keys += now_.expected_keys - before.expected_keys;
    found.facts.existing_keys =
        found.facts.expected_keys - (now_.expected_keys - now_.existing_keys);
    found.facts.tied_samples += now_.tied_samples - before.tied_samples;
    found.keys->pending = PrefixesOf(*now_.pending);
    for (const KeyedRows& table : tables_) answer_.rows_read += table.rows_read();
    answer_.keys = static_cast<int64_t>(wanted_.size());
    // Otherwise the checkpoint stays as it is.
    if (has_changes_) RememberKeys();
    return arrow::Status::OK();
  }

  KeyedAnswer Answer() { return std::move(answer_); }

 private:
  std::shared_ptr<const TableSnapshot> TableOf(size_t i) const {
    return i < input_.dependencies.size() ? input_.dependencies[i].table : input_.current;
  }

  arrow::Status Open(std::vector<ChangedTable> changed) {
    if (changed.size() != checkpoint_.tables.size() || keys_.runs.size() != changed.size() ||
        keys_.deleted.size() != changed.size())
      return Unsuited("the earlier answer is of other tables");
    int64_t rows = 0;
    int64_t fragment_rows = 0;
    int64_t removed_rows = 0;
    for (size_t i = 0; i < changed.size(); ++i) {
      KeyedRows::Table table{.table = TableOf(i),
                             .before = std::move(changed[i].before),
                             .now = checkpoint_.tables[i],
                             .difference = std::move(changed[i].difference),
                             .scan = std::move(changed[i].scan),
                             .deleted = keys_.deleted[i]};
      for (const CheckpointKeys::Run& run : keys_.runs[i]) {
        auto file = cache_.OpenRun(input_.place, checkpoint_.fingerprint, run);
        if (!file || file->seed() != keys_.seed)
          return Unsuited("a file that says which rows have which keys is gone or damaged");
        table.runs.push_back(*std::move(file));
      }
      files_.push_back(table.runs);
      ARROW_ASSIGN_OR_RAISE(KeyedRows keyed, KeyedRows::Make(std::move(table), hasher_));
      has_changes_ = has_changes_ || keyed.has_changes();
      rows += keyed.table_rows();
      fragment_rows += keyed.fragment_rows();
      removed_rows += keyed.removed_rows();
      tables_.push_back(std::move(keyed));
    }
    bound_ = std::max(kLeastBound, std::min(rows / kOneOfRows, kMostBound));
    if (static_cast<int64_t>(keys_.pending.size()) + fragment_rows + removed_rows > bound_) {
      return Unsuited(
          fmt::format("{} rows are new or were rewritten, {} were deleted, and {} samples are "
                      "pending, which is much of {} rows",
                      fragment_rows, removed_rows, keys_.pending.size(), rows));
    }
    return arrow::Status::OK();
  }

  arrow::Status Fetch() {
    std::vector<std::vector<KeyPrefix>> found(tables_.size());
    ARROW_RETURN_NOT_OK(fetch_.ForEach(
        tables_.size(), [&](size_t i) { return tables_[i].ReadChanges(&found[i]); }));
    wanted_ = keys_.pending;
    for (const auto& keys : found) wanted_.insert(wanted_.end(), keys.begin(), keys.end());
    SortPrefixes(&wanted_);
    return fetch_.ForEach(tables_.size(),
                          [&](size_t i) { return tables_[i].FindRows(wanted_, bound_); });
  }

  arrow::Result<std::unique_ptr<LazyIncrement>> Evaluate(KeyedRows::Rows rows,
                                                         ResolveFacts* facts) {
    ResolveInput input = input_;
    input.recording = KeyRecording{hasher_, {}, kMostPendingKeys};
    // What was found before is known without regard to failures.
    if (rows != KeyedRows::Rows::kNow) input.failures.reset();
    recalls_.clear();
    for (size_t i = 0; i < tables_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto selection, tables_[i].Select(rows));
      (i < input.dependencies.size() ? input.dependencies[i].table : input.current) =
          std::move(selection.table);
      input.recording->observers.push_back(recalls_.emplace_back(std::move(selection.recall)));
    }
    input.execution.threads = 1;
    input.execution.on_progress = nullptr;
    return Resolve(std::move(input), facts);
  }

  // What these keys had before has to be what was found then.
  arrow::Status CheckAgreement(const ResolveFacts& before, const IncrementCounts& counts) const {
    const ResolveFacts& all = checkpoint_.facts;
    const bool lacks_payloads = std::any_of(
        tables_.begin(), tables_.end(), [](const auto& table) { return table.lacks_payloads(); });
    // Without their versions, rows seem stale or tied that were not.
    if (lacks_payloads && all.tied_samples + before.tied_samples + now_.tied_samples > 0)
      return Unsuited("rows were deleted where samples have rows with equal timestamps");
    if (counts.new_samples != checkpoint_.counts.new_samples ||
        counts.orphaned != checkpoint_.counts.orphaned ||
        (!lacks_payloads && counts != checkpoint_.counts) ||
        before.expected_keys - before.existing_keys != all.expected_keys - all.existing_keys)
      return Unsuited("the earlier answer does not agree with its rows");
    return arrow::Status::OK();
  }

  // What was made of the rows that were read is written with their keys.
  void RememberScanned() {
    if (std::any_of(tables_.begin(), tables_.end(),
                    [](const auto& table) { return !table.now_has_all_read(); })) {
      // Of some only the keys were of interest until now.
      ResolveFacts ignored;
      const std::vector<std::shared_ptr<RowRecall>> now = recalls_;
      scanned_.resize(tables_.size());
      if (Evaluate(KeyedRows::Rows::kRead, &ignored).ok()) scanned_ = recalls_;
      for (size_t i = 0; i < tables_.size(); ++i) {
        if (tables_[i].now_has_all_read()) scanned_[i] = now[i];
      }
      return;
    }
    scanned_ = recalls_;
  }

  // What is known of the tables as they are now. Without the rows that were in no run the same
  // fragments are read once more.
  void RememberKeys() {
    CheckpointKeys& keys = *answer_.checkpoint.keys;
    size_t deleted = 0;
    for (size_t i = 0; i < tables_.size(); ++i) {
      RememberRun(i);
      keys.deleted[i] = tables_[i].Deleted();
      for (const CheckpointKeys::Deleted& fragment : keys.deleted[i])
        deleted += fragment.numbers.size();
    }
    if (deleted > kMostDeleted) answer_.checkpoint.keys.reset();
  }

  void RememberRun(size_t table) {
    if (!scanned_[table]) return;
    KeyRun run = tables_[table].NewRun(*scanned_[table]);
    if (run.fragments.empty()) return;
    std::vector<CheckpointKeys::Run>& runs = answer_.checkpoint.keys->runs[table];
    while (!runs.empty() && runs.back().entries <= run.entries.size() * kRunRatio &&
           runs.back().entries + run.entries.size() <= kMostMerged) {
      std::optional<KeyRun> merged =
          MergeRuns(files_[table][runs.size() - 1], run, checkpoint_.tables[table]);
      if (!merged) break;
      run = *std::move(merged);
      runs.pop_back();
    }
    if (auto written = cache_.WriteRun(input_.place, checkpoint_.fingerprint, std::move(run))) {
      runs.push_back(*std::move(written));
    } else {
      runs = keys_.runs[table];
    }
  }

  const ResolveInput& input_;
  const Checkpoint& checkpoint_;
  const CheckpointKeys& keys_;
  const CheckpointCache& cache_;
  KeyHasher hasher_;
  Execution fetch_;
  std::vector<KeyedRows> tables_;
  std::vector<std::vector<KeyRunFile>> files_;       // by table
  std::vector<std::shared_ptr<RowRecall>> recalls_;  // of the latest evaluation, by table
  std::vector<std::shared_ptr<RowRecall>> scanned_;  // of all rows that were read; null: unknown
  bool has_changes_ = false;
  int64_t bound_ = 0;
  std::vector<KeyPrefix> wanted_;
  ResolveFacts now_;
  KeyedAnswer answer_;
};

}  // namespace

std::string WhyNoKeys(const FeaturePlan& plan) {
  // The order of rows follows the sizes of whole tables there.
  if (plan.feature().deps.size() > 1 && IsFullJoin(plan.feature()))
    return "all of several parents are optional";
  return {};
}

std::optional<KeyedAnswer> ResolveByKeys(const ResolveInput& input, const Checkpoint& checkpoint,
                                         std::vector<ChangedTable> tables,
                                         const CheckpointCache& cache, std::string* reason) {
  if (!checkpoint.keys) {
    *reason = WhyNoKeys(*input.plan);
    if (reason->empty()) *reason = "it is not known which rows have which keys";
    return std::nullopt;
  }
  KeyedResolver resolver(input, checkpoint, cache);
  const arrow::Status status = resolver.Run(std::move(tables));
  if (!status.ok()) {
    *reason = status.message();
    return std::nullopt;
  }
  return resolver.Answer();
}

}  // namespace metaxy::internal
