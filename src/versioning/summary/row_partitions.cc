#include "versioning/summary/row_partitions.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "versioning/summary/move_rows.h"

namespace metaxy::internal {
void RowBlock::Clear() {
  first_position = 0;
  ids.clear();
  joins.clear();
  timestamps.clear();
  flags.clear();
  digests.clear();
  payload_offsets.clear();
  payloads.clear();
}

RowPartitions::RowPartitions(RowLayout layout, size_t partitions, bool split_by_id,
                             int64_t expected_rows, Execution* execution)
    : layout_(layout),
      split_by_id_(split_by_id),
      shift_(64 - std::countr_zero(partitions)),
      execution_(execution),
      partitions_(partitions) {
  for (Partition& partition : partitions_) partition.rows = RowTable(layout_);
  // Room that might never be needed would drive other rows out of memory.
  const auto bytes = expected_rows * static_cast<int64_t>(RowTable::BytesPerRow(layout_));
  if (bytes < execution_->memory().memory_usage() / 4)
    reserved_per_partition_ = static_cast<size_t>(expected_rows) / partitions * 17 / 16;
}

RowPartitions::~RowPartitions() {
  for (Partition& partition : partitions_)
    execution_->AddMemoryUsage(-static_cast<int64_t>(partition.bytes));
}

void RowPartitions::Sort(const KeyHash* keys, size_t count, std::vector<uint32_t>* order,
                         std::vector<uint32_t>* offsets) const {
  offsets->assign(partitions_.size() + 1, 0);
  for (size_t i = 0; i < count; ++i) ++(*offsets)[PartitionOf(keys[i]) + 1];
  for (size_t i = 1; i < offsets->size(); ++i) (*offsets)[i] += (*offsets)[i - 1];
  std::vector<uint32_t> next(offsets->begin(), offsets->end() - 1);
  order->resize(count);
  for (size_t i = 0; i < count; ++i)
    (*order)[next[PartitionOf(keys[i])]++] = static_cast<uint32_t>(i);
}

void RowPartitions::Account(Partition* partition) {
  const size_t bytes = partition->rows.bytes();
  execution_->AddMemoryUsage(static_cast<int64_t>(bytes) -
                             static_cast<int64_t>(partition->bytes.exchange(bytes)));
}

arrow::Status RowPartitions::Insert(RowBlock* inserted) {
  const RowBlock& block = *inserted;
  const std::vector<uint32_t>& order = block.order;
  const std::vector<uint32_t>& offsets = block.offsets;
  const std::vector<KeyHash>& keys = layout_.with_join && !split_by_id_ ? block.joins : block.ids;
  Sort(keys.data(), block.size(), &inserted->order, &inserted->offsets);
  for (size_t p = 0; p < partitions_.size(); ++p) {
    if (offsets[p] == offsets[p + 1]) continue;
    Partition& partition = partitions_[p];
    const std::lock_guard<std::mutex> lock(partition.mutex);
    RowTable& rows = partition.rows;
    if (rows.size() == 0 && partition.spilled.empty()) rows.Reserve(reserved_per_partition_);
    for (uint32_t i = offsets[p]; i < offsets[p + 1]; ++i) AppendRow(block, order[i], &rows);
    if (rows.should_deduplicate()) rows.Deduplicate();
    Account(&partition);
  }
  return SpillWhileOverBudget();
}

arrow::Status RowPartitions::InsertByJoin(const RowTable& rows) {
  std::vector<KeyHash> keys;
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (rows.dropped(row)) continue;
    keys.push_back(rows.join(row));
    kept.push_back(row);
  }
  std::vector<uint32_t> order;
  std::vector<uint32_t> offsets;
  Sort(keys.data(), keys.size(), &order, &offsets);
  for (size_t p = 0; p < partitions_.size(); ++p) {
    if (offsets[p] == offsets[p + 1]) continue;
    Partition& partition = partitions_[p];
    const std::lock_guard<std::mutex> lock(partition.mutex);
    for (uint32_t i = offsets[p]; i < offsets[p + 1]; ++i)
      AppendByJoin(rows, kept[order[i]], &partition.rows);
    Account(&partition);
  }
  return SpillWhileOverBudget();
}

arrow::Status RowPartitions::SpillWhileOverBudget() {
  while (execution_->over_budget()) {
    const auto largest =
        std::max_element(partitions_.begin(), partitions_.end(),
                         [](const Partition& a, const Partition& b) { return a.bytes < b.bytes; });
    RowTable rows(layout_);
    size_t bytes = 0;
    {
      const std::lock_guard<std::mutex> lock(largest->mutex);
      // Another thread may have been faster; and what other tables hold is theirs to give up.
      if (largest->rows.size() == 0) return arrow::Status::OK();
      std::swap(rows, largest->rows);
      bytes = largest->bytes.exchange(0);
    }
    // They count until they are written; meanwhile other threads may add to the part.
    const arrow::Result<SpillExtent> extent = Spill(std::move(rows));
    execution_->AddMemoryUsage(-static_cast<int64_t>(bytes));
    ARROW_RETURN_NOT_OK(extent.status());
    const std::lock_guard<std::mutex> lock(largest->mutex);
    largest->spilled.push_back(*extent);
  }
  return arrow::Status::OK();
}

arrow::Result<SpillExtent> RowPartitions::Spill(RowTable rows) {
  rows.Deduplicate();
  uint64_t count = 0;
  return execution_->spill_file().Write(rows.Serialize(&count));
}

arrow::Result<RowTable> RowPartitions::Take(size_t partition) {
  Partition& taken = partitions_[partition];
  const std::lock_guard<std::mutex> lock(taken.mutex);
  RowTable rows = std::exchange(taken.rows, RowTable(layout_));
  Account(&taken);
  for (const SpillExtent& extent : std::exchange(taken.spilled, {})) {
    ARROW_RETURN_NOT_OK(execution_->Check());
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, execution_->spill_file().Read(extent));
    rows.AddSerialized(bytes);
    if (rows.should_deduplicate()) rows.Deduplicate();
  }
  rows.BuildIndex();
  // Of rows that are partitioned again, those of the first time count.
  if (layout_.unique) execution_->AddTiedSamples(rows.CountTied());
  return rows;
}

}  // namespace metaxy::internal
