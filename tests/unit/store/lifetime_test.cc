// Readers and increments hold what they need: they outlive the store that made them.
#include "backends.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

using LifetimeTest = BackendTest;
INSTANTIATE_TEST_SUITE_P(Stores, LifetimeTest, ::testing::ValuesIn(Backends()), BackendName);

// What was read and resolved before a store goes, read afterwards.
struct Kept {
  std::shared_ptr<arrow::RecordBatchReader> plain;
  std::shared_ptr<arrow::RecordBatchReader> latest;
  std::shared_ptr<arrow::RecordBatchReader> rebased;
  std::unique_ptr<LazyIncrement> increment;

  static Kept Of(MetadataStore& store, const std::shared_ptr<arrow::Table>& crops) {
    return {Get(store.Read("video", {.with_sample_history = true, .include_soft_deleted = true})),
            Get(store.Read("video")),
            Get(store.Rebase("video/crop", std::make_shared<arrow::TableBatchReader>(crops))),
            Get(store.ResolveUpdateLazy("video/crop"))};
  }

  void Expect() const {
    EXPECT_THAT(Rows(*Get(plain->ToTable()), {"id"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(Rows(*Get(latest->ToTable()), {"id"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(Rows(*Get(rebased->ToTable()), {"id"}), ElementsAre("a", "b"));
    EXPECT_EQ(increment->counts().new_samples, 1);
    EXPECT_THAT(Rows(*Get(Get(increment->new_samples())->ToTable()), {"id"}), ElementsAre("c"));
    const Increment all = Get(increment->Collect());
    EXPECT_EQ(all.stale->num_rows(), 0);
    EXPECT_EQ(all.orphaned->num_rows(), 0);
  }
};

TEST_P(LifetimeTest, ReadersAndIncrementsOutliveTheirStore) {
  const auto one_more = Videos(
      R"([{"id": "c", "size": 3, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])");
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  ASSERT_THAT(store->Write("video", one_more), IsOk());
  const auto crops = Everything(*store, "video/crop");
  const Kept open = Kept::Of(*store, crops);
  const Kept closed = Kept::Of(*store, crops);
  const Kept gone = Kept::Of(*store, crops);
  // What is written later is not in them.
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  open.Expect();
  ASSERT_THAT(store->Close(), IsOk());
  closed.Expect();
  store.reset();
  gone.Expect();
}

}  // namespace
}  // namespace metaxy::testing
