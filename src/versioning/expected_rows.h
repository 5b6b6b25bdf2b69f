// The rows that a feature should have: joined from its parents, or given as samples.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/dependency_rows.h"
#include "versioning/key_columns.h"
#include "versioning/provenance.h"
#include "versioning/row_hash.h"

namespace metaxy::internal {

/// Only what decides is in memory; Materialize() fetches the rest. Immutable and thread-safe.
class ExpectedRows {
 public:
  virtual ~ExpectedRows() = default;

  virtual uint32_t num_rows() const = 0;
  /// The values of the join columns, and the row of them that belongs to an expected row.
  virtual const KeyColumns& keys() const = 0;
  virtual uint32_t KeyRow(uint32_t row) const = 0;
  /// Sets `result->whole`, the expected `metaxy_provenance` of a row.
  virtual void Provenance(uint32_t row, RowProvenance* result) const = 0;

  /// The columns of new and stale rows.
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;
  /// These rows, with all columns.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> Materialize(
      std::span<const uint32_t> rows) const = 0;
};

/// Rows joined from the parents. `dependencies` are in the order of the spec. MetadataSchema if two
/// parents have a column of the same name.
arrow::Result<std::unique_ptr<ExpectedRows>> ExpectedFromParents(
    std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyRows> dependencies,
    RowHasher hasher);

/// Rows that the user gives. Their provenance is computed from `metaxy_provenance_by_field`, and
/// the data versions are set to it where the rows have none. MetadataSchema if that column, a
/// member of it or a join column is missing.
arrow::Result<std::unique_ptr<ExpectedRows>> ExpectedFromSamples(
    const FeaturePlan& plan, std::shared_ptr<arrow::RecordBatch> samples, const RowHasher& hasher);

}  // namespace metaxy::internal
