// What a memory limit leaves to whom.
#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/machine_memory.h"

namespace metaxy::testing {
namespace {

using internal::MemoryBudget;
using internal::MemoryScope;

TEST(MemoryBudgetTest, PartsStayBelowTheLimit) {
  for (const int64_t limit : {int64_t{128} << 20, int64_t{512} << 20, int64_t{8} << 30}) {
    SCOPED_TRACE(limit);
    const MemoryBudget memory(limit);
    const int64_t on_their_way = memory.batch() * (memory.batches_ahead() + 4);
    EXPECT_LE(memory.memory_usage() + on_their_way + memory.read_ahead() + memory.spool() +
                  memory.row_group() + memory.caches(),
              limit);
  }
}

TEST(MemoryBudgetTest, EveryPartIsSomething) {
  const MemoryBudget none(0);
  EXPECT_EQ(none.memory_usage(), 0);
  EXPECT_GT(none.batch(), 0);
  EXPECT_EQ(none.batches_ahead(), 1);
  EXPECT_GT(none.read_ahead(), 0);
  EXPECT_GT(none.narrow_read_ahead(), 0);
  EXPECT_GT(none.row_group(), 0);
  EXPECT_GT(none.caches(), 0);
}

TEST(MemoryBudgetTest, ScopesAreOfTheirThread) {
  EXPECT_EQ(MemoryScope::Current().limit(), internal::DefaultMemoryLimit());
  const MemoryScope outer(MemoryBudget(1000));
  {
    const MemoryScope inner(MemoryBudget(10));
    EXPECT_EQ(MemoryScope::Current().limit(), 10);
    std::thread([] {
      EXPECT_EQ(MemoryScope::Current().limit(), internal::DefaultMemoryLimit());
    }).join();
  }
  EXPECT_EQ(MemoryScope::Current().limit(), 1000);
}

}  // namespace
}  // namespace metaxy::testing
