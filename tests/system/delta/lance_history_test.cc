// The delta way on LanceDB: one cache lives through random histories of real tables, and after each
// step the answers of `auto` and `off` are equal to the byte.
//
// METAXY_HISTORIES: how many (`make delta-torture` runs thousands). METAXY_DELTA_PYTHON: a Python
// with lancedb, which writes to the same tables.
#include <arrow/compute/api.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "lancedb/bridge.h"
#include "metaxy/lancedb_metadata_store.h"
#include "python_writer.h"
#include "support/matchers.h"
#include "support/random.h"
#include "support/random_project.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

// What happened to the rows that a resolve reads, as far as the test knows.
enum class Effect { kNothing, kMaybeReordered, kMaybeChanged };

struct Ways {
  std::map<std::string, int64_t> delta;  // by step
  std::map<std::string, int64_t> all;
};

constexpr size_t kSamples = 12;

class History {
 public:
  History(uint64_t seed, PythonWriter* python)
      : random_(seed),
        python_(python),
        has_ties_(seed % 2 == 0),
        project_(seed, {.roots = 2, .derived = 3, .null_versions = seed % 3 == 0}),
        store_(Open(DeltaMode::kAuto, {.automatic = seed % 4 == 0, .every_commits = 3})),
        full_store_(Open(DeltaMode::kOff, {.automatic = false})) {
    // The time does not count: the two answers are found one after the other.
    options_.back().failures = seed % 2 == 0
                                   ? FailurePolicy::Skip()
                                   : FailurePolicy::Retry({.max_attempts = 2, .first_wait = {}});
    for (const FeatureKey& root : project_.Roots()) WriteSamples(root);
    for (const FeatureKey& feature : project_.Derived()) Update(feature, ResolveUpdateOptions());
  }

  // One step, its name, and whether it may have changed what is read.
  std::pair<std::string, Effect> Step() {
    const FeatureKey root = random_.Pick(project_.Roots());
    const FeatureKey derived = random_.Pick(project_.Derived());
    const FeatureKey any = random_.Percent(50) ? root : derived;
    switch (random_.Below(python_ == nullptr ? 12 : 17)) {
      case 0:
        return {"nothing", Effect::kNothing};
      case 1:
      case 2:
        WriteSamples(root);
        return {"write samples", Effect::kMaybeChanged};
      case 3:
        Update(derived, RandomOptions());
        return {"update", Effect::kMaybeChanged};
      case 4:
        for (const FeatureKey& feature : project_.Derived()) Update(feature, {});
        return {"update all", Effect::kMaybeChanged};
      case 5:
      case 6:
        Delete(any, random_.Percent(50));
        return {"delete", Effect::kMaybeChanged};
      case 7:
      case 8:
        // The version from before may be gone with its transactions.
        EXPECT_THAT(
            store_->administration().CompactMetadata(
                any, {.keep_versions_for = std::chrono::seconds(random_.Percent(20) ? 0 : 3600)}),
            IsOk());
        return {"compact", Effect::kMaybeReordered};
      case 9:
        return {"null column", AddNullColumn(any)};
      case 10:
        if (random_.Percent(50)) return {"nothing", Effect::kNothing};
        EXPECT_THAT(store_->DropFeatureMetadata(root), IsOk());
        WriteSamples(root);
        return {"recreate", Effect::kMaybeChanged};
      case 11:
        Fail(derived);
        return {"failures", Effect::kNothing};
      case 12:
      case 13:
        return {"python optimize", ByPython("optimize", any, Effect::kMaybeReordered)};
      case 14:
        return {"python column", ByPython(random_.Percent(70) ? "fill_column" : "drop_column", any,
                                          Effect::kNothing)};
      default: {
        const std::string what =
            random_.Pick(std::vector<std::string>{"append", "delete", "update", "restore"});
        return {"python " + what, ByPython(what, any, Effect::kMaybeChanged)};
      }
    }
  }

