// Buffered writes: many small writes combined into few large ones.
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
  /// Flush as soon as this many rows are buffered. If absent, only time, Flush() and Close()
  /// decide.
  std::optional<int64_t> flush_batch_size = std::nullopt;
  /// Maximum time that rows stay buffered after the last write.
  std::chrono::milliseconds flush_interval{2000};
  /// How many rows may be buffered; Put() blocks while the buffer is full. 0: no limit.
  int64_t max_queue_size = 0;
  /// For every write. Its stop token and deadline end a write (a failure that keeps the rows) and a
  /// Put() that waits for space.
  WriteOptions write = {};

  arrow::Status Validate() const;
};

/// \brief A number of rows per feature.
using FeatureCounts = std::vector<std::pair<FeatureKey, int64_t>>;

/// \brief Collects rows of several features and writes them from a background thread, one commit
/// per feature and flush. Mirrors metaxy.BufferedMetadataWriter, which starts with start() and ends
/// with stop().
///
/// If a sample is put twice, the row of the later Put() counts, even if both go into one commit:
/// `metaxy_updated_at` is the time of the Put().
///
/// When a write fails, what was written stays written, and the rest is kept
/// (MetadataStoreOptions::on_log receives the failure): from then on Put() returns the failure and
/// accepts nothing, Flush() and Close() retry the rest, and so does the thread if the failure is
/// retryable. Once everything is written, the writer works again.
///
/// Thread-safe; the store must be open for writing until Close() has returned.
class METAXY_EXPORT BufferedMetadataWriter {
 public:
  /// \brief Starts the writer. StoreNotOpen if the store is not open for writing, InvalidInput for
  /// options that are out of range.
  static arrow::Result<std::unique_ptr<BufferedMetadataWriter>> Make(
      std::shared_ptr<MetadataStore> store, const BufferedMetadataWriterOptions& options = {});
  /// \brief Closes the writer if Close() has not been called; failures are reported only to on_log.
  ~BufferedMetadataWriter();
  BufferedMetadataWriter(const BufferedMetadataWriter&) = delete;
  BufferedMetadataWriter& operator=(const BufferedMetadataWriter&) = delete;

  /// \brief Accepts rows, as MetadataStore::Write does. They are validated when they are written.
  /// The failure of an earlier write, if there was one; InvalidInput after Close().
  arrow::Status Put(const FeatureKey& feature, std::shared_ptr<arrow::Table> rows);
  /// \brief Accepts all rows or none.
  arrow::Status Put(const FeatureTables& rows);

  /// \brief Writes everything that was put before the call. The failure of the write; Timeout if it
  /// takes longer (the rows are still written later); InvalidInput for a negative timeout.
  arrow::Status Flush(std::chrono::milliseconds timeout = std::chrono::seconds(30));

  /// \brief Writes the remaining rows, ends the thread and returns how many rows were written in
  /// total. The failure of a write if something could not be written; Unwritten() has it. Closing
  /// twice returns the same result.
  arrow::Result<FeatureCounts> Close();

  /// \brief Rows written so far.
  FeatureCounts num_written() const;
  bool has_error() const;
  /// \brief The buffered rows, and those that could not be written.
  FeatureTables Unwritten() const;

 private:
  explicit BufferedMetadataWriter(std::unique_ptr<internal::WriteBuffer> buffer);

  std::unique_ptr<internal::WriteBuffer> buffer_;
};

}  // namespace metaxy
