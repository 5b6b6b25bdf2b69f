// Filters as strings and as expressions, wherever an operation takes them.
#include <arrow/compute/expression.h>

#include "metaxy/filter.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using arrow::compute::equal;
using arrow::compute::field_ref;
using arrow::compute::literal;
using FiltersTest = StoreTest;

TEST_F(FiltersTest, StringsAndExpressionsMeanTheSame) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const std::vector<std::string> b = {"b|2"};
  EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}, {.filters = {"size > 1", "size < 3"}}), b);
  EXPECT_EQ(ReadRows(*store, "video", {"id", "size"},
                     {.filters = {"size > 1", equal(field_ref("id"), literal("b"))}}),
            b);
  EXPECT_EQ(Counts(*store, "video/crop", {.filters = {{"video", {"size = 2"}}}}).new_samples, 1);
  EXPECT_EQ(Counts(*store, "video/crop", {.global_filters = {std::string("id = 'a'")}}).new_samples,
            1);
  ASSERT_THAT(store->Delete("video", {"size = 1"}), IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "size"}), b);
}

TEST_F(FiltersTest, AnInvalidConditionFailsTheOperation) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Filters wrong = {"size = 1", "size >"};
  const auto fails = FailsWith(ErrorCode::kFilterParse, "size >");
  EXPECT_THAT(store->Read("video", {.filters = wrong}), fails);
  EXPECT_THAT(store->CountRows("video", {.filters = wrong}), fails);
  EXPECT_THAT(store->Delete("video", wrong), fails);
  EXPECT_THAT(store->Delete("video", wrong, {.soft = false}), fails);
  EXPECT_THAT(store->ResolveUpdate("video/crop", {.filters = {{"video", wrong}}}), fails);
  EXPECT_THAT(store->ResolveUpdate("video/crop", {.filters = {{"video/crop", wrong}}}), fails);
  EXPECT_THAT(store->ResolveUpdate("video/crop", {.global_filters = wrong}), fails);
  EXPECT_THAT(store->ResolveUpdate("video/crop", {.target_filters = wrong}), fails);
  EXPECT_THAT(store->ResolveUpdate("video/crop", {.staleness_predicates = wrong}), fails);
}

}  // namespace
}  // namespace metaxy::testing
