// Late materialisation: whole columns of rows known by their positions.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "versioning/scan/read_plan.h"
#include "versioning/scan/scanned_table.h"

namespace metaxy::internal {

/// Used by one thread at a time.
class RowFetcher {
 public:
  virtual ~RowFetcher() = default;

  /// The rows at these positions, which are ascending and unique.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> Fetch(
      std::span<const uint32_t> positions) = 0;
};

/// What is known in advance about the rows to be fetched.
struct FetchPlan {
  /// Their number.
  size_t num_rows = 0;
  /// Whether positions hardly ever go back from one call to the next.
  bool ascending = false;
  ReadPlan read = {};
};

/// Fetches rows by their ids if they are few; if they are many of those that a scan would see, it
/// is cheaper to scan and skip the others.
arrow::Result<std::unique_ptr<RowFetcher>> MakeRowFetcher(std::shared_ptr<const ScannedTable> table,
                                                          std::vector<std::string> columns,
                                                          const FetchPlan& plan);

}  // namespace metaxy::internal
