// The delta way over random histories: after each step it gives the answer of a full resolve, to
// the byte.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/initialize.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <set>

#include "fragmented_table.h"
#include "random_input.h"
#include "support/random.h"
#include "support/temp_dir.h"
#include "versioning/delta/delta_resolve.h"

namespace metaxy::testing {
namespace {

using internal::CheckpointCache;
using internal::DeltaOptions;
using internal::ResolveByDelta;
using internal::ResolveInput;

// How often the delta way was taken.
struct Ways {
  int64_t all = 0;
  int64_t by_delta = 0;
  std::set<std::string> reasons = {};  // of the others

  void Add(const ResolveReport& report) {
    ++all;
    by_delta += report.delta ? 1 : 0;
    if (!report.delta) reasons.insert(report.reason);
  }
};

struct AllWays {
  Ways appends;  // where rows were only appended
  Ways edits;    // where rows were appended or deleted, and no two have equal timestamps
  Ways others;
};

// One feature, its tables, and what happens to them. The rows come from random inputs of its kind.
class History {
 public:
  // Without ties, no two rows have the same timestamp.
  History(const Kind& kind, uint64_t seed, bool ties) : kind_(kind), ties_(ties), random_(seed) {
    // Without a table of its own there is nothing to remember.
    do {
      source_ = NewSource();
    } while (!source_->Input().current);
    const ResolveInput input = source_->Input();
    for (const auto& dependency : input.dependencies) Start(*dependency.table);
    Start(*input.current);
  }

  ResolveInput Input() const {
    ResolveInput input = source_->Input();
    for (size_t i = 0; i < input.dependencies.size(); ++i)
      input.dependencies[i].table = tables_[i]->Snapshot();
    input.current = tables_.back()->Snapshot();
    return input;
  }

  // Scans and takes until now.
  int64_t reads() const { return reads_; }

  // One step or several; whether the next answer has to be known from this one, absent if it may
  // be.
  std::optional<bool> Steps() {
    appends_only_ = true;
    edits_only_ = true;
    std::optional<bool> known = Step();
    while (random_.Percent(30)) {
      if (Step() != true) known = std::nullopt;
    }
    return known;
  }
  bool appends_only() const { return appends_only_; }
  bool edits_only() const { return edits_only_ && !ties_; }

 private:
  std::optional<bool> Step() {
    const size_t number = random_.Below(tables_.size());
    FragmentedTable& table = *tables_[number];
    switch (random_.Below(10)) {
      case 0:
      case 1: {
        const ResolveInput input = NewSource()->Input();
        for (size_t i = 0; i < tables_.size(); ++i) {
          const bool own = i + 1 == tables_.size();
          const auto& rows = own ? input.current : input.dependencies[i].table;
          if (rows && random_.Percent(40)) tables_[i]->Append(Few(*rows));
        }
        return std::nullopt;
      }
      case 2: {
        appends_only_ = false;
        std::set<int64_t> rows;
        for (int64_t row = 0; row < table.num_rows(); ++row) {
          if (random_.Percent(5)) rows.insert(row);
        }
        table.Delete(rows);
        return std::nullopt;
      }
      case 3:
        appends_only_ = false;
        edits_only_ = false;
        table.Restore(random_.Below(table.num_commits()));
        return std::nullopt;
      case 4:
        if (random_.Percent(90)) return true;
        appends_only_ = false;
        edits_only_ = false;
        table.Recreate();
        return std::nullopt;
      case 5:
      case 6:
      case 7:
        if (table.num_fragments() > 1) {
          const size_t begin = random_.Below(table.num_fragments() - 1);
          table.Compact(begin, 2 + random_.Below(table.num_fragments() - begin - 1));
          appends_only_ = false;
          edits_only_ = false;
          // Where the order of rows decides, the way depends on whether it has changed.
          if (ties_ || (number + 1 == tables_.size() && IsExpanded())) return std::nullopt;
        }
        return true;
      default:
        return true;
    }
  }

  bool IsExpanded() const {
    const auto& deps = kind_.feature.deps;
    return std::any_of(deps.begin(), deps.end(), [](const FeatureDep& dep) {
      return dep.lineage.type == LineageRelationship::Type::kExpansion;
    });
  }

  std::unique_ptr<RandomInput> NewSource() {
    return std::make_unique<RandomInput>(kind_.feature, static_cast<uint32_t>(random_.Next()));
  }

  std::shared_ptr<arrow::Table> All(const internal::TableSnapshot& table) {
    internal::ScanRequest all{.columns = {}, .with_row_id = false};
    for (const std::string& name : table.schema()->field_names()) all.columns.push_back({name});
    const auto rows = Get(Get(table.Scan(all))->ToTable());
    return ties_ ? rows : WithDistinctTimes(rows);
  }

  std::shared_ptr<arrow::Table> WithDistinctTimes(std::shared_ptr<arrow::Table> rows) {
    for (const std::string name : {"metaxy_updated_at", "metaxy_deleted_at"}) {
      const int index = rows->schema()->GetFieldIndex(name);
      if (index < 0) continue;
      const auto old = rows->column(index);
      arrow::Int64Builder times;
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        // Rows without any time would be ties.
        const bool null = name == "metaxy_deleted_at" && !Get(old->GetScalar(row))->is_valid;
        EXPECT_THAT(null ? times.AppendNull() : times.Append(++time_), IsOk());
      }
      const auto values = Get(Get(times.Finish())->View(old->type()));
      rows = Get(rows->SetColumn(index, rows->schema()->field(index),
                                 std::make_shared<arrow::ChunkedArray>(values)));
    }
    return rows;
  }

