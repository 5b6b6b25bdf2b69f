// Compaction planning: which fragments are worth merging, and with how much memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "metaxy/maintenance.h"
#include "store/maintenance/table_maintenance.h"

namespace metaxy::internal {

/// Size tiers by which automatic maintenance distinguishes small fragments from large ones:
/// ascending, the last one is `target_rows`.
std::vector<int64_t> MergeTiers(int64_t target_rows);

/// The tier up to which fragments are to be compacted now: the largest that has `enough` fragments
/// of about its size, if any has; for the first tier, `enough_of_first` are enough. `smaller[i]` is
/// the number of fragments with fewer than `tiers[i]` rows. Tiers keep a large fragment from being
/// rewritten for every handful of rows beside it.
std::optional<int64_t> DueTier(const std::vector<int64_t>& tiers,
                               const std::vector<int64_t>& smaller, int64_t enough,
                               int64_t enough_of_first);

/// A plan in which rows as wide as this table's reach neither more than `target_bytes` per file nor
/// a batch of more memory than the budget of this thread (MemoryScope) gives one.
CompactionPlan PlanCompaction(const TableStatistics& table, int64_t target_rows,
                              int64_t target_bytes);

}  // namespace metaxy::internal
