// Batches of wide rows have fewer rows.
#include "columns/row_width.h"

#include <gtest/gtest.h>

namespace metaxy::testing {
namespace {

using internal::HasKnownWidth;
using internal::RowsPerBatch;

TEST(RowWidthTest, WideRowsMakeShortBatches) {
  constexpr int64_t kBytes = 16 << 20;
  const auto text = arrow::field("text", arrow::large_utf8());
  const auto vector = arrow::field("vector", arrow::fixed_size_list(arrow::float32(), 768));
  const auto huge = arrow::field("huge", arrow::fixed_size_list(arrow::float64(), 1000000));
  const auto nested = arrow::field("nested", arrow::struct_({vector, text}));
  EXPECT_EQ(RowsPerBatch(arrow::Schema({text}), 65536, kBytes), 65536);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({text}), 7, kBytes), 7);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({vector}), 65536, kBytes), kBytes / 3073);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({vector}), 7, kBytes), 7);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({nested}), 65536, kBytes), kBytes / (3073 + 32));
  EXPECT_EQ(RowsPerBatch(arrow::Schema({huge}), 65536, kBytes), 2);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({huge}), 65536, 1), 1);
}

TEST(RowWidthTest, StringsAndListsCountWithTheirLengths) {
  const auto number = arrow::field("number", arrow::int64());
  const auto vector = arrow::field("vector", arrow::fixed_size_list(arrow::float32(), 768));
  const auto list = arrow::field("list", arrow::list(arrow::float64()));
  EXPECT_TRUE(HasKnownWidth(arrow::Schema({number, vector})));
  EXPECT_TRUE(HasKnownWidth(arrow::Schema({arrow::field("s", arrow::struct_({number, vector}))})));
  EXPECT_FALSE(HasKnownWidth(arrow::Schema({number, list})));
  EXPECT_FALSE(HasKnownWidth(arrow::Schema({arrow::field("s", arrow::struct_({list}))})));
  EXPECT_FALSE(HasKnownWidth(arrow::Schema({arrow::field("text", arrow::utf8())})));
}

}  // namespace
}  // namespace metaxy::testing
