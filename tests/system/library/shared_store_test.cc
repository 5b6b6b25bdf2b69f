#include "system/library/many_threads.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using SharedStoreTest = StoreTest;

TEST_F(SharedStoreTest, ManyThreadsUseOneStore) {
  auto store = OpenStore(VideoGraph());
  UseFromManyThreads(*store, 8, 5);
}

}  // namespace
}  // namespace metaxy::testing
