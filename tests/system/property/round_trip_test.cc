// Rows of any type and name are refused before their table changes, or are read back unchanged.
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/lancedb_metadata_store.h"
#include "support/matchers.h"
#include "support/random.h"
#include "support/temp_dir.h"
#include "system/property/pipeline.h"
#include "system/property/random_write.h"

namespace metaxy::testing {
namespace {

const FeatureKey kClip("clip");

// The whole content of a table, including history; `std::nullopt` if there is no table.
struct State {
  std::vector<std::string> columns = {};
  std::vector<std::string> rows = {};
  std::optional<int64_t> versions = std::nullopt;
  bool operator==(const State&) const = default;
};

void PrintTo(const State& state, std::ostream* stream) {
  *stream << "version " << state.versions.value_or(0);
  for (const std::string& column : state.columns) *stream << "\n  column " << column;
  for (const std::string& row : state.rows) *stream << "\n  row " << row;
}

State StateOf(MetadataStore& store) {
  if (!Get(store.HasFeature(kClip))) return {};
  const auto all = Get(Get(store.Read(kClip, {.with_feature_history = true,
                                              .with_sample_history = true,
                                              .include_soft_deleted = true}))
                           ->ToTable());
  State state;
  for (const auto& field : all->schema()->fields()) state.columns.push_back(field->ToString());
  state.rows = AllRows(*all);
  state.versions = Get(store.administration().GetTableStatistics("clip")).versions;
  return state;
}

std::shared_ptr<arrow::Table> ReadAll(MetadataStore& store, const FeatureKey& feature,
                                      const ReadOptions& options = {}) {
  return Get(Get(store.Read(feature, options))->ToTable());
}

// The rows that can always be written: ids, versions and numbers.
std::shared_ptr<arrow::Table> PlainRows(const arrow::Table& rows, size_t ids) {
  std::vector<int> columns;
  for (size_t i = 0; i < ids + 2; ++i) columns.push_back(static_cast<int>(i));
  return Get(rows.SelectColumns(columns));
}

void ExpectInOneLine(const arrow::Status& status) {
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  const ErrorCode code = GetErrorCode(status);
  EXPECT_TRUE(code == ErrorCode::kInvalidInput || code == ErrorCode::kMetadataSchema ||
              code == ErrorCode::kLossyCast)
      << status.ToString();
}

void ExpectRefused(MetadataStore& store, const arrow::Status& refused, const State& before,
                   const std::shared_ptr<arrow::Table>& plain, bool plain_is_good) {
  ExpectInOneLine(refused);
  EXPECT_EQ(StateOf(store), before) << refused.ToString();
  if (!plain_is_good) return;
  EXPECT_THAT(store.Write(kClip, plain), IsOk()) << "after " << refused.ToString();
  EXPECT_EQ(ReadAll(store, kClip)->num_rows(), plain->num_rows());
}

void ExpectEmpty(const Increment& increment) {
  EXPECT_EQ(increment.new_samples->num_rows(), 0);
  EXPECT_EQ(increment.stale->num_rows(), 0);
  EXPECT_EQ(increment.orphaned->num_rows(), 0);
}

std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void ExpectFilters(MetadataStore& store, const arrow::Table& rows) {
  for (int i = 0; i < rows.num_columns(); ++i) {
    const std::string& name = rows.field(i)->name();
    const auto is_null = ReadAll(store, kClip, {.filters = {Quoted(name) + " IS NULL"}});
    const auto is_not = ReadAll(store, kClip, {.filters = {Quoted(name) + " IS NOT NULL"}});
    EXPECT_EQ(is_null->num_rows() + is_not->num_rows(), rows.num_rows()) << name;
  }
}

// Soft-deletes the row with the first number, hard-deletes the next one, and compacts.
void ExpectDeletions(MetadataStore& store, const std::shared_ptr<arrow::Table>& rows) {
  const auto number = [&](int64_t row) {
    return Get(rows->GetColumnByName("n")->GetScalar(row))->ToString();
  };
  int64_t gone = 0;
  for (const bool soft : {true, false}) {
    if (gone == rows->num_rows()) break;
    EXPECT_THAT(store.Delete(kClip, {"n = " + number(gone)}, {.soft = soft}), IsOk());
    ++gone;
    EXPECT_EQ(UserRows(*ReadAll(store, kClip)), UserRows(*rows->Slice(gone)));
  }
  EXPECT_THAT(store.administration().CompactMetadata(kClip), IsOk());
  EXPECT_EQ(UserRows(*ReadAll(store, kClip)), UserRows(*rows->Slice(gone)));
}

void ExpectReadBack(MetadataStore& store, const std::shared_ptr<arrow::Table>& rows, bool grown) {
  EXPECT_EQ(UserRows(*ReadAll(store, kClip)), UserRows(*rows));
  ExpectEmpty(Get(store.ResolveUpdate(kClip, {.samples = rows})));
  ExpectFilters(store, *rows);
  const auto children = Get(store.ResolveUpdate("emb"));
  EXPECT_EQ(children.new_samples->num_rows(), rows->num_rows());
  EXPECT_EQ(UserRows(*children.new_samples), UserRows(*rows));
  ExpectDeletions(store, rows);
  if (grown) {
    // Rows from before the table grew can still be written.
    EXPECT_THAT(store.Write(kClip, PlainRows(*rows, 1)), IsOk());
  }
}

void RoundTrip(uint64_t seed) {
  const TempDir directory;
  const auto store = StoreFor(seed, directory.path());
  const auto rows = RandomRows(seed);
  ASSERT_GT(rows->num_rows(), 0) << "every seed has rows";
  const auto plain = PlainRows(*rows, RandomIds(seed).size());
  const bool grows = Random(seed ^ 0x5eed).Percent(50);
  const bool plain_is_good =
      ToStatus(StoreFor(seed, directory.path() / "plain")->Write(kClip, plain)).ok();
  if (grows && plain_is_good) {
    ASSERT_THAT(store->Write(kClip, plain), IsOk());
  }
  const State before = StateOf(*store);
  const bool resolves = store->ResolveUpdate(kClip, {.samples = rows}).ok();
  const arrow::Status written = ToStatus(store->Write(kClip, rows));
  if (!written.ok()) {
    ExpectRefused(*store, written, before, plain, plain_is_good);
  } else {
    EXPECT_TRUE(resolves) << "written, but not to be resolved";
    ExpectReadBack(*store, rows, grows && RandomIds(seed).size() == 1);
  }
}

// The seeds in METAXY_SEEDS as FIRST..LAST, for longer runs; else these.
void TrySeeds(uint64_t first, uint64_t last) {
  if (const char* given = std::getenv("METAXY_SEEDS")) {
    char* end = nullptr;
    first = std::strtoull(given, &end, 10);
    ASSERT_EQ(std::string_view(end).substr(0, 2), "..") << "METAXY_SEEDS is FIRST..LAST";
    last = std::strtoull(end + 2, nullptr, 10);
  }
  ForSeeds(first, last, RoundTrip);
}

TEST(RoundTrip, RandomTables1) { TrySeeds(1, 250); }
TEST(RoundTrip, RandomTables2) { TrySeeds(251, 500); }
TEST(RoundTrip, RandomTables3) { TrySeeds(501, 750); }
TEST(RoundTrip, RandomTables4) { TrySeeds(751, 1000); }

}  // namespace
}  // namespace metaxy::testing
