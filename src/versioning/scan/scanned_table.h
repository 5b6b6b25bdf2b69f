// Scanned table: its rows are known by their positions in the scan.
#pragma once

#include <arrow/compute/expression.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// The row ids of a scan. They are mostly consecutive, so they are stored as runs.
class RowIds {
 public:
  void Append(std::span<const uint64_t> ids);
  uint32_t size() const { return size_; }
  /// Bytes of memory.
  size_t bytes() const { return runs_.capacity() * sizeof(Run); }

  /// The ids at these positions; ascending positions are faster to look up.
  std::vector<uint64_t> At(std::span<const uint32_t> positions) const;

 private:
  struct Run {
    uint32_t position;
    uint64_t id;
  };

  std::vector<Run> runs_;
  uint32_t size_ = 0;
  uint64_t next_id_ = 0;
};

/// Immutable once the scan is over, and then thread-safe.
struct ScannedTable {
  std::shared_ptr<const TableSnapshot> table;
  /// The filters of the scan: a scan with the same ones has the same rows at the same positions.
  std::vector<arrow::compute::Expression> filters = {};
  RowIds row_ids = {};
};

}  // namespace metaxy::internal
