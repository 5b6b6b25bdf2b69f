#include "versioning/delta/keyed_resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "versioning/delta/keyed_rows.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {
namespace {

// Beyond these a full resolve is as fast.
constexpr int64_t kLeastBound = 10'000;
constexpr int64_t kMostBound = 2'000'000;
constexpr int64_t kOneOfRows = 20;

// Runs are merged as soon as one is not so many times as large as the next.
constexpr uint64_t kRunRatio = 4;

// A run with the rows of another one added, as far as their fragments are still there.
std::optional<KeyRun> Merge(const KeyRunFile& file, const KeyRun& added, const TableState& now) {
  std::optional<KeyRun> old = file.ReadAll();
  if (!old) return std::nullopt;
  KeyRun merged{.seed = added.seed};
  uint32_t first = 0;
  for (const KeyRun* run : {static_cast<const KeyRun*>(&*old), &added}) {
    // Where the places of a fragment begin, in the run and merged; none if it is gone.
    struct Move {
      uint64_t from;
      std::optional<uint32_t> to;
    };
    std::vector<Move> moves;
    uint64_t from = 0;
    for (const KeyRun::Fragment& fragment : run->fragments) {
      Move& move = moves.emplace_back(Move{from, std::nullopt});
      from += fragment.rows;
      if (std::none_of(now.fragments.begin(), now.fragments.end(),
                       [&](const FragmentState& f) { return f.content() == fragment.content; }))
        continue;
      // As in PlacesIn().
      if (fragment.rows > std::numeric_limits<uint32_t>::max() - first) return std::nullopt;
      move.to = first;
      first += fragment.rows;
      merged.fragments.push_back(fragment);
    }
    for (const uint64_t entry : run->entries) {
      const uint64_t place = entry & 0xffffffffU;
      const auto after =
          std::upper_bound(moves.begin(), moves.end(), place,
                           [](uint64_t wanted, const Move& m) { return wanted < m.from; });
      const Move& move = *(after - 1);
      if (!move.to) continue;
      merged.entries.push_back(
          KeyRun::EntryOf(static_cast<KeyPrefix>(entry >> 32),
                          *move.to + static_cast<uint32_t>(place - move.from)));
    }
  }
  merged.Sort();
  return merged;
}

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
    ARROW_ASSIGN_OR_RAISE(answer_.increment, Evaluate(/*with_new=*/true, &now_));
    if (!now_.pending) return Unsuited("too many samples are pending");
    ResolveFacts before;
    IncrementCounts counts = answer_.increment->counts();
    if (has_new_) {
      ARROW_ASSIGN_OR_RAISE(const auto earlier, Evaluate(/*with_new=*/false, &before));
      counts = earlier->counts();
    } else {
      before = now_;
    }
    // What these keys had before has to be what was found then.
    const ResolveFacts& all = checkpoint_.facts;
    if (counts != checkpoint_.counts ||
        before.expected_keys - before.existing_keys != all.expected_keys - all.existing_keys)
      return Unsuited("the earlier answer does not agree with its rows");
    Checkpoint& found = answer_.checkpoint;
    found = checkpoint_;
    found.counts = answer_.increment->counts();
    found.facts.expected_keys += now_.expected_keys - before.expected_keys;
    found.facts.existing_keys =
        found.facts.expected_keys - (now_.expected_keys - now_.existing_keys);
    found.facts.tied_samples += now_.tied_samples - before.tied_samples;
    found.keys->pending = PrefixesOf(*now_.pending);
    for (const KeyedRows& table : tables_) answer_.rows_read += table.rows_read();
    answer_.keys = static_cast<int64_t>(wanted_.size());
    // Otherwise the checkpoint stays as it is.
    if (has_new_) RememberRuns();
    return arrow::Status::OK();
  }

  KeyedAnswer Answer() { return std::move(answer_); }

 private:
  static arrow::Status Unsuited(std::string reason) {
    return arrow::Status::Invalid(std::move(reason));
  }

  std::shared_ptr<const TableSnapshot> TableOf(size_t i) const {
    return i < input_.dependencies.size() ? input_.dependencies[i].table : input_.current;
  }

  arrow::Status Open(std::vector<ChangedTable> changed) {
    if (changed.size() != checkpoint_.tables.size() || keys_.runs.size() != changed.size())
      return Unsuited("the earlier answer is of other tables");
    int64_t rows = 0;
    int64_t fragment_rows = 0;
    for (size_t i = 0; i < changed.size(); ++i) {
      KeyedRows::Table table{TableOf(i),
                             checkpoint_.tables[i],
                             std::move(changed[i].scan),
                             std::move(changed[i].new_fragments),
                             {}};
      has_new_ = has_new_ || !table.new_fragments.empty();
      for (const CheckpointKeys::Run& run : keys_.runs[i]) {
        auto file = cache_.OpenRun(input_.place, checkpoint_.fingerprint, run);
        if (!file || file->seed() != keys_.seed)
          return Unsuited("a file that says which rows have which keys is gone or damaged");
        table.runs.push_back(*std::move(file));
      }
      files_.push_back(table.runs);
      auto keyed = KeyedRows::Make(std::move(table), hasher_);
      if (!keyed) return Unsuited("it is not known which rows have which keys");
      rows += keyed->table_rows();
      fragment_rows += keyed->fragment_rows();
      tables_.push_back(*std::move(keyed));
    }
    bound_ = std::max(kLeastBound, std::min(rows / kOneOfRows, kMostBound));
    if (static_cast<int64_t>(keys_.pending.size()) + fragment_rows > bound_) {
      return Unsuited(
          fmt::format("{} rows are new or were rewritten, and {} samples pending, which "
                      "is much of {} rows",
                      fragment_rows, keys_.pending.size(), rows));
    }
    return arrow::Status::OK();
  }

  arrow::Status Fetch() {
    std::vector<std::vector<KeyPrefix>> found(tables_.size());
    ARROW_RETURN_NOT_OK(fetch_.ForEach(
        tables_.size(), [&](size_t i) { return tables_[i].ReadFragments(&found[i]); }));
    wanted_ = keys_.pending;
    for (const auto& keys : found) wanted_.insert(wanted_.end(), keys.begin(), keys.end());
    SortPrefixes(&wanted_);
    return fetch_.ForEach(tables_.size(),
                          [&](size_t i) { return tables_[i].TakeRows(wanted_, bound_); });
  }

  arrow::Result<std::unique_ptr<LazyIncrement>> Evaluate(bool with_new, ResolveFacts* facts) const {
    ResolveInput input = input_;
    for (size_t i = 0; i < tables_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto rows, tables_[i].Select(with_new));
      (i < input.dependencies.size() ? input.dependencies[i].table : input.current) =
          std::move(rows);
    }
    input.execution.threads = 1;
    input.execution.on_progress = nullptr;
    input.recording = KeyRecording{hasher_, {}, kMostPendingKeys};
    return Resolve(std::move(input), facts);
  }

  // The places of the rows that were in no run; without them the same fragments are read once more.
  void RememberRuns() {
    for (size_t i = 0; i < tables_.size(); ++i) {
      std::optional<KeyRun> run = tables_[i].NewRun();
      if (!run || run->fragments.empty()) continue;
      std::vector<CheckpointKeys::Run>& runs = answer_.checkpoint.keys->runs[i];
      while (!runs.empty() && runs.back().entries <= run->entries.size() * kRunRatio) {
        std::optional<KeyRun> merged =
            Merge(files_[i][runs.size() - 1], *run, checkpoint_.tables[i]);
        if (!merged) break;
        run = std::move(merged);
        runs.pop_back();
      }
      if (auto written = cache_.WriteRun(input_.place, checkpoint_.fingerprint, *run)) {
        runs.push_back(*std::move(written));
      } else {
        runs = keys_.runs[i];
      }
    }
  }

  const ResolveInput& input_;
  const Checkpoint& checkpoint_;
  const CheckpointKeys& keys_;
  const CheckpointCache& cache_;
  KeyHasher hasher_;
  Execution fetch_;
  std::vector<KeyedRows> tables_;
  std::vector<std::vector<KeyRunFile>> files_;  // by table
  bool has_new_ = false;
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
