// Row observer: receives the rows of a scan while they are read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

class RowObserver {
 public:
  virtual ~RowObserver() = default;

  /// Before the first row: what is read, and the columns that rows are joined by. With `split`,
  /// rows of one sample may differ in these.
  virtual void OnScan(const ScanRequest& request, const std::vector<std::string>& key_columns,
                      bool split) = 0;
  /// Some rows, and the hashes of those columns; from several threads at a time.
  virtual void OnRows(std::span<const uint64_t> row_ids, std::span<const KeyHash> keys) = 0;
};

}  // namespace metaxy::internal
