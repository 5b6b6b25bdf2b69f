// Remembered increment: an answer of the delta way, whose rows are looked for when they are read.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/memory_budget.h"
#include "metaxy/increment.h"
#include "versioning/resolve/resolve.h"
#include "versioning/resolve/sliceable_increment.h"

namespace metaxy::internal {

/// LazyIncrement::input_progress().
std::optional<double> ProgressOf(const ResolveFacts& facts);

/// An increment that was not looked for: its counts are known, its rows are looked for when they
/// are read, in the table versions of the call. Thread-safe.
class RememberedIncrement final : public SliceableIncrement {
 public:
  using Reader = std::shared_ptr<arrow::RecordBatchReader>;
  using Find = std::function<arrow::Result<std::unique_ptr<LazyIncrement>>()>;

  /// `empty` is the answer for the same tables without rows.
  RememberedIncrement(const ExecutionOptions& execution, Find find, IncrementCounts counts,
                      ResolveFacts facts, std::unique_ptr<LazyIncrement> empty,
                      ResolveReport report)
      : counts_(counts),
        facts_(std::move(facts)),
        empty_(std::move(empty)),
        report_(std::move(report)),
        execution_(execution),
        find_(std::move(find)) {}

  const IncrementCounts& counts() const override { return counts_; }
  std::optional<double> input_progress() const override { return ProgressOf(facts_); }
  ResolveReport report() const override { return report_; }

  arrow::Result<Reader> new_samples() const override {
    return Part(counts_.new_samples, &LazyIncrement::new_samples);
  }
  arrow::Result<Reader> stale() const override {
    return Part(counts_.stale, &LazyIncrement::stale);
  }
  arrow::Result<Reader> orphaned() const override {
    return Part(counts_.orphaned, &LazyIncrement::orphaned);
  }
  arrow::Result<Reader> failed() const override {
    return Part(counts_.failed, &LazyIncrement::failed);
  }
  arrow::Result<std::string> Slice(IncrementPart part, int64_t begin, int64_t count) const override;

 private:
  arrow::Result<Reader> Part(int64_t rows,
                             arrow::Result<Reader> (LazyIncrement::*part)() const) const;
  arrow::Status Resolve() const;

  IncrementCounts counts_;
  ResolveFacts facts_;
  std::unique_ptr<LazyIncrement> empty_;
  ResolveReport report_;
  ExecutionOptions execution_;
  Find find_;
  MemoryBudget memory_ = MemoryScope::Current();
  mutable std::mutex mutex_;
  mutable std::unique_ptr<LazyIncrement> resolved_;
};

/// An increment with a report, and, where it has the rows of some keys, with the progress of all.
class ReportedIncrement final : public SliceableIncrement {
 public:
  using Reader = std::shared_ptr<arrow::RecordBatchReader>;

  ReportedIncrement(std::unique_ptr<LazyIncrement> increment, std::optional<double> progress,
                    ResolveReport report)
      : increment_(std::move(increment)), progress_(progress), report_(std::move(report)) {}

  const IncrementCounts& counts() const override { return increment_->counts(); }
  arrow::Result<Reader> new_samples() const override { return increment_->new_samples(); }
  arrow::Result<Reader> stale() const override { return increment_->stale(); }
  arrow::Result<Reader> orphaned() const override { return increment_->orphaned(); }
  arrow::Result<Reader> failed() const override { return increment_->failed(); }
  arrow::Result<std::string> Slice(IncrementPart part, int64_t begin,
                                   int64_t count) const override {
    return SliceIncrement(*increment_, part, begin, count);
  }
  std::optional<double> input_progress() const override { return progress_; }
  ResolveReport report() const override { return report_; }

 private:
  std::unique_ptr<LazyIncrement> increment_;
  std::optional<double> progress_;
  ResolveReport report_;
};

}  // namespace metaxy::internal
