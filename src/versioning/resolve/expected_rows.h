// The expected rows of a feature: joined from its parents, or given as samples. The compared
// columns are elsewhere; here the rows get all their columns.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/hash/row_hash.h"
#include "versioning/resolve/dependency_columns.h"
#include "versioning/resolve/outcome.h"
#include "versioning/scan/read_plan.h"
#include "versioning/scan/scanned_table.h"

namespace metaxy::internal {

/// Immutable and thread-safe.
class ExpectedRows : public std::enable_shared_from_this<ExpectedRows> {
 public:
  virtual ~ExpectedRows() = default;

  /// The columns of new and stale rows.
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;

  /// Streams rows with all columns. `rows` belong to `outcome`, which the reader keeps alive.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      std::shared_ptr<const Outcome> outcome, const Tuples& rows, const ReadPlan& plan) const = 0;

  /// The same rows from those of a scan of the only table that they come from, all of them. The
  /// scan has at least KeptColumns(), the join columns, and the versions of the fields that
  /// something depends on.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> FromScan(
      const arrow::RecordBatch& /*scanned*/) const {
    return arrow::Status::NotImplemented("rows are not made from a single scan");
  }
};

/// The stored names of what rows of a feature have of its only dependency.
std::vector<std::string> KeptColumns(const DependencyColumns& dependency);

/// Rows joined from the parents. `dependencies` are in the order of the spec, and so are `tables`,
/// which need not be complete until rows are read. With `columns`, user columns that are neither
/// among them nor joined by are left out. MetadataSchema if two parents have a column with the same
/// name, or if their join columns cannot match.
arrow::Result<std::shared_ptr<const ExpectedRows>> ExpectedFromParents(
    std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyColumns> dependencies,
    std::vector<std::shared_ptr<const ScannedTable>> tables, RowHasher hasher,
    const std::optional<std::vector<std::string>>& columns = std::nullopt);

/// Rows supplied by the user, in a table in memory with their positions.
std::shared_ptr<const ExpectedRows> ExpectedFromSamples(
    std::shared_ptr<arrow::RecordBatch> samples);

/// The samples with the columns of new and stale rows: the provenance is computed from
/// `metaxy_provenance_by_field`, and the data versions are set to it where the rows have none.
/// MetadataSchema if that column, a member of it or a join column is missing.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> CompleteSamples(
    const FeaturePlan& plan, std::shared_ptr<arrow::RecordBatch> samples, const RowHasher& hasher);

}  // namespace metaxy::internal
