// Hash partitioning of a table's row summaries: partitions are independent of each other.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "versioning/summary/execution.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// Rows to be added, column by column.
struct RowBlock {
  uint32_t first_position = 0;
  std::vector<KeyHash> ids;
  std::vector<KeyHash> joins;  ///< only if they differ from the ids
  std::vector<int64_t> timestamps;
  std::vector<uint32_t> flags;
  std::vector<uint64_t> digests;        ///< without payloads
  std::vector<size_t> payload_offsets;  ///< one more than there are rows; only with payloads
  std::string payloads;
  /// Scratch space in which RowPartitions::Insert() sorts rows by partition.
  std::vector<uint32_t> order;
  std::vector<uint32_t> offsets;

  /// Clears it, but keeps its memory.
  void Clear();

  size_t size() const { return ids.size(); }
};

/// A RowTable per partition, some of which are in a temporary file while memory is short. Rows with
/// equal keys (join keys, or ids if `split_by_id`) are in the same partition, also across all
/// RowPartitions with the same number of partitions. Thread-safe.
class RowPartitions {
 public:
  RowPartitions(RowLayout layout, size_t partitions, bool split_by_id, int64_t expected_rows,
                Execution* execution);
  ~RowPartitions();
  RowPartitions(const RowPartitions&) = delete;
  RowPartitions& operator=(const RowPartitions&) = delete;

  const RowLayout& layout() const { return layout_; }
  size_t num_partitions() const { return partitions_.size(); }

  arrow::Status Insert(RowBlock* block);
  /// Inserts rows of a table of another layout by their join keys, which become their ids; dropped
  /// rows are skipped.
  arrow::Status InsertByJoin(const RowTable& rows);

  /// The rows of a partition, which is empty afterwards.
  arrow::Result<RowTable> Take(size_t partition);

 private:
  struct Partition {
    std::mutex mutex;
    RowTable rows;
    std::atomic<size_t> bytes{0};
    std::vector<SpillExtent> spilled;
  };

  size_t PartitionOf(const KeyHash& key) const {
    return shift_ == 64 ? 0 : static_cast<size_t>(key.high >> shift_);
  }
  // Positions of keys, grouped by partition; partition i begins at (*offsets)[i].
  void Sort(const KeyHash* keys, size_t count, std::vector<uint32_t>* order,
            std::vector<uint32_t>* offsets) const;
  void Account(Partition* partition);
  arrow::Status SpillWhileOverBudget();
  arrow::Result<SpillExtent> Spill(RowTable rows);

  RowLayout layout_;
  bool split_by_id_;
  int shift_;
  // A little more than the average, as parts are not of equal size.
  size_t reserved_per_partition_ = 0;
  Execution* execution_;
  std::vector<Partition> partitions_;
};

}  // namespace metaxy::internal
