// A resolve in parts has the answer of one, whatever the parts and the split of fragments.
#include "versioning/parts/parted_resolve.h"

#include <arrow/builder.h>
#include <arrow/compute/initialize.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "columns/key_columns.h"
#include "fragmented_table.h"
#include "metaxy/errors.h"
#include "random_input.h"
#include "store/failures/failure_table.h"
#include "support/frames.h"
#include "versioning/resolve/read_slice.h"

namespace metaxy::testing {
namespace {

using internal::PartedResolve;
using internal::PartOptions;
using internal::Resolve;
using internal::ResolveInput;

using Blocks = std::vector<std::string>;

// The tables of an input in fragments, some of them compacted, so that their ids are in no order.
class Fragmented {
 public:
  Fragmented(ResolveInput input, uint32_t seed) : input_(std::move(input)), random_(seed) {
    for (internal::DependencyInput& dependency : input_.dependencies) Split(&dependency.table);
    if (input_.current) Split(&input_.current);
  }

  const ResolveInput& input() const { return input_; }

 private:
  void Split(std::shared_ptr<const internal::TableSnapshot>* table) {
    const auto rows = static_cast<const internal::MemoryTable&>(**table).rows();
    FragmentedTable fragments(rows->schema(), &reads_);
    for (int64_t begin = 0; begin < rows->num_rows();) {
      const auto most = static_cast<uint32_t>(rows->num_rows() - begin);
      const int64_t count = 1 + static_cast<int64_t>(random_() % most);
      fragments.Append(Get(arrow::Table::FromRecordBatches({rows->Slice(begin, count)})));
      begin += count;
    }
    if (fragments.num_fragments() > 2 && random_() % 2 == 0)
      fragments.Compact(random_() % (fragments.num_fragments() - 1), 2);
    if (fragments.num_rows() > 0 && random_() % 2 == 0)
      fragments.Delete({static_cast<int64_t>(random_() % fragments.num_rows())});
    *table = fragments.Snapshot();
  }

  ResolveInput input_;
  std::mt19937 random_;
  std::atomic<int64_t> reads_{0};
};

struct Parted {
  IncrementCounts counts;
  int64_t expected_keys = 0;
  int64_t existing_keys = 0;
  std::vector<std::shared_ptr<arrow::Table>> tables[4];  // by IncrementPart
  size_t block_bytes = 0;
};

// Scans random groups of fragments, exchanges, compares, and reads what is found, each by a process
// of its own.
class Cluster {
 public:
  Cluster(const ResolveInput& input, PartOptions options, uint32_t seed)
      : input_(input), options_(std::move(options)), random_(seed) {
    for (const auto& table : Tables()) {
      const auto pin = Get(internal::PinOf(*table, "place", {}));
      EXPECT_TRUE(pin);
      options_.pins.push_back(*pin);
    }
  }

  std::shared_ptr<const PartedResolve> Process() {
    return Get(PartedResolve::Make(input_, options_));
  }

  std::vector<std::shared_ptr<const internal::TableSnapshot>> Tables() const {
    std::vector<std::shared_ptr<const internal::TableSnapshot>> tables;
    for (const internal::DependencyInput& dependency : input_.dependencies)
      tables.push_back(dependency.table);
    if (input_.current && !input_.skip_comparison) tables.push_back(input_.current);
    return tables;
  }

  // By part, the blocks of a table.
  std::vector<Blocks> Scan(size_t table) {
    const auto process = Process();
    std::vector<uint32_t> fragments(process->places(table).num_fragments());
    std::iota(fragments.begin(), fragments.end(), 0U);
    std::shuffle(fragments.begin(), fragments.end(), random_);
    std::vector<Blocks> parts(options_.parts);
    for (size_t begin = 0; begin < fragments.size();) {
      const size_t count = 1 + random_() % (fragments.size() - begin);
      const auto first = fragments.begin() + static_cast<int64_t>(begin);
      Add(Get(Process()->Scan(table, {first, first + static_cast<int64_t>(count)}, {})), &parts);
      begin += count;
    }
    if (!process->is_exchanged(table)) return parts;
    std::vector<Blocks> exchanged(options_.parts);
    for (size_t part = 0; part < options_.parts; ++part)
      Add(Get(Process()->Exchange(table, part, parts[part], {})), &exchanged);
    return exchanged;
  }

