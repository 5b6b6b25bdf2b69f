// Resolved increment: positions of rows, which are read or sliced when somebody asks.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "versioning/resolve/current_rows.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/resolve/increment_slice.h"
#include "versioning/resolve/outcome.h"
#include "versioning/resolve/resolve.h"
#include "versioning/resolve/sliceable_increment.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {

class ResolvedIncrement final : public SliceableIncrement {
 public:
  /// A table that slices may tell of.
  struct Source {
    std::shared_ptr<const ScannedTable> scanned;
    std::string place;
    std::vector<std::string> id_columns;
  };

  /// `input` has led to `outcome`. `sources` are the tables of the dependencies, none for samples,
  /// and then that of the current rows if there are any. `kept`: the new samples, if they are in
  /// memory.
  ResolvedIncrement(const ResolveInput& input, std::vector<Source> sources,
                    std::shared_ptr<const ExpectedRows> expected,
                    std::shared_ptr<const CurrentRows> current,
                    std::shared_ptr<const Outcome> outcome,
                    std::optional<arrow::RecordBatchVector> kept, ReadPlan plan);

  const IncrementCounts& counts() const override { return counts_; }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> new_samples() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> stale() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> orphaned() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> failed() const override;
  arrow::Result<std::string> Slice(IncrementPart part, int64_t begin, int64_t count) const override;
  std::optional<double> input_progress() const override;

 private:
  const Tuples& TuplesOf(IncrementPart part) const;
  /// None if a table has no pin.
  arrow::Result<std::optional<std::vector<SliceTable>>> Pinned() const;
  arrow::Result<std::string> SliceExpected(IncrementPart part, size_t begin, size_t count) const;
  arrow::Result<std::string> SliceOrphaned(size_t begin, size_t count) const;

  std::vector<Source> sources_;
  std::shared_ptr<const ExpectedRows> expected_;
  std::shared_ptr<const CurrentRows> current_;
  std::shared_ptr<const Outcome> outcome_;
  std::optional<arrow::RecordBatchVector> kept_;
  bool has_input_;
  ReadPlan plan_;
  IncrementCounts counts_;
  IncrementSlice head_;  // what all slices begin with
  std::vector<arrow::compute::Expression> predicates_;
  mutable std::mutex mutex_;
  mutable bool looked_for_pins_ = false;
  mutable std::optional<std::vector<SliceTable>> pinned_;
};

}  // namespace metaxy::internal
