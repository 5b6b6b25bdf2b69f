// Success clears: a write of a sample removes what is recorded of its failures.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "metaxy/keys.h"
#include "store/storage.h"

namespace metaxy::internal {

/// Clears the failures of samples that a write has computed. Where samples are named by fewer
/// columns than rows are (a parent that is expanded), a row clears what its parent's sample has.
/// Used by one thread at a time.
class SuccessClearing {
 public:
  /// Looks for failures, which costs a store without any one look for a table. On object stores it
  /// looks while the write opens its own table, which takes as long.
  SuccessClearing(Storage& storage, const FeaturePlan& plan, const Interrupt& interrupt);

  /// The rows as they are, which are noted while they are read. They may be read repeatedly.
  std::shared_ptr<arrow::RecordBatchReader> Watch(std::shared_ptr<arrow::RecordBatchReader> rows);

  /// Whether samples of the feature may have failures, so that it matters which are written.
  bool IsNeeded() { return found().any; }
  const std::vector<std::string>& join_columns() const { return join_columns_; }
  /// Notes rows that Watch() does not see; those of `rows` have the join columns.
  arrow::Status NoteAll(arrow::RecordBatchReader& rows);

  /// After the rows were committed. Nothing of it is a failure of the write: what cannot be removed
  /// is reported, and does not count in a resolve, for which the sample is up to date.
  void Clear(const Log& log);

 private:
  using Samples = std::unordered_set<KeyHash, HashOfKey>;

  struct Found {
    bool any = false;
    /// The samples that have failures, if those are few: then of the written ones only these are
    /// noted.
    std::optional<Samples> few;
  };

  arrow::Result<Found> Look() const;
  /// What was found; nothing if the look failed.
  const Found& found();
  arrow::Status Note(const arrow::RecordBatch& rows);
  /// Calls `use` for every row of the feature's failures, with sample and row id.
  arrow::Status Scan(const StoredTable& table,
                     const std::function<void(const KeyHash&, uint64_t)>& use) const;
  arrow::Status Remove();

  Storage& storage_;
  FeatureKey feature_;
  std::vector<std::string> join_columns_;
  Interrupt interrupt_;
  std::future<arrow::Result<Found>> look_;
  std::optional<Found> found_;
  arrow::Status failure_;
  Samples succeeded_;
};

}  // namespace metaxy::internal
