// Row recall: gives a scan what was made of rows before, in place of what it makes of their
// columns.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "versioning/delta/key_recorder.h"
#include "versioning/delta/row_summaries.h"

namespace metaxy::internal {

/// For one scan of a table, with the same hashes. Rows that nobody remembers are noted.
/// Thread-safe.
class RowRecall final : public ScanRecorder {
 public:
  /// By the positions of the rows in the scan; none: as it is read.
  explicit RowRecall(std::vector<std::optional<RowSummary>> rows) : rows_(std::move(rows)) {}

  void OnRows(std::span<const uint64_t> row_ids, RowBlock* block) override;

  /// What all rows were, once they were scanned.
  const std::vector<std::optional<RowSummary>>& rows() const { return rows_; }

 private:
  std::vector<std::optional<RowSummary>> rows_;
};

}  // namespace metaxy::internal
