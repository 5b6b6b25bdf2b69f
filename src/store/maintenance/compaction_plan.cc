#include "store/maintenance/compaction_plan.h"

#include <algorithm>

#include "base/memory_budget.h"

namespace metaxy::internal {
namespace {

// Ratio of one tier to the next, so that a row is rewritten a few times on its way to the last one.
constexpr int64_t kTierFactor = 32;
constexpr int64_t kMostBatchRows = 8192;

}  // namespace

std::vector<int64_t> MergeTiers(int64_t target_rows) {
  std::vector<int64_t> tiers;
  for (int64_t rows = target_rows; rows > kTierFactor; rows /= kTierFactor) tiers.push_back(rows);
  if (tiers.empty()) tiers.push_back(target_rows);
  std::reverse(tiers.begin(), tiers.end());
  return tiers;
}

std::optional<int64_t> DueTier(const std::vector<int64_t>& tiers,
                               const std::vector<int64_t>& smaller, int64_t enough,
                               int64_t enough_of_first) {
  for (size_t i = tiers.size(); i-- > 0;) {
    const int64_t below = i == 0 ? 0 : smaller[i - 1];
    if (smaller[i] - below >= (i == 0 ? enough_of_first : enough)) return tiers[i];
  }
  return std::nullopt;
}

CompactionPlan PlanCompaction(const TableStatistics& table, int64_t target_rows,
                              int64_t target_bytes) {
  CompactionPlan plan;
  const int64_t rows = table.rows.value_or(0) + table.deleted_rows.value_or(0);
  const int64_t row_bytes = rows > 0 ? std::max<int64_t>(table.bytes.value_or(0) / rows, 1) : 1;
  const int64_t batch_bytes = MemoryScope::Current().batch();
  plan.target_rows = std::clamp<int64_t>(target_bytes / row_bytes, 1, target_rows);
  plan.batch_rows =
      static_cast<int>(std::clamp<int64_t>(batch_bytes / row_bytes, 1, kMostBatchRows));
  return plan;
}

}  // namespace metaxy::internal
