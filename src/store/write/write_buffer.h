// Write-behind buffer of a BufferedMetadataWriter.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/table.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "base/interrupt.h"
#include "metaxy/buffered_metadata_writer.h"

namespace metaxy::internal {

/// A queue of rows and the thread that writes them. Thread-safe.
class WriteBuffer {
 public:
  WriteBuffer(std::shared_ptr<MetadataStore> store, const BufferedMetadataWriterOptions& options);
  ~WriteBuffer();

  arrow::Status Put(const FeatureTables& rows);
  arrow::Status Flush(std::chrono::milliseconds timeout);
  arrow::Result<FeatureCounts> Close();

  FeatureCounts num_written() const;
  bool has_error() const;
  FeatureTables Unwritten() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Item {
    FeatureKey feature;
    std::shared_ptr<arrow::Table> rows;
  };

  /// Later than that of any Put() before.
  int64_t NextTimestamp();
  void Work();
  bool HasToWrite() const;
  bool HasRoom() const;
  /// Writes everything that is buffered; an exception is an ordinary failure. Called with the lock
  /// held, which is released meanwhile.
  void TryToWriteAll(std::unique_lock<std::mutex>* lock);
  void WriteAll(std::unique_lock<std::mutex>* lock);
  /// Writes the buffered rows of one feature; what was written is removed from writing_.
  arrow::Status WriteFeature(const FeatureKey& feature, std::unique_lock<std::mutex>* lock);
  void TellOfFailure(const FeatureKey& feature, const arrow::Status& failure,
                     std::unique_lock<std::mutex>* lock);
  arrow::Status WriteRows(const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows);
  void Count(const FeatureKey& feature, int64_t rows);

  const std::shared_ptr<MetadataStore> store_;
  const BufferedMetadataWriterOptions options_;
  const Interrupt interrupt_;

  mutable std::mutex mutex_;
  std::condition_variable work_;  // work for the thread
  std::condition_variable done_;  // a write has finished
  std::deque<Item> waiting_;
  std::deque<Item> writing_;
  int64_t waiting_rows_ = 0;
  int64_t waiting_puts_ = 0;
  uint64_t rounds_ = 0;  // finished writes
  bool flush_asked_ = false;
  bool closing_ = false;
  bool ended_ = false;  // the thread could not go on
  std::atomic<int64_t> last_timestamp_ = 0;
  Clock::time_point last_write_ = Clock::now();
  arrow::Status error_;
  FeatureCounts written_;
  std::mutex close_mutex_;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace metaxy::internal
