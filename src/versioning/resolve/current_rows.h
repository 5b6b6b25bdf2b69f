// Current rows of a feature, in the store that is to be updated.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/resolve/outcome.h"
#include "versioning/scan/row_scan.h"
#include "versioning/scan/scanned_table.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {

/// Whether several rows of a feature come from one row of its parent.
bool IsExpanded(const FeaturePlan& plan);

/// Latest rows of the current version. The rows of an expanded feature are collapsed to one per
/// parent: each column has its first non-null value, in the order in which the samples were first
/// written. Immutable once the table is set, and then thread-safe.
class CurrentRows : public std::enable_shared_from_this<CurrentRows> {
 public:
  /// MetadataSchema if the table lacks a join column or the provenance.
  static arrow::Result<std::shared_ptr<CurrentRows>> Make(
      const FeaturePlan& plan, std::shared_ptr<const TableSnapshot> table,
      std::vector<arrow::compute::Expression> predicates);

  /// What is to be read of the table.
  RowsRequest Request(const FeaturePlan& plan, const std::string& feature_version,
                      std::vector<arrow::compute::Expression> filters) const;
  /// Predicates apply to the collapsed rows of an expanded feature, so they cannot be evaluated
  /// while the table is being read.
  bool asks_predicates_later() const { return expanded_ && !predicates_.empty(); }

  void SetTable(std::shared_ptr<const ScannedTable> scanned) { scanned_ = std::move(scanned); }

  /// For each group whether a predicate marks it as stale.
  arrow::Result<std::vector<bool>> EvaluatePredicates(const RowGroups& groups,
                                                      const Execution& execution) const;

  /// The stored columns, and, if there are predicates, their result: `__stale_by_predicate`, as in
  /// the reference.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  /// Streams groups with all columns. They belong to `outcome`, which the reader keeps alive.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      std::shared_ptr<const Outcome> outcome, const RowGroups& groups, const ReadPlan& plan) const;

 private:
  std::shared_ptr<const TableSnapshot> table_;
  std::vector<std::string> join_columns_;
  std::vector<arrow::compute::Expression> predicates_;
  bool expanded_ = false;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<const ScannedTable> scanned_;
};

/// Decides about the rows of an outcome that only a predicate can make stale. `has_failed`: whether
/// failures matter.
arrow::Status DecideByPredicates(const CurrentRows& current, bool has_failed,
                                 const Execution& execution, Outcome* outcome);

}  // namespace metaxy::internal
