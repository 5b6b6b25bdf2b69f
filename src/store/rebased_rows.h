// Rows under another version of their feature: the user's columns as they were, the versions new.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <vector>

#include "columns/key_columns.h"
#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "versioning/summary/row_index.h"

namespace metaxy::internal {

/// The provenance information from rows of the target version.
struct RebaseTarget {
  FeatureKey feature;
  std::string feature_version;
  std::string project_version;
  /// The columns on which rows find their new provenance.
  std::vector<std::string> join_columns;
  /// Whether a row whose key occurs in several parent rows is returned once for each of them.
  bool repeat_matches = true;
};

/// Gives rows their new provenance, batch by batch. Immutable and thread-safe.
class RebasedRows {
 public:
  /// `fresh` has the join columns, `metaxy_provenance` and `metaxy_provenance_by_field`.
  static arrow::Result<std::shared_ptr<const RebasedRows>> Make(
      RebaseTarget target, const std::shared_ptr<arrow::Table>& fresh);

  /// The rows that have a match, with the new provenance and versions instead of the old ones. Data
  /// versions that equal the provenance are null, so that a write fills them; others stay.
  /// MetadataSchema if a join column or a data version is missing.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Rebase(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;

  /// The schema of the result of Rebase() for rows of `schema`.
  arrow::Result<std::shared_ptr<arrow::Schema>> SchemaFor(
      const std::shared_ptr<arrow::Schema>& schema) const;

 private:
  explicit RebasedRows(RebaseTarget target) : target_(std::move(target)) {}

  arrow::Result<KeyColumns> KeysOf(const arrow::RecordBatch& rows) const;
  arrow::Status CheckComparable(const arrow::Schema& rows) const;

  RebaseTarget target_;
  std::shared_ptr<arrow::RecordBatch> fresh_;
  KeyHasher hasher_ = KeyHasher::Random();
  RowIndex index_{0};
};

}  // namespace metaxy::internal
