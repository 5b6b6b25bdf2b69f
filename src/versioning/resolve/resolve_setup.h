// Setup of a resolve: what is read of which table, and how it is compared; all but the rows.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/hash/row_hash.h"
#include "versioning/resolve/comparison.h"
#include "versioning/resolve/current_rows.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {

class ResolveSetup {
 public:
  /// Reads a table, or prepares to. What it returns need not be complete before rows are compared.
  using Open =
      std::function<arrow::Result<std::shared_ptr<const ScannedTable>>(RowsRequest request)>;

  /// `input` must outlive it.
  ResolveSetup(const ResolveInput& input, RowHasher hasher);

  /// Opens the tables of the dependencies in their order, or the samples, and then the feature's
  /// own if there is something to compare. MetadataSchema and failures of filters, as of Resolve().
  arrow::Status Run(const Open& open);

  const std::shared_ptr<const ExpectedRows>& expected() const { return expected_; }
  /// Null if nothing is compared.
  const std::shared_ptr<CurrentRows>& current() const { return current_; }
  /// Columns that rows of the result have of the only table, perhaps none, if these rows may be
  /// kept while it is scanned. Known before that table is opened.
  const std::optional<std::vector<std::string>>& kept_columns() const { return kept_columns_; }
  /// `failed`: null if nothing has failed.
  arrow::Result<ComparisonPlan> Comparison(const KeyHasher& hasher,
                                           const FailedSamples* failed) const;

 private:
  arrow::Status OpenSamples(const Open& open);
  arrow::Status OpenParents(const Open& open);
  arrow::Status OpenCurrent(const Open& open);
  RowValue ValueOf(const FeatureDep& dep) const;
  bool MayKeep(const std::vector<std::string>& columns, const TableSnapshot& table) const;
  bool needs_provenance() const { return compares_ || input_.failures.has_value(); }

  const ResolveInput& input_;
  const FeaturePlan& plan_;
  RowHasher hasher_;
  bool compares_;
  std::shared_ptr<const ExpectedRows> expected_;
  std::shared_ptr<CurrentRows> current_;
  std::shared_ptr<const arrow::Schema> key_types_;
  std::vector<std::string> key_columns_;  // names of the join columns in key_types_
  std::optional<std::vector<std::string>> kept_columns_;
};

}  // namespace metaxy::internal