  Parted Run(size_t most_rows) {
    Parted result;
    std::vector<std::vector<Blocks>> tables;
    for (size_t table = 0; table < Process()->num_tables(); ++table) tables.push_back(Scan(table));
    for (size_t part = 0; part < options_.parts; ++part) {
      std::vector<Blocks> blocks;
      for (const std::vector<Blocks>& table : tables) {
        blocks.push_back(table[part]);
        std::shuffle(blocks.back().begin(), blocks.back().end(), random_);
        for (const std::string& block : blocks.back()) result.block_bytes += block.size();
      }
      const PartOutcome outcome = Get(Process()->Compare(part, blocks, most_rows, {}));
      result.counts.new_samples += outcome.counts.new_samples;
      result.counts.stale += outcome.counts.stale;
      result.counts.orphaned += outcome.counts.orphaned;
      result.counts.failed += outcome.counts.failed;
      result.counts.failed_stale += outcome.counts.failed_stale;
      result.expected_keys += outcome.expected_keys;
      result.existing_keys += outcome.existing_keys;
      Read(outcome.new_samples, &result.tables[0]);
      Read(outcome.stale, &result.tables[1]);
      Read(outcome.orphaned, &result.tables[2]);
      Read(outcome.failed, &result.tables[3]);
    }
    return result;
  }

 private:
  static void Add(const Blocks& blocks, std::vector<Blocks>* parts) {
    EXPECT_EQ(blocks.size(), parts->size());
    for (size_t part = 0; part < parts->size(); ++part) (*parts)[part].push_back(blocks[part]);
  }

  void Read(const Blocks& slices, std::vector<std::shared_ptr<arrow::Table>>* tables) {
    for (const std::string& bytes : slices) {
      internal::IncrementSlice slice = Get(internal::IncrementSlice::Parse(bytes));
      auto pinned = Tables();
      if (slice.part == IncrementPart::kOrphaned) {
        pinned = {input_.current};
      } else {
        pinned.resize(input_.dependencies.size());
      }
      const auto hasher =
          Get(internal::RowHasher::Make(input_.hash_algorithm, input_.hash_truncation_length));
      const auto rows = Get(internal::ReadRowsOfSlice(std::move(slice), input_.plan, hasher, pinned,
                                                      std::nullopt, {}));
      tables->push_back(Get(rows->ToTable()));
    }
  }

  const ResolveInput& input_;
  PartOptions options_;
  std::mt19937 random_;
};

std::vector<std::string> TextsOf(const std::vector<std::shared_ptr<arrow::Table>>& tables,
                                 const std::shared_ptr<arrow::Table>& like) {
  std::vector<std::shared_ptr<arrow::Table>> all = tables;
  all.push_back(like->Slice(0, 0));
  return Rows(*Get(arrow::ConcatenateTables(all)), like->schema()->field_names());
}

std::vector<std::string> TextsOf(const std::shared_ptr<arrow::Table>& table) {
  return Rows(*table, table->schema()->field_names());
}

void ExpectEqual(const Parted& parted, const LazyIncrement& one) {
  EXPECT_EQ(parted.counts, one.counts());
  std::optional<double> progress;
  if (parted.expected_keys > 0) {
    progress =
        static_cast<double>(parted.existing_keys) / static_cast<double>(parted.expected_keys) * 100;
  }
  EXPECT_EQ(progress, one.input_progress());
  const Increment whole = Get(one.Collect());
  EXPECT_EQ(TextsOf(parted.tables[0], whole.new_samples), TextsOf(whole.new_samples));
  EXPECT_EQ(TextsOf(parted.tables[1], whole.stale), TextsOf(whole.stale));
  EXPECT_EQ(TextsOf(parted.tables[2], whole.orphaned), TextsOf(whole.orphaned));
  EXPECT_EQ(TextsOf(parted.tables[3], whole.failed), TextsOf(whole.failed));
}

class PartedResolveTest : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override { EXPECT_THAT(arrow::compute::Initialize(), IsOk()); }

