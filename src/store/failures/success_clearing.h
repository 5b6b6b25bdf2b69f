// Success clears: a write of a sample removes what is recorded of its failures.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/interrupt.h"
#include "base/log.h"
#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "metaxy/keys.h"
#include "store/storage.h"

namespace metaxy::internal {

/// The failures of a feature before a write of it. Where samples are named by fewer columns than
/// rows are (a parent that is expanded), a row clears what its parent's sample has.
class SuccessClearing {
 public:
  /// Null if there are none; a store without any costs one look for a table.
  static arrow::Result<std::unique_ptr<SuccessClearing>> Look(Storage& storage,
                                                              const FeaturePlan& plan,
                                                              const Interrupt& interrupt);

  /// The rows as they are, which are noted while they are read. They may be read repeatedly.
  std::shared_ptr<arrow::RecordBatchReader> Watch(std::shared_ptr<arrow::RecordBatchReader> rows);

  /// After the rows were committed. Nothing of it is a failure of the write: what cannot be removed
  /// is reported, and does not count in a resolve, for which the sample is up to date.
  void Clear(const Log& log);

  static void Report(const FeatureKey& feature, const arrow::Status& failure, const Log& log);

 private:
  struct HashOfKey {
    size_t operator()(const KeyHash& key) const { return static_cast<size_t>(key.low); }
  };

  SuccessClearing(Storage& storage, FeatureKey feature, std::vector<std::string> join_columns,
                  const Interrupt& interrupt)
      : storage_(storage),
        feature_(std::move(feature)),
        join_columns_(std::move(join_columns)),
        interrupt_(interrupt) {}

  /// The rows of failures, by sample.
  arrow::Status Read();
  arrow::Status Note(const arrow::RecordBatch& rows);
  arrow::Status Remove();

  Storage& storage_;
  FeatureKey feature_;
  std::vector<std::string> join_columns_;
  Interrupt interrupt_;
  std::shared_ptr<StoredTable> table_;
  std::unordered_multimap<KeyHash, uint64_t, HashOfKey> failures_;  // row ids by sample
  std::vector<KeyHash> succeeded_;
};

}  // namespace metaxy::internal
