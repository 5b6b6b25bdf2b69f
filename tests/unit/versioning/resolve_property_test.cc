// Increments of random tables: equal to those of the simple implementation, and independent of
// memory limit, threads and batch sizes.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/initialize.h>

#include <atomic>
#include <random>
#include <set>

#include "columns/key_columns.h"
#include "naive_resolve.h"
#include "random_input.h"
#include "store/failures/failure_table.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/temp_dir.h"
#include "versioning/resolve/kept_rows.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::testing {
namespace {

using internal::MemoryTable;
using internal::Resolve;
using internal::ResolveInput;

std::vector<std::string> TextsOf(const std::vector<NaiveExpected>& rows,
                                 const std::vector<std::string>& columns) {
  std::vector<std::string> texts;
  for (const NaiveExpected& row : rows) {
    std::string text;
    for (const std::string& name : columns) {
      const auto cell = row.cells.find(name);
      text += (cell == row.cells.end() ? "null" : cell->second.value_or("null")) + "|";
    }
    texts.push_back(text + row.provenance.value_or("null"));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<std::string> TextsOf(const std::vector<Cells>& rows,
                                 const std::vector<std::string>& columns) {
  std::vector<std::string> texts;
  for (const Cells& row : rows) {
    std::string text;
    for (const std::string& name : columns)
      text += (text.empty() ? "" : "|") + row.at(name).value_or("null");
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

class ResolvePropertyTest : public ::testing::TestWithParam<size_t> {};

TEST_P(ResolvePropertyTest, FindsWhatThePlainImplementationFinds) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const Kind kind = Kinds()[GetParam()];
  SCOPED_TRACE(kind.name);
  const TempDir spill;
  for (uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomInput project(kind.feature, seed * 100 + static_cast<uint32_t>(GetParam()));
    const NaiveIncrement expected = project.Expected();
    std::optional<Increment> first;
    for (const int64_t memory_limit : {int64_t{1} << 30, int64_t{10000}, int64_t{0}}) {
      for (const int threads : {1, 2, 4}) {
        for (const int64_t batch_size : {65536, 7, 1}) {
          ResolveInput input = project.Input();
          input.execution.memory_limit = memory_limit;
          input.execution.threads = threads;
          input.execution.batch_size = batch_size;
          input.execution.scan_batch_size = batch_size;
          input.execution.spill_directory = spill.path().string();
          input.reads_all = threads != 1;
          const auto lazy = Get(Resolve(std::move(input)));
          Increment increment = Get(lazy->Collect());
          ASSERT_EQ(lazy->counts().new_samples, increment.new_samples->num_rows());
          if (!first) {
            std::vector<std::string> columns = project.ExpectedColumns();
            std::vector<std::string> with_provenance = columns;
            with_provenance.push_back("metaxy_provenance");
            if (!expected.expected.empty()) {
              ASSERT_EQ(Rows(*increment.new_samples, with_provenance),
                        TextsOf(expected.new_samples, columns));
              ASSERT_EQ(Rows(*increment.stale, with_provenance), TextsOf(expected.stale, columns));
            }
            ASSERT_EQ(Rows(*increment.orphaned, project.CurrentColumns()),
                      TextsOf(expected.orphaned, project.CurrentColumns()));
            first = std::move(increment);
          } else {
            ASSERT_TRUE(Same(*first, increment))
                << memory_limit << " bytes, " << threads << " threads, batches of " << batch_size;
          }
        }
      }
    }
  }
}

// A table that counts how often it is read.
class CountedTable final : public internal::TableSnapshot {
 public:
  explicit CountedTable(std::shared_ptr<const TableSnapshot> table) : table_(std::move(table)) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  arrow::Result<int64_t> NumRows() const override { return table_->NumRows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const internal::ScanRequest& request) const override {
    ++reads_;
    return table_->Scan(request);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    reads_ += row_ids.empty() ? 0 : 1;
    return table_->Take(row_ids, columns);
  }

  int reads() const { return reads_; }

 private:
  std::shared_ptr<const TableSnapshot> table_;
  mutable std::atomic<int> reads_{0};
};

// Without a table of the feature everything is new. Its rows are the same whether they are kept
// while the parent is scanned, do not fit into memory, or are fetched later.
TEST_P(ResolvePropertyTest, RowsThatAreAllNewAreKept) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const Kind kind = Kinds()[GetParam()];
  SCOPED_TRACE(kind.name);
  const auto& deps = kind.feature.deps;
  const bool once =
      deps.size() == 1 && deps.front().lineage.type != LineageRelationship::Type::kAggregation;
  for (uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomInput project(kind.feature, seed * 100 + static_cast<uint32_t>(GetParam()));
    std::optional<Increment> fetched;
    for (const bool reads_all : {false, true}) {
      for (const int64_t memory_limit : {int64_t{1} << 30, int64_t{60000}, int64_t{0}}) {
        for (const int64_t batch_size : {65536, 7}) {
          ResolveInput input = project.Input();
          input.current = nullptr;
          input.execution.memory_limit = memory_limit;
          input.execution.batch_size = batch_size;
          input.execution.scan_batch_size = batch_size;
          const auto parent = std::make_shared<CountedTable>(input.dependencies.front().table);
          input.dependencies.front().table = parent;
          input.reads_all = reads_all;
          const Increment increment = Get(Get(Resolve(std::move(input)))->Collect());
          if (!fetched) fetched = increment;
          ASSERT_TRUE(Same(*fetched, increment)) << memory_limit << " bytes, " << batch_size;
          if (!once || increment.new_samples->num_rows() == 0) continue;
          const bool kept = reads_all && memory_limit == int64_t{1} << 30;
          const bool fetched_later = !reads_all || memory_limit == 0;
          EXPECT_TRUE(!kept || parent->reads() == 1);
          EXPECT_TRUE(!fetched_later || parent->reads() > 1);
        }
      }
    }
  }
}

TEST(KeptRowsTest, ColumnsThatMayBeWideAreNotKept) {
  const auto list = arrow::list(arrow::float32());
  for (const auto& type :
       {arrow::binary(), arrow::large_binary(), arrow::fixed_size_binary(4), list,
        arrow::fixed_size_list(arrow::float32(), 768), arrow::map(arrow::utf8(), arrow::utf8()),
        arrow::struct_({arrow::field("a", list)})})
    EXPECT_TRUE(internal::MayBeWide(*type)) << *type;
  for (const auto& type : {arrow::int64(), arrow::utf8(), arrow::large_utf8(), arrow::boolean(),
                           arrow::timestamp(arrow::TimeUnit::MICRO), arrow::decimal128(9, 2),
                           arrow::dictionary(arrow::int32(), arrow::utf8()),
                           arrow::struct_({arrow::field("a", arrow::utf8())})})
    EXPECT_FALSE(internal::MayBeWide(*type)) << *type;
}

// What has failed of the samples of a feature, and the table that says so.
class RandomFailures {
 public:
  static constexpr uint64_t kFeature = 77;

  RandomFailures(std::vector<std::string> join_columns, uint32_t seed)
      : join_columns_(std::move(join_columns)), random_(seed) {}

  void Choose(const std::shared_ptr<arrow::Table>& part) {
    for (const auto& key : KeysOf(part)) {
      if (!key || random_() % 3 != 0) continue;
      tried_.emplace(key->low, key->high);
      // Those of another feature are in the same table.
      for (const uint64_t feature : {kFeature, kFeature + 1}) {
        EXPECT_THAT(tried_hashes_.Append(reinterpret_cast<const uint8_t*>(&*key)), IsOk());
        EXPECT_THAT(feature_hashes_.Append(feature), IsOk());
      }
    }
  }

  std::shared_ptr<arrow::Table> Table() {
    return arrow::Table::Make(
        arrow::schema({arrow::field(internal::kFeatureHashColumn, arrow::uint64()),
                       arrow::field(internal::kTriedHashColumn, arrow::fixed_size_binary(16))}),
        arrow::ArrayVector{Get(feature_hashes_.Finish()), Get(tried_hashes_.Finish())});
  }

  // The rows of a part that have failed, or the others.
  std::vector<std::string> RowsOf(const std::shared_ptr<arrow::Table>& part,
                                  const std::vector<std::string>& columns, bool failed) const {
    const auto keys = KeysOf(part);
    const auto rows = Get(part->CombineChunksToBatch());
    arrow::RecordBatchVector kept;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      const auto& key = keys[static_cast<size_t>(row)];
      if ((key && tried_.contains({key->low, key->high})) == failed)
        kept.push_back(rows->Slice(row, 1));
    }
    return Rows(*Get(arrow::Table::FromRecordBatches(rows->schema(), kept)), columns);
  }

 private:
  // What was tried, of rows that have a provenance.
  std::vector<std::optional<internal::KeyHash>> KeysOf(
      const std::shared_ptr<arrow::Table>& part) const {
    const auto rows = Get(part->CombineChunksToBatch());
    const auto ids = Get(internal::SampleIds(*rows, join_columns_));
    const auto samples =
        Get(internal::KeyColumns::HashesOf(ids, join_columns_, internal::KeyHasher::Stable()));
    const auto& provenance =
        static_cast<const arrow::LargeStringArray&>(*rows->GetColumnByName("metaxy_provenance"));
    std::vector<std::optional<internal::KeyHash>> keys(samples.size());
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      if (provenance.IsNull(row)) continue;
      const uint64_t digest = internal::KeyHasher::Stable().Digest(provenance.GetView(row));
      const auto i = static_cast<size_t>(row);
      keys[i] = internal::TriedHash(samples[i], digest, kFeature);
    }
    return keys;
  }

  std::vector<std::string> join_columns_;
  std::mt19937 random_;
  std::set<std::pair<uint64_t, uint64_t>> tried_;
  arrow::FixedSizeBinaryBuilder tried_hashes_{arrow::fixed_size_binary(16)};
  arrow::UInt64Builder feature_hashes_;
};

// Some of the samples that are new or stale have failed: exactly these are failed, whatever the
// lineage, and nothing else changes.
TEST_P(ResolvePropertyTest, FailedSamplesAreAPartOfTheirOwn) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const Kind kind = Kinds()[GetParam()];
  SCOPED_TRACE(kind.name);
  for (uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomInput project(kind.feature, seed * 100 + static_cast<uint32_t>(GetParam()));
    const auto without = Get(Resolve(project.Input()));
    const Increment all = Get(without->Collect());
    RandomFailures failures(project.Input().plan->join_columns(), seed);
    failures.Choose(all.new_samples);
    failures.Choose(all.stale);
    const auto table = failures.Table();
    std::vector<std::string> columns = project.ExpectedColumns();
    columns.emplace_back("metaxy_provenance");
    for (const int threads : {1, 4}) {
      ResolveInput input = project.Input();
      input.execution.threads = threads;
      input.execution.memory_limit = threads == 1 ? int64_t{0} : int64_t{1} << 30;
      input.failures = internal::FailureInput{.table = Get(MemoryTable::Make(table)),
                                              .feature_hash = RandomFailures::kFeature,
                                              .policy = FailurePolicy::Skip()};
      const auto lazy = Get(Resolve(std::move(input)));
      const Increment increment = Get(lazy->Collect());
      EXPECT_EQ(Rows(*increment.new_samples, columns),
                failures.RowsOf(all.new_samples, columns, false));
      EXPECT_EQ(Rows(*increment.stale, columns), failures.RowsOf(all.stale, columns, false));
      EXPECT_TRUE(increment.orphaned->Equals(*all.orphaned));
      std::vector<std::string> failed = failures.RowsOf(all.new_samples, columns, true);
      const auto stale = failures.RowsOf(all.stale, columns, true);
      EXPECT_EQ(lazy->counts().failed_stale, static_cast<int64_t>(stale.size()));
      failed.insert(failed.end(), stale.begin(), stale.end());
      std::sort(failed.begin(), failed.end());
      EXPECT_EQ(Rows(*increment.failed, columns), failed);
      EXPECT_EQ(lazy->input_progress(), without->input_progress());
    }
  }
}

std::string KindName(const ::testing::TestParamInfo<size_t>& info) {
  std::string name = Kinds()[info.param].name;
  std::erase(name, ',');
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, ResolvePropertyTest, ::testing::Range(size_t{0}, Kinds().size()),
                         KindName);

}  // namespace
}  // namespace metaxy::testing