  ResolveInput Input(uint32_t seed) const {
    return RandomInput(Kinds()[GetParam()].feature, seed * 100 + static_cast<uint32_t>(GetParam()))
        .Input();
  }
};

TEST_P(PartedResolveTest, FindsWhatOneProcessFinds) {
  SCOPED_TRACE(Kinds()[GetParam()].name);
  for (uint32_t seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Fragmented tables(Input(seed), seed);
    const auto one = Get(Resolve(tables.input()));
    for (const size_t parts : {1, 3, 16}) {
      for (const uint64_t most_places : {uint64_t{internal::kNoRow}, uint64_t{0}}) {
        SCOPED_TRACE(std::to_string(parts) + " parts");
        const PartOptions options{.parts = parts, .seed = seed * 7919, .most_places = most_places};
        ExpectEqual(Cluster(tables.input(), options, seed).Run(1 + seed * 3), *one);
      }
    }
  }
}

TEST_P(PartedResolveTest, WithoutAComparisonEverythingIsNew) {
  for (uint32_t seed = 0; seed < 3; ++seed) {
    Fragmented tables(Input(seed), seed);
    ResolveInput input = tables.input();
    input.skip_comparison = true;
    ExpectEqual(Cluster(input, {.parts = 4, .seed = 1}, seed).Run(5), *Get(Resolve(input)));
  }
}

TEST_P(PartedResolveTest, FailedSamplesAreAPartOfTheirOwn) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Fragmented tables(Input(seed), seed);
    ResolveInput input = tables.input();
    const Increment all = Get(Get(Resolve(input))->Collect());
    // Every second one has failed.
    constexpr uint64_t kFeature = 77;
    const auto hasher = internal::KeyHasher::Stable();
    arrow::FixedSizeBinaryBuilder tried(arrow::fixed_size_binary(16));
    arrow::UInt64Builder features;
    const std::vector<std::string> columns = input.plan->join_columns();
    for (const auto& part : {all.new_samples, all.stale}) {
      const auto rows = Get(part->CombineChunksToBatch());
      const auto ids = Get(internal::SampleIds(*rows, columns));
      const auto keys = Get(internal::KeyColumns::HashesOf(ids, columns, hasher));
      const auto& provenance =
          static_cast<const arrow::LargeStringArray&>(*rows->GetColumnByName("metaxy_provenance"));
      for (int64_t row = 0; row < rows->num_rows(); row += 2) {
        if (provenance.IsNull(row)) continue;
        const auto key = internal::TriedHash(keys[static_cast<size_t>(row)],
                                             hasher.Digest(provenance.GetView(row)), kFeature);
        ASSERT_THAT(tried.Append(reinterpret_cast<const uint8_t*>(&key)), IsOk());
        ASSERT_THAT(features.Append(kFeature), IsOk());
      }
    }
    const auto table = arrow::Table::Make(
        arrow::schema({arrow::field(internal::kFeatureHashColumn, arrow::uint64()),
                       arrow::field(internal::kTriedHashColumn, arrow::fixed_size_binary(16))}),
        arrow::ArrayVector{Get(features.Finish()), Get(tried.Finish())});
    input.failures = internal::FailureInput{.table = Get(internal::MemoryTable::Make(table)),
                                            .feature_hash = kFeature,
                                            .policy = FailurePolicy::Skip()};
    const auto one = Get(Resolve(input));
    ExpectEqual(Cluster(input, {.parts = 5, .seed = 1}, seed).Run(4), *one);
  }
}

std::string KindName(const ::testing::TestParamInfo<size_t>& info) {
  std::string name = Kinds()[info.param].name;
  std::erase(name, ',');
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, PartedResolveTest, ::testing::Range(size_t{0}, Kinds().size()),
                         KindName);

