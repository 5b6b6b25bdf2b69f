// The rows that a feature has now, in the store that is to be updated.
#pragma once

#include <arrow/array/array_primitive.h>
#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/key_columns.h"
#include "versioning/narrow_rows.h"
#include "versioning/version_texts.h"

namespace metaxy::internal {

/// Latest rows of the current version. The rows of an expanded feature are collapsed to one per
/// parent: each column shows its first value that is not null, in the table's order.
class CurrentRows {
 public:
  struct Request {
    std::string feature_version;
    std::vector<arrow::compute::Expression> filters = {};
    std::vector<arrow::compute::Expression> staleness_predicates = {};
    int64_t batch_size = 65536;
    arrow::StopToken stop_token = arrow::StopToken::Unstoppable();
  };

  static arrow::Result<std::unique_ptr<CurrentRows>> Read(
      const FeaturePlan& plan, std::shared_ptr<const TableSnapshot> table, const Request& request);

  uint32_t num_rows() const { return static_cast<uint32_t>(keys_.num_rows()); }
  /// The values of the join columns.
  const KeyColumns& keys() const { return keys_; }
  /// The stored `metaxy_provenance`.
  const VersionTexts& provenance() const { return provenance_; }
  /// Whether a predicate says that the row is stale.
  bool forced_stale(uint32_t row) const {
    return forced_stale_ && forced_stale_->IsValid(row) && forced_stale_->Value(row);
  }

  /// The stored columns, and, where there are predicates, what they say: `__stale_by_predicate`, as
  /// the reference has it.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Materialize(
      std::span<const uint32_t> rows) const;

 private:
  arrow::Status Collapse(const std::vector<std::string>& join_columns);
  arrow::Status ApplyPredicates(const std::vector<arrow::compute::Expression>& predicates);

  NarrowRows rows_;
  std::shared_ptr<arrow::RecordBatch>
      compared_;  // rows_.columns, collapsed if the feature is expanded
  std::vector<std::vector<uint32_t>>
      siblings_;  // expanded: positions in rows_ that a row stands for
  std::shared_ptr<arrow::Schema> schema_;
  KeyColumns keys_;
  VersionTexts provenance_;
  std::shared_ptr<arrow::BooleanArray> forced_stale_;  // null without predicates
};

}  // namespace metaxy::internal