  std::shared_ptr<arrow::Table> Few(const internal::TableSnapshot& table) {
    const auto rows = All(table);
    const auto count = static_cast<int64_t>(random_.Below(6));
    return rows->Slice(0, std::min(count, rows->num_rows()));
  }

  // The rows in several fragments.
  void Start(const internal::TableSnapshot& table) {
    const auto rows = All(table);
    tables_.push_back(std::make_unique<FragmentedTable>(rows->schema(), &reads_));
    for (int64_t begin = 0; begin < rows->num_rows();) {
      const auto count = 1 + static_cast<int64_t>(random_.Below(40));
      tables_.back()->Append(rows->Slice(begin, count));
      begin += count;
    }
  }

  Kind kind_;
  bool ties_;
  Random random_;
  bool appends_only_ = true;
  bool edits_only_ = true;
  int64_t time_ = 0;
  std::unique_ptr<RandomInput> source_;  // of definitions, filters and predicates
  std::atomic<int64_t> reads_{0};
  std::vector<std::unique_ptr<FragmentedTable>> tables_;  // of the parents, and the feature's own
};

void Play(const Kind& kind, uint64_t seed, int steps, AllWays* ways) {
  SCOPED_TRACE(std::string(kind.name) + ", seed " + std::to_string(seed));
  const TempDir directory;
  const DeltaOptions delta{
      .mode = DeltaMode::kAuto, .cache = CheckpointCache(directory.path() / "cache"), .log = {}};
  const DeltaOptions off{.mode = DeltaMode::kOff, .cache = std::nullopt, .log = {}};
  History history(kind, seed, /*ties=*/seed % 2 == 0);
  std::optional<bool> known = false;
  for (int step = 0; step < steps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const ResolveInput input = history.Input();
    const int64_t reads = history.reads();
    const auto found = ResolveByDelta(input, delta);
    const bool has_read = history.reads() != reads;
    const auto expected = ResolveByDelta(input, off);
    ASSERT_EQ(found.status(), expected.status());
    if (!found.ok()) return;
    const ResolveReport report = (*found)->report();
    if (known) {
      ASSERT_EQ(report.delta, *known) << report.reason;
    }
    ASSERT_EQ((*found)->counts(), (*expected)->counts());
    ASSERT_EQ((*found)->input_progress(), (*expected)->input_progress());
    ASSERT_EQ(report.delta, report.reason.empty());
    // Where nothing has changed, no row is read before somebody asks for rows.
    if (known && step > 0) {
      ASSERT_NE(*known, has_read);
    }
    if (step > 0 && !known) {
      (history.appends_only() ? ways->appends
       : history.edits_only() ? ways->edits
                              : ways->others)
          .Add(report);
    }
    ASSERT_NE(report.reason, "the earlier answer does not agree with its rows");
    ASSERT_TRUE(Same(Get((*found)->Collect()), Get((*expected)->Collect()))) << report.reason;
    known = history.Steps();
  }
}

class DeltaHistoryTest : public ::testing::TestWithParam<size_t> {};

TEST_P(DeltaHistoryTest, GivesTheAnswerOfAFullResolve) {
  ASSERT_THAT(arrow::compute::Initialize(), IsOk());
  const char* const more = std::getenv("METAXY_HISTORIES");
  const uint64_t histories = more == nullptr ? 10 : std::strtoull(more, nullptr, 10);
  const Kind kind = Kinds()[GetParam()];
  AllWays ways;
  for (uint64_t seed = 0; seed < histories && !HasFatalFailure(); ++seed)
    Play(kind, seed, 25, &ways);
  for (const auto& [what, some] :
       {std::pair("appended", ways.appends), {"deleted", ways.edits}, {"others", ways.others}}) {
    std::cout << kind.name << ", " << what << ": " << some.by_delta << " of " << some.all
              << " by the delta way\n";
  }
  // Else some keys, or the order of rows, depend on more than the rows of these keys.
  EXPECT_GT(ways.appends.by_delta, 0);
  for (const Ways& some : {ways.appends, ways.edits}) {
    for (const std::string& reason : some.reasons) {
      EXPECT_TRUE(reason == "all of several parents are optional" ||
                  reason == "it is not known which rows have which keys" ||
                  reason == "it is not known which keys deleted rows had")
          << reason;
    }
  }
  // Of fragments that were compacted nothing is known before they are read.
  EXPECT_EQ(ways.appends.reasons.count("it is not known which keys deleted rows had"), 0U);
  const std::string name = kind.name;
  if (name.find("expansion") == std::string::npos &&
      name.find("all optional") == std::string::npos &&
      name.find("by a column that is not an id") == std::string::npos) {
    EXPECT_EQ(ways.appends.by_delta, ways.appends.all);
    EXPECT_GE(ways.edits.by_delta * 10, ways.edits.all * 6);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DeltaHistoryTest, ::testing::Range(size_t{0}, Kinds().size()),
                         [](const ::testing::TestParamInfo<size_t>& kind) {
                           return std::to_string(kind.param);
                         });

}  // namespace
}  // namespace metaxy::testing
