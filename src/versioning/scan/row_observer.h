// Row observer: receives the rows of a scan while they are read, and may know them better.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "versioning/scan/table_snapshot.h"
#include "versioning/summary/row_partitions.h"

namespace metaxy::internal {

/// What is made of the rows of a scan.
struct ObservedScan {
  ScanRequest request = {};
  /// The columns that rows are joined by.
  std::vector<std::string> key_columns = {};
  bool split = false;         ///< rows of one sample may differ in these
  bool with_join = false;     ///< they are others than the columns of ids
  bool with_payload = false;  ///< more is kept of a row than a digest
};

class RowObserver {
 public:
  virtual ~RowObserver() = default;

  /// Before the first row.
  virtual void OnScan(const ObservedScan& scan) = 0;
  /// Some rows, and what was made of them, which may be changed; from several threads at a time.
  virtual void OnRows(std::span<const uint64_t> row_ids, RowBlock* block) = 0;
};

}  // namespace metaxy::internal
