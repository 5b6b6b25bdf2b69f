// The rows of a table that count, with only the columns that decide something.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "versioning/table_snapshot.h"

namespace metaxy::internal {

/// What to read, and which rows count.
struct NarrowRowsRequest {
  /// Rows that are equal here are one sample; a null is a value like others.
  std::vector<std::string> id_columns;
  /// What the caller wants to see, beside the id columns. A column that the table lacks is left
  /// out.
  std::vector<ColumnPath> columns = {};
  /// Only rows of this version of the feature; of all versions if absent.
  std::optional<std::string> feature_version = std::nullopt;
  /// Conditions that must hold for the latest row of a sample.
  std::vector<arrow::compute::Expression> filters = {};
  bool with_sample_history = false;
  bool include_soft_deleted = false;
  int64_t batch_size = 65536;
  arrow::StopToken stop_token = arrow::StopToken::Unstoppable();
};

/// Rows in the table's order.
struct NarrowRows {
  std::shared_ptr<const TableSnapshot> table;
  /// The id columns, what was asked for, and what filters needed; struct columns with just the
  /// members asked for.
  std::shared_ptr<arrow::RecordBatch> columns;
  std::vector<uint64_t> row_ids;
  /// With which filter the table was scanned, and how many rows that gave.
  std::optional<arrow::compute::Expression> scan_filter = std::nullopt;
  int64_t scanned_rows = 0;
  /// Where each sample stood first among the scanned rows, later replaced rows included; empty if
  /// no row was replaced.
  std::vector<uint32_t> first_seen = {};

  int64_t num_rows() const { return static_cast<int64_t>(row_ids.size()); }
  /// The column of this name, or nullptr.
  std::shared_ptr<arrow::Array> column(const std::string& name) const {
    return columns->GetColumnByName(name);
  }
};

/// Reads the latest row of each sample: by the later of deletion and update (of equal ones the
/// first in the table's order), then without deleted rows, then filtered. MetadataSchema if an id
/// column or the column of feature versions is missing; whatever the filters fail with; Cancelled.
arrow::Result<NarrowRows> ReadNarrowRows(std::shared_ptr<const TableSnapshot> table,
                                         const NarrowRowsRequest& request);

/// The condition that rows are of this feature version; none if all versions count.
std::optional<arrow::compute::Expression> VersionFilter(const std::optional<std::string>& version);

/// Only the rows for which the filter is true.
arrow::Result<NarrowRows> FilterRows(NarrowRows rows, const arrow::compute::Expression& filter);

/// The same rows, only those at `positions` (ascending).
arrow::Result<NarrowRows> SelectRows(const NarrowRows& rows,
                                     const std::vector<uint32_t>& positions);

}  // namespace metaxy::internal
