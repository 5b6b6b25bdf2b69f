// Many small writes as few large ones.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/table.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/keys.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

namespace internal {
class WriteBuffer;
}  // namespace internal

struct METAXY_EXPORT BufferedMetadataWriterOptions {
  /// Write as soon as this many rows are waiting. If absent, only time, Flush() and Close() decide.
  std::optional<int64_t> flush_batch_size = std::nullopt;
  /// Rows wait at most this long after the last write.
  std::chrono::milliseconds flush_interval{2000};
  /// How many Put() may wait; Put() blocks while there are as many. 0: without limit.
  int64_t max_queue_size = 0;
  /// For every write. Its stop token and deadline end writes, as a failure that keeps the rows, and
  /// a Put() that waits for room.
  WriteOptions write = {};

  arrow::Status Validate() const;
};

/// \brief A number of rows per feature.
using FeatureCounts = std::vector<std::pair<FeatureKey, int64_t>>;

/// \brief Collects rows of several features and writes them from a thread of its own, one commit
/// per feature and flush. Mirrors metaxy.BufferedMetadataWriter, which starts with start() and ends
/// with stop().
///
/// A sample that is put twice has the row of the later Put(), also if both go into one commit:
/// `metaxy_updated_at` is the moment of the Put().
///
/// When a write fails, what was written stays written, and the rest is kept
/// (MetadataStoreOptions::on_log hears of it): from then on Put() returns the failure and takes
/// nothing, Flush() and Close() try the rest again, and so does the thread, if trying again can
/// help. Once all is written the writer works again.
///
/// Thread-safe; the store must be open for writing until Close() has returned.
class METAXY_EXPORT BufferedMetadataWriter {
 public:
  /// \brief Starts. StoreNotOpen if the store is not open for writing, InvalidInput for options
  /// that are out of range.
  static arrow::Result<std::unique_ptr<BufferedMetadataWriter>> Make(
      std::shared_ptr<MetadataStore> store, const BufferedMetadataWriterOptions& options = {});
  /// \brief Closes, if nobody has; of failures only on_log hears.
  ~BufferedMetadataWriter();
  BufferedMetadataWriter(const BufferedMetadataWriter&) = delete;
  BufferedMetadataWriter& operator=(const BufferedMetadataWriter&) = delete;

  /// \brief Takes rows, as MetadataStore::Write does. Whether they are right is seen when they are
  /// written. An earlier write's failure if there was one; InvalidInput after Close().
  arrow::Status Put(const FeatureKey& feature, std::shared_ptr<arrow::Table> rows);
  /// \brief Takes all or nothing.
  arrow::Status Put(const FeatureTables& rows);

  /// \brief Writes all that was put before the call. The failure of the write; Timeout if it takes
  /// longer (the rows are still written later); InvalidInput for a time below zero.
  arrow::Status Flush(std::chrono::milliseconds timeout = std::chrono::seconds(30));

  /// \brief Writes what is left, ends the thread and tells how many rows were written in all. The
  /// failure of a write if something could not be written; Unwritten() has it. Closing twice says
  /// the same twice.
  arrow::Result<FeatureCounts> Close();

  /// \brief Rows written so far.
  FeatureCounts num_written() const;
  bool has_error() const;
  /// \brief The rows that wait, and those that could not be written.
  FeatureTables Unwritten() const;

 private:
  explicit BufferedMetadataWriter(std::unique_ptr<internal::WriteBuffer> buffer);

  std::unique_ptr<internal::WriteBuffer> buffer_;
};

}  // namespace metaxy
