// Narrow scan: reads the columns that decide, and summarises each row.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columns/version_strings.h"
#include "filter/evaluate.h"
#include "metaxy/keys.h"
#include "versioning/hash/provenance.h"
#include "versioning/scan/row_observer.h"
#include "versioning/scan/scanned_table.h"
#include "versioning/summary/execution.h"
#include "versioning/summary/row_partitions.h"

namespace metaxy::internal {

/// What is kept with a row.
enum class RowValue {
  kNothing,
  kProvenance,  ///< a digest of `metaxy_provenance`
  kComputed,    ///< a digest of the provenance computed from data versions of fields
  kVersions,    ///< data versions of fields; before them the group and the position in it
};

/// Which rows of a table count, and what is kept of them. Columns by their stored names.
struct RowsRequest {
  std::shared_ptr<const TableSnapshot> table;
  /// Rows that are equal here are one sample; a null is an ordinary value.
  std::vector<std::string> id_columns = {};
  /// Only rows of this version of the feature; of all versions if absent.
  std::optional<std::string> feature_version = std::nullopt;
  /// Filters that must hold for the latest row of a sample.
  std::vector<arrow::compute::Expression> filters = {};
  /// The same, but with the columns renamed.
  std::vector<arrow::compute::Expression> renamed_filters = {};
  std::vector<std::pair<std::string, std::string>> renames = {};  ///< stored name, name
  /// Rows for which one of these is true are marked as kForcedStale.
  std::vector<arrow::compute::Expression> predicates = {};
  bool with_sample_history = false;
  bool include_soft_deleted = false;

  /// Columns by which rows are joined; the id columns if empty.
  std::vector<std::string> join_columns = {};
  /// Whether the first position of a sample in the table matters.
  bool with_first = false;
  RowValue value = RowValue::kNothing;
  std::vector<FieldKey> fields = {};                             ///< kComputed, kVersions
  std::shared_ptr<const ProvenanceComputer> computer = nullptr;  ///< kComputed
  std::vector<std::string> group_columns = {};      ///< kVersions of aggregated rows; else empty
  std::vector<std::string> order_columns = {};      ///< kVersions of aggregated rows; else empty
  std::shared_ptr<RowObserver> observer = nullptr;  ///< null: nobody wants to know the rows
};

/// One scan of a table. Thread-safe.
class RowScan {
 public:
  /// MetadataSchema if a required column is missing or has a wrong type; failures of the filters.
  static arrow::Result<std::unique_ptr<RowScan>> Make(RowsRequest request, Execution* execution);

  /// The options of RowPartitions for the rows.
  RowLayout layout() const;
  /// Whether rows of one sample may have different join keys, so that they can be partitioned only
  /// once the latest rows are known.
  bool split_by_id() const { return split_by_id_; }
  /// Rows of the table, of all versions.
  int64_t table_rows() const { return table_rows_; }

  /// The next rows; false after the last one.
  arrow::Result<bool> Read(RowBlock* block);

  /// What was scanned; complete after the last row.
  std::shared_ptr<const ScannedTable> scanned() const { return scanned_; }

 private:
  explicit RowScan(RowsRequest request) : request_(std::move(request)) {}

  arrow::Result<std::vector<VersionStrings>> VersionsOf(const arrow::RecordBatch& batch) const;
  arrow::Status Bind(const std::shared_ptr<arrow::Schema>& schema);
  arrow::Status SetKeys(const arrow::RecordBatch& batch, const Execution& execution,
                        RowBlock* block) const;
  arrow::Status SetTimestamps(const arrow::RecordBatch& batch, RowBlock* block) const;
  arrow::Status ApplyFilters(const std::shared_ptr<arrow::RecordBatch>& batch,
                             RowBlock* block) const;
  arrow::Status SetDigests(const arrow::RecordBatch& batch, RowBlock* block) const;
  arrow::Status ComputeDigests(const arrow::RecordBatch& batch, RowBlock* block) const;
  arrow::Status SetPayloads(const arrow::RecordBatch& batch, RowBlock* block) const;

  RowsRequest request_;
  Execution* execution_ = nullptr;
  bool split_by_id_ = false;
  bool has_join_ = false;
  int64_t table_rows_ = 0;
  std::vector<BoundFilter> filters_;
  std::vector<BoundFilter> renamed_filters_;
  std::vector<std::string> renamed_columns_;
  std::optional<BoundFilter> predicate_;

  std::mutex mutex_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<ScannedTable> scanned_;
};

/// The condition that rows are of this feature version; absent if all versions count.
std::optional<arrow::compute::Expression> VersionFilter(const std::optional<std::string>& version);

}  // namespace metaxy::internal