  // Compares both ways for some features and options.
  void Check(const std::string& step, Effect effect, Ways* ways) {
    for (const FeatureKey& feature : project_.Derived()) {
      SCOPED_TRACE(feature.ToString());
      CompareCounts(feature);
      for (const ResolveUpdateOptions& options : options_) {
        const std::pair question(feature, &options - options_.data());
        const std::optional<ResolveReport> report = Compare(feature, options);
        // An answer is known from when the feature has a table; none is asked for often enough to
        // be verified.
        const bool known = known_.count(question) > 0;
        known_.erase(question);
        if (!report || report->reason == "the feature has no table yet") continue;
        known_.insert(question);
        ++ways->all[step];
        ways->delta[step] += report->delta ? 1 : 0;
        // Whether failures have to be looked up by keys depends on what has failed.
        if (effect == Effect::kNothing && known &&
            options.failures.mode() == FailurePolicy::Mode::kInclude) {
          EXPECT_TRUE(report->delta) << report->reason;
        }
      }
    }
  }

 private:
  std::filesystem::path path() const { return directory_.path() / "db"; }

  std::shared_ptr<LanceDBMetadataStore> Open(DeltaMode delta, const MaintenanceOptions& options) {
    auto store =
        Get(LanceDBMetadataStore::Make({.uri = path().string()}, {.graph = project_.Graph(),
                                                                  .project = "test",
                                                                  .name = "dev",
                                                                  .maintenance = options,
                                                                  .delta = delta}));
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  void CompareCounts(const FeatureKey& feature) {
    std::vector<ReadOptions> all(4);
    all[1].include_soft_deleted = true;
    all[2].with_sample_history = true;
    all[3].filters = {"metaxy_provenance != 'by-python-1'"};
    for (const ReadOptions& options : all)
      EXPECT_EQ(store_->CountRows(feature, options), full_store_->CountRows(feature, options));
  }

  void WriteSamples(const FeatureKey& root) {
    std::vector<SampleRow> rows;
    for (size_t number = 0; number < kSamples; ++number) {
      if (random_.Percent(40)) rows.push_back({number, random_.Below(3)});
      // The rows of one write have one time: which of them counts depends on their order.
      if (has_ties_ && random_.Percent(5)) rows.push_back({number, random_.Below(3)});
    }
    EXPECT_THAT(store_->Write(root, project_.Samples(root, rows)), IsOk());
  }

  void Update(const FeatureKey& feature, ResolveUpdateOptions options) {
    options.delta = DeltaMode::kOff;
    const auto found = store_->ResolveUpdate(feature, options);
    if (!found.ok()) return;
    for (const auto& part : {found->new_samples, found->stale})
      EXPECT_THAT(store_->Write(feature, project_.Computed(feature, *part)), IsOk());
  }

  // Some samples cannot be computed, or what was recorded of them is forgotten.
  void Fail(const FeatureKey& feature) {
    if (random_.Percent(20)) {
      EXPECT_THAT(store_->failures().Clear({.features = {feature}}), IsOk());
      return;
    }
    const auto found = full_store_->ResolveUpdate(feature);
    if (!found.ok()) return;
    for (const auto& part : {found->new_samples, found->stale}) {
      // What was tried is known by its provenance.
      const auto provenance = part->GetColumnByName("metaxy_provenance");
      const auto known = Get(arrow::compute::Filter(
          part, Get(arrow::compute::CallFunction("is_valid", {provenance}))));
      const auto failed = known.table()->Slice(0, static_cast<int64_t>(random_.Below(4)));
      EXPECT_THAT(store_->failures().Record(feature, failed, {.kind = "Broken", .message = "x"}),
                  IsOk());
    }
  }

  void Delete(const FeatureKey& feature, bool soft) {
    const auto rows = store_->Read(feature);
    if (!rows.ok()) return;
    for (const std::string& name : (*rows)->schema()->field_names()) {
      if (!name.ends_with("_n")) continue;
      EXPECT_THAT(store_->Delete(feature, {name + " > " + std::to_string(random_.Below(100))},
                                 {.soft = soft}),
                  IsOk());
      return;
    }
  }

  Effect AddNullColumn(const FeatureKey& feature) {
    const auto connection = Get(internal::LanceConnection::Connect({.uri = path().string()}));
    auto table = connection->OpenTable(feature.table_name());
    if (!table.ok()) return Effect::kNothing;
    EXPECT_THAT((*table)->AddNullColumns(*arrow::schema(
                    {arrow::field("null_" + std::to_string(random_.Next()), arrow::int64())})),
                IsOk());
    return Effect::kNothing;
  }

  Effect ByPython(const std::string& what, const FeatureKey& feature, Effect effect) {
    const std::string answer =
        python_->Do(what, path(), feature.table_name(), random_.Below(1U << 30));
    // A restore may be refused, or a table may not be there.
    if (answer == "ok") return effect;
    EXPECT_THAT(answer, ::testing::AnyOf(::testing::HasSubstr("not found"),
                                         ::testing::HasSubstr("version")));
    return Effect::kMaybeChanged;
  }

  ResolveUpdateOptions RandomOptions() { return random_.Pick(options_); }

  static std::vector<ResolveUpdateOptions> AllOptions() {
    std::vector<ResolveUpdateOptions> all(4);
    all[1].target_filters = {"metaxy_provenance != 'by-python-1'"};
    all[2].staleness_predicates = {"metaxy_provenance > 'c'"};
    return all;
  }

  std::optional<ResolveReport> Compare(const FeatureKey& feature, ResolveUpdateOptions options) {
    options.delta = DeltaMode::kAuto;
    const auto found = store_->ResolveUpdateLazy(feature, options);
    options.delta = DeltaMode::kOff;
    const auto expected = store_->ResolveUpdateLazy(feature, options);
    EXPECT_EQ(found.status(), expected.status());
    if (!found.ok() || !expected.ok()) return std::nullopt;
    EXPECT_EQ((*found)->counts(), (*expected)->counts()) << (*found)->report().reason;
    EXPECT_EQ((*found)->input_progress(), (*expected)->input_progress());
    const Increment rows = Get((*found)->Collect());
    const Increment wanted = Get((*expected)->Collect());
    for (const auto part :
         {&Increment::new_samples, &Increment::stale, &Increment::orphaned, &Increment::failed}) {
      EXPECT_TRUE((rows.*part)->schema()->Equals(*(wanted.*part)->schema(), true));
      EXPECT_TRUE((rows.*part)->Equals(*(wanted.*part), /*check_metadata=*/true));
    }
    return (*found)->report();
  }

  const TempDir directory_;
  Random random_;
  PythonWriter* python_;
  bool has_ties_;
  RandomProject project_;
  std::vector<ResolveUpdateOptions> options_ = AllOptions();
  std::set<std::pair<FeatureKey, ptrdiff_t>> known_;
  std::shared_ptr<LanceDBMetadataStore> store_;
  std::shared_ptr<LanceDBMetadataStore> full_store_;
};

uint64_t NumberOf(const char* variable, uint64_t otherwise) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

TEST(LanceHistoryTest, GivesTheAnswerOfAFullResolve) {
  const TempDir caches;
  setenv("XDG_CACHE_HOME", caches.path().c_str(), 1);
  const auto python = PythonWriter::Start();
  const uint64_t histories = NumberOf("METAXY_HISTORIES", 12);
  const uint64_t first = NumberOf("METAXY_FIRST_HISTORY", 1);
  Ways ways;
  for (uint64_t seed = first; seed < first + histories && !HasFailure(); ++seed) {
    SCOPED_TRACE("METAXY_FIRST_HISTORY=" + std::to_string(seed) + " METAXY_HISTORIES=1");
    History history(seed, python.get());
    history.Check("first", Effect::kMaybeChanged, &ways);
    for (int step = 0; step < 8 && !HasFailure(); ++step) {
      const auto [name, effect] = history.Step();
      SCOPED_TRACE("step " + std::to_string(step) + ": " + name);
      history.Check(name, effect, &ways);
    }
  }
  for (const auto& [step, count] : ways.all)
    std::cout << step << ": " << ways.delta[step] << " of " << count << " by the delta way\n";
  // Where rows may have been reordered, only those of tables without ties are followed.
  for (const char* const step : {"nothing", "null column", "compact", "write samples", "update"}) {
    if (ways.all[step] > 0) {
      EXPECT_GT(ways.delta[step], 0) << step;
    }
  }
}

}  // namespace
}  // namespace metaxy::testing
