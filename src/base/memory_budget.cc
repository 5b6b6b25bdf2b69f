#include "base/memory_budget.h"

#include <algorithm>

#include "base/machine_memory.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

thread_local const MemoryBudget* current = nullptr;

}  // namespace

MemoryBudget::MemoryBudget() : MemoryBudget(DefaultMemoryLimit()) {}
MemoryBudget::MemoryBudget(int64_t limit) : limit_(std::max<int64_t>(limit, 0)) {}

int64_t MemoryBudget::memory_usage() const { return limit_ / 2; }

int64_t MemoryBudget::batch() const { return std::clamp(limit_ / 64, kMiB / 2, 16 * kMiB); }

int MemoryBudget::batches_ahead() const {
  return static_cast<int>(std::clamp<int64_t>(limit_ / 8 / batch(), 1, 1024));
}

int64_t MemoryBudget::read_ahead() const { return std::clamp(limit_ / 16, 8 * kMiB, 256 * kMiB); }

int64_t MemoryBudget::narrow_read_ahead() const {
  return std::clamp(limit_ / 256, 8 * kMiB, 128 * kMiB);
}

int64_t MemoryBudget::spool() const { return std::min(limit_ / 16, 64 * kMiB); }

int64_t MemoryBudget::row_group() const { return std::clamp(limit_ / 16, kMiB, 128 * kMiB); }

int64_t MemoryBudget::caches() const { return std::clamp(limit_ / 16, 4 * kMiB, 192 * kMiB); }

MemoryScope::MemoryScope(MemoryBudget budget) : budget_(budget), outer_(current) {
  current = &budget_;
}

MemoryScope::~MemoryScope() { current = outer_; }

MemoryBudget MemoryScope::Current() { return current != nullptr ? *current : MemoryBudget(); }

}  // namespace metaxy::internal
