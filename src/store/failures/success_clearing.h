// Success clears: a write of a sample removes what is recorded of its failures.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "metaxy/keys.h"
#include "store/storage.h"

namespace metaxy::internal {

/// The failures of a feature before a write of it. Where samples are named by fewer columns than
/// rows are (a parent that is expanded), a row clears what its parent's sample has. Used by one
/// thread at a time.
class SuccessClearing {
 public:
  /// Looks for failures, which costs a store without any one look for a table. On object stores it
  /// looks while the write opens its own table, which takes as long.
  SuccessClearing(Storage& storage, const FeaturePlan& plan, const Interrupt& interrupt);

  /// The rows as they are, which are noted while they are read. They may be read repeatedly.
  std::shared_ptr<arrow::RecordBatchReader> Watch(std::shared_ptr<arrow::RecordBatchReader> rows);

  /// After the rows were committed. Nothing of it is a failure of the write: what cannot be removed
  /// is reported, and does not count in a resolve, for which the sample is up to date.
  void Clear(const Log& log);

 private:
  struct HashOfKey {
    size_t operator()(const KeyHash& key) const { return static_cast<size_t>(key.low); }
  };

  /// The rows of failures, by sample.
  struct Failures {
    std::shared_ptr<StoredTable> table;
    std::unordered_multimap<KeyHash, uint64_t, HashOfKey> rows;  // row ids by sample
  };

  arrow::Result<Failures> Look() const;
  /// What was found; none if the look failed.
  const Failures& found();
  arrow::Status Note(const arrow::RecordBatch& rows);
  arrow::Status Remove();

  Storage& storage_;
  FeatureKey feature_;
  std::vector<std::string> join_columns_;
  Interrupt interrupt_;
  std::future<arrow::Result<Failures>> look_;
  std::optional<Failures> found_;
  arrow::Status failure_;
  std::vector<KeyHash> succeeded_;
};

}  // namespace metaxy::internal
