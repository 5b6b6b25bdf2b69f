#include "system/property/random_write.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "metaxy/lancedb_metadata_store.h"
#include "metaxy/system_columns.h"
#include "support/matchers.h"
#include "support/random_columns.h"
#include "support/value_text.h"

namespace metaxy::testing {
namespace {

constexpr int64_t kCandidates = 12;

// Ids of the usual types; every fourth table has ids of any type.
std::shared_ptr<arrow::DataType> IdType(Random* random) {
  static const std::vector<std::shared_ptr<arrow::DataType>> usual = {
      arrow::utf8(),   arrow::large_utf8(),
      arrow::int64(),  arrow::int32(),
      arrow::uint64(), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
      arrow::date32(), arrow::dictionary(arrow::int32(), arrow::utf8())};
  return random->Percent(75) ? random->Pick(usual) : RandomType(random, 1);
}

// Rows with unique, non-null ids.
std::vector<int64_t> DistinctRows(const arrow::ArrayVector& ids) {
  std::set<std::string> known;
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < kCandidates; ++row) {
    std::string key;
    bool whole = true;
    for (const auto& id : ids) {
      std::string value =
          id->type_id() == arrow::Type::SPARSE_UNION || id->type_id() == arrow::Type::DENSE_UNION
              ? std::to_string(row)
              : ValueText(*id, row);
      if (value == "-0x0p+0") value = "0x0p+0";
      if (value == "half 8000") value = "half 0";
      whole = whole && value != "null";
      key += value + "|";
    }
    if (whole && known.insert(key).second) rows.push_back(row);
  }
  return rows;
}

// A run of the distinct rows, because Arrow's kernels cannot gather rows of every type.
std::pair<int64_t, int64_t> LongestRun(const std::vector<int64_t>& rows) {
  std::pair<int64_t, int64_t> best = {0, 0};
  for (size_t from = 0, to = 0; from < rows.size(); from = to) {
    to = from + 1;
    while (to < rows.size() && rows[to] == rows[to - 1] + 1) ++to;
    const auto length = static_cast<int64_t>(to - from);
    if (length > best.second) best = {rows[from], length};
  }
  return best;
}

std::shared_ptr<arrow::Array> RandomProvenance(Random* random) {
  static const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::utf8(), arrow::large_utf8(), arrow::int64(), arrow::boolean(),
      arrow::timestamp(arrow::TimeUnit::MICRO)};
  const auto type = random->Percent(70) ? arrow::utf8() : random->Pick(types);
  const RandomValues whole{.nulls = false};
  return Get(arrow::StructArray::Make({RandomArray(random, type, kCandidates, whole),
                                       RandomArray(random, type, kCandidates, whole)},
                                      std::vector<std::string>{"x", "y"}));
}

std::vector<std::string> RowsOf(const arrow::Table& table, const auto& wanted) {
  std::map<std::string, std::shared_ptr<arrow::Array>> columns;
  for (int i = 0; i < table.num_columns(); ++i) {
    const std::string& name = table.field(i)->name();
    if (!wanted(name)) continue;
    const auto& column = *table.column(i);
    if (column.num_chunks() == 0) continue;
    columns[name] =
        column.num_chunks() == 1 ? column.chunk(0) : Get(arrow::Concatenate(column.chunks()));
  }
  std::vector<std::string> rows;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    std::string text;
    for (const auto& [name, column] : columns) text += name + "=" + ValueText(*column, row) + "; ";
    rows.push_back(std::move(text));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

std::vector<std::string> RandomIds(uint64_t seed) {
  return seed % 3 == 0 ? std::vector<std::string>{"id", "part"} : std::vector<std::string>{"id"};
}

std::shared_ptr<arrow::Table> RandomRows(uint64_t seed) {
  Random random(seed);
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const auto add = [&](std::string name, std::shared_ptr<arrow::Array> values) {
    fields.push_back(arrow::field(std::move(name), values->type()));
    columns.push_back(std::move(values));
  };
  const std::vector<std::string> names = RandomIds(seed);
  std::pair<int64_t, int64_t> run = {0, 0};
  arrow::ArrayVector ids;
  // Some types have too few values to identify rows.
  while (run.second < 2) {
    ids.clear();
    for (size_t i = 0; i < names.size(); ++i) {
      const auto type = IdType(&random);
      ids.push_back(RandomArray(&random, type, kCandidates, {.nulls = random.Percent(10)}));
    }
    run = LongestRun(DistinctRows(ids));
  }
  for (size_t i = 0; i < names.size(); ++i) add(names[i], ids[i]);
  add(std::string(kProvenanceByField), RandomProvenance(&random));
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < kCandidates; ++i) EXPECT_THAT(numbers.Append(i), IsOk());
  add("n", Get(numbers.Finish()));
  const bool broken = random.Percent(10);
  for (size_t count = random.Below(5); count > 0; --count) {
    const auto type = RandomType(&random, 2);
    add(RandomName(&random), RandomArray(&random, type, kCandidates, {.broken = broken}));
  }
  const auto table = arrow::Table::Make(arrow::schema(std::move(fields)), std::move(columns));
  return table->Slice(run.first, run.second);
}

std::shared_ptr<MetadataStore> StoreFor(uint64_t seed, const std::filesystem::path& directory) {
  auto graph = std::make_shared<FeatureGraph>();
  EXPECT_THAT(
      graph->AddFeature({.key = "clip", .id_columns = RandomIds(seed), .fields = {"x", "y"}}, "p"),
      IsOk());
  EXPECT_THAT(
      graph->AddFeature(
          {.key = "emb", .id_columns = RandomIds(seed), .deps = {"clip"}, .fields = {"v"}}, "p"),
      IsOk());
  auto store = Get(
      LanceDBMetadataStore::Make({.uri = directory.string()}, {.graph = graph, .project = "p"}));
  EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
  return store;
}

std::vector<std::string> UserRows(const arrow::Table& table) {
  return RowsOf(table, [](const std::string& name) { return !IsSystemColumn(name); });
}

std::vector<std::string> AllRows(const arrow::Table& table) {
  return RowsOf(table, [](const std::string&) { return true; });
}

}  // namespace metaxy::testing
