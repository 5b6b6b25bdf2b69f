#include "system/library/many_threads.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

using LanceSharedStoreTest = LanceStoreTest;

TEST_F(LanceSharedStoreTest, ManyThreadsUseOneStore) {
  auto store = OpenLance();
  UseFromManyThreads(*store, 4, 4);
}

}  // namespace
}  // namespace metaxy::testing
