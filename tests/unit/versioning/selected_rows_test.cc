// Selected rows: what is in memory answers one scan, as its columns may be null there.
#include "versioning/delta/selected_rows.h"

#include <gmock/gmock.h>

#include "fragmented_table.h"
#include "support/frames.h"

namespace metaxy::testing {
namespace {

using internal::ColumnPath;
using internal::RowIdOf;
using internal::ScanRequest;
using internal::SelectedRows;

TEST(SelectedRowsTest, AnswersOneScanFromMemory) {
  std::atomic<int64_t> reads{0};
  const auto schema = arrow::schema({arrow::field("id", arrow::utf8())});
  FragmentedTable table(schema, &reads);
  table.Append(
      TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "a"}, {"id": "b"}, {"id": "c"}])"));
  const ScanRequest narrow{.columns = {ColumnPath{"id"}}};
  const auto snapshot = table.Snapshot();
  const auto taken =
      Get(snapshot->TakeMembers(std::vector{RowIdOf(0, 0), RowIdOf(0, 2)}, narrow.columns));
  const auto nulls = Get(taken->SetColumn(0, taken->schema()->field(0),
                                          Get(arrow::MakeArrayOfNull(arrow::utf8(), 2))));
  const SelectedRows rows(snapshot, narrow.columns, nulls);
  EXPECT_EQ(Get(rows.NumRows()), 2);
  EXPECT_EQ(Get(Get(rows.Scan(narrow))->ToTable())->column(0)->null_count(), 2);
  // Whoever asks again has to take them.
  EXPECT_TRUE(rows.Scan(narrow).status().IsNotImplemented());
  const SelectedRows others(snapshot, narrow.columns, nulls);
  EXPECT_TRUE(others.Scan({.columns = {ColumnPath{"id"}}, .with_row_id = false})
                  .status()
                  .IsNotImplemented());
  EXPECT_EQ(Get(others.Take(std::vector{RowIdOf(0, 2)}, {"id"}))->num_rows(), 1);
}

}  // namespace
}  // namespace metaxy::testing