// A resolve of two tables, one of which is exchanged.
class PartedBlocksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_THAT(arrow::compute::Initialize(), IsOk());
    for (const Kind& kind : Kinds()) {
      if (std::string(kind.name) != "expansion by a column that is not an id") continue;
      for (uint32_t seed = 0; !tables_ || !tables_->input().current; ++seed)
        tables_.emplace(RandomInput(kind.feature, seed).Input(), seed);
    }
    cluster_.emplace(tables_->input(), PartOptions{.parts = 2, .seed = 5}, 1);
  }

  std::optional<Fragmented> tables_;
  std::optional<Cluster> cluster_;
};

TEST_F(PartedBlocksTest, WhatIsNotWholeIsRefused) {
  const auto process = cluster_->Process();
  ASSERT_TRUE(process->is_exchanged(0));
  const auto refused = [](const auto& result, const std::string& words) {
    EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidInput, words));
  };
  std::vector<Blocks> scanned(2);
  for (uint32_t fragment = 0; fragment < process->places(0).num_fragments(); ++fragment) {
    const Blocks blocks = Get(process->Scan(0, {fragment}, {}));
    for (size_t part = 0; part < 2; ++part) scanned[part].push_back(blocks[part]);
  }
  ASSERT_GT(scanned[0].size(), 1U);
  Blocks some = scanned[0];
  some.pop_back();
  refused(process->Exchange(0, 0, some, {}), "is in no block of part 0");
  some = scanned[0];
  some.push_back(some.front());
  refused(process->Exchange(0, 0, some, {}), "is in two blocks of part 0");
  refused(process->Exchange(0, 1, scanned[0], {}), "of part 0, and not of part 1");
  refused(process->Exchange(1, 0, scanned[0], {}), "of table 0, and not of table 1");
  const std::string good = scanned[0].front();
  for (size_t i = 0; i < good.size(); i += 3) {
    some = scanned[0];
    some.front()[i] = static_cast<char>(good[i] ^ 4);
    refused(process->Exchange(0, 0, some, {}), "");
    some.front() = good.substr(0, i);
    refused(process->Exchange(0, 0, some, {}), "");
  }
  const Blocks exchanged = Get(process->Exchange(0, 0, scanned[0], {}));
  const std::vector<Blocks> current = cluster_->Scan(1);
  refused(process->Compare(0, {{exchanged[0]}, current[0]}, 10, {}), "part 1 of table 0 is in no");
  refused(process->Compare(0, {scanned[0], current[0]}, 10, {}), "not exchanged yet");
  refused(process->Compare(0, {current[0], scanned[0]}, 10, {}), "of table 1, and not of table 0");
  refused(process->Compare(0, {exchanged}, 10, {}), "blocks of 1 tables are given");
  refused(process->Compare(2, {exchanged, current[0]}, 10, {}), "there is no part 2");
  refused(process->Compare(0, {exchanged, current[0]}, 0, {}), "at least one row");
  refused(process->Scan(2, {0}, {}), "there is no table 2");
  refused(process->Scan(0, {1000}, {}), "there is no fragment 1000");
  refused(process->Scan(0, {0, 0}, {}), "is to be scanned twice");
  Cluster other(tables_->input(), {.parts = 2, .seed = 5, .plan = {1, 2}}, 1);
  refused(other.Process()->Exchange(0, 0, scanned[0], {}), "of another plan");
  refused(PartedResolve::Make(tables_->input(), {.parts = 0}), "at least one part");
  ResolveInput samples = tables_->input();
  samples.samples = Get(arrow::Table::MakeEmpty(arrow::schema({})));
  refused(PartedResolve::Make(samples, {.parts = 1}), "samples of 'child' are in this process");
}

TEST_F(PartedBlocksTest, ATableThatDoesNotTellItsFragmentsIsRefused) {
  ResolveInput input = tables_->input();
  input.current =
      Get(internal::MemoryTable::Make(Get(arrow::Table::MakeEmpty(input.current->schema()))));
  EXPECT_THAT(PartedResolve::Make(input, {.parts = 1}),
              FailsWith(ErrorCode::kNotSupported, "resolve in one process"));
}

}  // namespace
}  // namespace metaxy::testing
