// The result of resolving a feature: which samples are new, stale or orphaned.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "metaxy/delta.h"
#include "metaxy/export.h"

namespace metaxy {

/// \brief How many rows each part of an increment has. An aggregated feature counts one row per
/// parent row.
struct IncrementCounts {
  int64_t new_samples = 0;
  int64_t stale = 0;
  int64_t orphaned = 0;
  /// Samples that would be new or stale, had they not failed; see FailurePolicy. Not something to
  /// do, so that they do not count in empty().
  int64_t failed = 0;
  /// Of these, the stale ones.
  int64_t failed_stale = 0;

  bool empty() const { return new_samples == 0 && stale == 0 && orphaned == 0; }
  bool operator==(const IncrementCounts&) const = default;
};

/// \brief An increment in memory. Mirrors metaxy.Increment.
///
/// `new_samples` and `stale` have the parents' user columns (or those of the samples) and the four
/// version columns `metaxy_provenance_by_field`, `metaxy_provenance`, `metaxy_data_version`,
/// `metaxy_data_version_by_field`; add the computed columns and pass them to MetadataStore::Write.
/// `orphaned` has the columns of the stored feature; if the store has no table of it yet, it is
/// empty and has the columns of `new_samples`. `failed` has those columns, too, and no rows unless
/// ResolveUpdateOptions::failures asks for it. The order of rows is not defined.
struct Increment {
  std::shared_ptr<arrow::Table> new_samples;
  std::shared_ptr<arrow::Table> stale;
  std::shared_ptr<arrow::Table> orphaned;
  std::shared_ptr<arrow::Table> failed;
};

/// \brief An increment whose rows are fetched when they are read. Mirrors metaxy.LazyIncrement.
///
/// It remembers which rows changed, not what is in them: counts cost nothing more, and readers
/// fetch the wide columns of just these rows, from the table versions that were compared, also
/// after the store is closed and destroyed (see MetadataStore). The stop token and the deadline
/// that the resolve was given hold for its readers, too. After the delta way (see report()), a part
/// that is not empty is looked for when its first reader is made. Each reader is used by one
/// thread; several readers may be used at the same time.
class METAXY_EXPORT LazyIncrement {
 public:
  virtual ~LazyIncrement() = default;

  virtual const IncrementCounts& counts() const = 0;

  /// \brief A new reader for the rows of a part; columns as in Increment.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> new_samples() const = 0;
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> stale() const = 0;
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> orphaned() const = 0;
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> failed() const = 0;

  /// \brief Percentage of the input units that have been processed at least once, including stale
  /// ones. `std::nullopt` for a root feature, or if there is no input. Mirrors
  /// MetadataStore.calculate_input_progress.
  virtual std::optional<double> input_progress() const = 0;

  /// \brief How the answer was found.
  virtual ResolveReport report() const { return {}; }

  /// \brief All parts in memory.
  arrow::Result<Increment> Collect() const;
};

}  // namespace metaxy
