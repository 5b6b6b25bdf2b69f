// Rows of one parent within joined rows, batch by batch.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columns/version_strings.h"
#include "metaxy/keys.h"
#include "versioning/resolve/outcome.h"
#include "versioning/scan/row_fetcher.h"
#include "versioning/scan/scanned_table.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// Used by one thread at a time. The outcome and its rows must outlive it.
class ParentRows {
 public:
  struct Request {
    std::shared_ptr<const ScannedTable> table;
    std::vector<std::string> columns;
    std::vector<FieldKey> fields;  ///< whose versions are needed
    size_t position_column;        ///< of the tuples
    /// The column of the tuples with group numbers, if the versions are those of groups.
    std::optional<size_t> group_column;
  };

  static arrow::Result<ParentRows> Make(Request request, const Outcome& outcome,
                                        const Tuples& tuples, const ReadPlan& read);

  /// Moves to these tuples.
  arrow::Status Fetch(size_t begin, size_t count);

  /// The requested columns, a row per tuple: nulls where the parent has no row.
  const std::shared_ptr<arrow::RecordBatch>& rows() const { return rows_; }
  bool has_row(int64_t row) const {
    return tuples_->at(begin_ + static_cast<size_t>(row), request_.position_column) != kNoRow;
  }
  /// A version for each field.
  void ReadVersions(size_t row, std::optional<std::string_view>* versions) const;

 private:
  ParentRows(Request request, const Outcome& outcome, const Tuples& tuples)
      : request_(std::move(request)), outcome_(&outcome), tuples_(&tuples) {}

  bool reads_versions() const { return !request_.group_column && !request_.fields.empty(); }

  Request request_;
  const Outcome* outcome_;
  const Tuples* tuples_;
  std::unique_ptr<RowFetcher> fetcher_;  // null if nothing is to be fetched
  size_t begin_ = 0;
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::vector<VersionStrings> versions_;
};

}  // namespace metaxy::internal
