// Batches of wide rows have fewer of them.
#include "columns/row_width.h"

#include <gtest/gtest.h>

namespace metaxy::testing {
namespace {

using internal::RowsPerBatch;

TEST(RowWidthTest, WideRowsMakeShortBatches) {
  const auto text = arrow::field("text", arrow::large_utf8());
  const auto vector = arrow::field("vector", arrow::fixed_size_list(arrow::float32(), 768));
  const auto huge = arrow::field("huge", arrow::fixed_size_list(arrow::float64(), 1000000));
  const auto nested = arrow::field("nested", arrow::struct_({vector, text}));
  EXPECT_EQ(RowsPerBatch(arrow::Schema({text}), 65536), 65536);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({text}), 7), 7);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({vector}), 65536), (16 << 20) / 3073);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({vector}), 7), 7);
  EXPECT_EQ(RowsPerBatch(arrow::Schema({nested}), 65536), (16 << 20) / (3073 + 32));
  EXPECT_EQ(RowsPerBatch(arrow::Schema({huge}), 65536), 1024);
}

}  // namespace
}  // namespace metaxy::testing
