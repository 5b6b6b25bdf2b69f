#include "store/write/write_buffer.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/contained.h"
#include "base/memory_budget.h"
#include "columns/set_column.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/clock.h"
#include "store/store_session.h"

namespace metaxy::internal {
namespace {

// How long a stop request may go unnoticed while waiting for space.
constexpr std::chrono::milliseconds kLookEvery{20};
// Practically forever, but within the range of the clock.
constexpr std::chrono::milliseconds kLongestWait{int64_t{100} * 366 * 86400 * 1000};

// Releases a lock temporarily.
class Unlocked {
 public:
  explicit Unlocked(std::unique_lock<std::mutex>* lock) : lock_(lock) { lock_->unlock(); }
  ~Unlocked() { lock_->lock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  std::unique_lock<std::mutex>* lock_;
};

// The rows, with the current time as their update timestamp.
arrow::Result<std::shared_ptr<arrow::Table>> Stamp(const std::shared_ptr<arrow::Table>& rows,
                                                   int64_t timestamp) {
  ARROW_ASSIGN_OR_RAISE(
      auto values, arrow::MakeArrayFromScalar(
                       arrow::TimestampScalar(timestamp, TimestampColumnType()), rows->num_rows()));
  return SetColumn(rows, kUpdatedAt, std::make_shared<arrow::ChunkedArray>(std::move(values)));
}

// When the first and the last of stamped rows were put.
std::pair<int64_t, int64_t> PutBetween(const arrow::Table& rows) {
  std::pair<int64_t, int64_t> range = {std::numeric_limits<int64_t>::max(), 0};
  for (const auto& chunk : rows.GetColumnByName(std::string(kUpdatedAt))->chunks()) {
    const auto& timestamps = static_cast<const arrow::TimestampArray&>(*chunk);
    for (int64_t i = 0; i < timestamps.length(); ++i) {
      range.first = std::min(range.first, timestamps.Value(i));
      range.second = std::max(range.second, timestamps.Value(i));
    }
  }
  return range.first <= range.second ? range : std::pair(NowMicros(), NowMicros());
}

// Stamped rows as if all had been put later.
arrow::Result<std::shared_ptr<arrow::Table>> Later(const std::shared_ptr<arrow::Table>& rows,
                                                   int64_t micros) {
  if (micros == 0) return rows;
  arrow::TimestampBuilder timestamps(TimestampColumnType(), arrow::default_memory_pool());
  for (const auto& chunk : rows->GetColumnByName(std::string(kUpdatedAt))->chunks()) {
    const auto& before = static_cast<const arrow::TimestampArray&>(*chunk);
    for (int64_t i = 0; i < before.length(); ++i)
      ARROW_RETURN_NOT_OK(timestamps.Append(before.Value(i) + micros));
  }
  ARROW_ASSIGN_OR_RAISE(auto values, timestamps.Finish());
  return SetColumn(rows, kUpdatedAt, std::make_shared<arrow::ChunkedArray>(std::move(values)));
}

// Also in what is noted beside them: categories.
bool HaveEqualFields(const arrow::Table& a, const arrow::Table& b) {
  return a.schema()->RemoveMetadata()->Equals(*b.schema()->RemoveMetadata(),
                                              /*check_metadata=*/true);
}

}  // namespace

WriteBuffer::WriteBuffer(std::shared_ptr<MetadataStore> store,
                         const BufferedMetadataWriterOptions& options)
    : store_(std::move(store)),
      options_(options),
      interrupt_(options.write.execution),
      thread_([this] {
        const arrow::Status worked = Contained([this] {
          Work();
          return arrow::Status::OK();
        });
        if (worked.ok()) return;
        // Nobody writes any more, and nobody must wait for it.
        const std::lock_guard<std::mutex> lock(mutex_);
        error_ = worked;
        ended_ = true;
        done_.notify_all();
      }) {}

WriteBuffer::~WriteBuffer() { static_cast<void>(Close()); }

int64_t WriteBuffer::NextTimestamp() {
  int64_t last = last_timestamp_.load();
  int64_t next = 0;
  do {
    next = std::max(NowMicros(), last + 1);
  } while (!last_timestamp_.compare_exchange_weak(last, next));
  return next;
}

arrow::Status WriteBuffer::Put(const FeatureTables& rows) {
  // Before the lock: other threads, and the one that writes, go on meanwhile.
  const int64_t timestamp = NextTimestamp();
  std::deque<Item> items;
  for (const auto& [feature, table] : rows) {
    ARROW_RETURN_NOT_OK(CheckTable(table));
    ARROW_ASSIGN_OR_RAISE(auto stamped, Stamp(table, timestamp));
    items.push_back({feature, std::move(stamped)});
  }
  std::unique_lock<std::mutex> lock(mutex_);
  while (!done_.wait_for(lock, kLookEvery, [&] { return HasRoom(); }))
    ARROW_RETURN_NOT_OK(interrupt_.Check("waiting for space in the buffer"));
  if (closing_)
    return MakeError(ErrorCode::kInvalidInput, "the writer is closed and accepts no more rows");
  if (!error_.ok())
    return WithContext(error_, "an earlier write failed, and no more rows are taken");
  ++waiting_puts_;
  for (Item& item : items) {
    waiting_rows_ += item.rows->num_rows();
    waiting_.push_back(std::move(item));
  }
  work_.notify_one();
  return arrow::Status::OK();
}

arrow::Status WriteBuffer::Flush(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (timeout.count() < 0) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("timeout is {} ms; use 0 or more", timeout.count()));
  }
  if (closing_) return MakeError(ErrorCode::kInvalidInput, "the writer is closed");
  if (waiting_.empty() && writing_.empty()) return error_;
  // A write in progress began before this call and may not contain everything.
  const uint64_t round = rounds_ + (writing_.empty() ? 1 : 2);
  flush_asked_ = true;
  work_.notify_one();
  const bool finished = done_.wait_for(lock, std::min(timeout, kLongestWait), [&] {
    return ended_ || rounds_ >= round || (waiting_.empty() && writing_.empty());
  });
  if (finished) return error_;
  return MakeError(ErrorCode::kTimeout,
                   fmt::format("the rows were not written within {} ms; they are still being "
                               "written",
                               timeout.count()),
                   /*retryable=*/true);
}

arrow::Result<FeatureCounts> WriteBuffer::Close() {
  const std::lock_guard<std::mutex> once(close_mutex_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
  done_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard<std::mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(error_);
  return written_;
}

FeatureCounts WriteBuffer::num_written() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return written_;
}

bool WriteBuffer::has_error() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !error_.ok();
}

FeatureTables WriteBuffer::Unwritten() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  FeatureTables rows;
  for (const std::deque<Item>* items : {&writing_, &waiting_}) {
    for (const Item& item : *items) rows.emplace_back(item.feature, item.rows);
  }
  return rows;
}

bool WriteBuffer::HasRoom() const {
  return closing_ || !error_.ok() || options_.max_queue_size <= 0 ||
         waiting_puts_ < options_.max_queue_size;
}

bool WriteBuffer::HasToWrite() const {
  if (closing_ || flush_asked_) return true;
  return error_.ok() && options_.flush_batch_size && waiting_rows_ >= *options_.flush_batch_size;
}

void WriteBuffer::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (waiting_.empty() || (!error_.ok() && !IsRetryable(error_))) {
      work_.wait(lock, [&] {
        return HasToWrite() || (!waiting_.empty() && (error_.ok() || IsRetryable(error_)));
      });
    }
    work_.wait_until(lock, last_write_ + options_.flush_interval, [&] { return HasToWrite(); });
    const bool last = closing_;
    flush_asked_ = false;
    if (!waiting_.empty()) TryToWriteAll(&lock);
    last_write_ = Clock::now();
    ++rounds_;
    done_.notify_all();
    if (last) return;
  }
}

void WriteBuffer::TryToWriteAll(std::unique_lock<std::mutex>* lock) {
  const arrow::Status written = Contained([&] {
    WriteAll(lock);
    return arrow::Status::OK();
  });
  if (written.ok()) return;
  // What was being written is still there, and precedes what has been added meanwhile.
  waiting_rows_ = 0;
  waiting_.swap(writing_);
  for (Item& item : writing_) waiting_.push_back(std::move(item));
  writing_.clear();
  for (const Item& item : waiting_) waiting_rows_ += item.rows->num_rows();
  error_ = written;
}

void WriteBuffer::WriteAll(std::unique_lock<std::mutex>* lock) {
  writing_ = std::exchange(waiting_, {});
  waiting_rows_ = 0;
  waiting_puts_ = 0;
  done_.notify_all();
  std::vector<FeatureKey> features;
  for (const Item& item : writing_) {
    if (std::find(features.begin(), features.end(), item.feature) == features.end())
      features.push_back(item.feature);
  }
  arrow::Status failure;
  for (const FeatureKey& feature : features) {
    const arrow::Status written = WriteFeature(feature, lock);
    if (written.ok()) continue;
    TellOfFailure(feature, written, lock);
    if (failure.ok()) failure = WithContext(written, "feature '" + feature.ToString() + "'");
  }
  error_ = std::move(failure);
  // The remainder precedes what has been added meanwhile.
  for (const Item& item : writing_) waiting_rows_ += item.rows->num_rows();
  waiting_.insert(waiting_.begin(), writing_.begin(), writing_.end());
  writing_.clear();
}

void WriteBuffer::TellOfFailure(const FeatureKey& feature, const arrow::Status& failure,
                                std::unique_lock<std::mutex>* lock) {
  int64_t rows = 0;
  for (const Item& item : writing_) rows += item.feature == feature ? item.rows->num_rows() : 0;
  // Put() does not wait for the user's callback.
  const Unlocked unlocked(lock);
  StoreSession::Of(*store_).log().Warn(
      LogSubject::kBufferedWrite,
      fmt::format("{} rows of feature '{}' could not be written yet: {}", rows, feature.ToString(),
                  failure.message()),
      {{"feature", feature.ToString()},
       {"rows", rows},
       {"error", ErrorCodeName(GetErrorCode(failure))}});
}

arrow::Status WriteBuffer::WriteFeature(const FeatureKey& feature,
                                        std::unique_lock<std::mutex>* lock) {
  while (true) {
    // In the order in which they were put, batching consecutive rows with the same columns.
    std::vector<std::shared_ptr<arrow::Table>> tables;
    for (const Item& item : writing_) {
      if (item.feature != feature) continue;
      if (!tables.empty() && !HaveEqualFields(*item.rows, *tables.front())) break;
      tables.push_back(item.rows);
    }
    if (tables.empty()) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto rows, arrow::ConcatenateTables(tables));
    {
      const Unlocked unlocked(lock);
      ARROW_RETURN_NOT_OK(Contained([&] { return WriteRows(feature, rows); }));
    }
    Count(feature, rows->num_rows());
    size_t left = tables.size();
    std::erase_if(writing_, [&](const Item& item) {
      if (item.feature != feature || left == 0) return false;
      --left;
      return true;
    });
  }
}

arrow::Status WriteBuffer::WriteRows(const FeatureKey& feature,
                                     const std::shared_ptr<arrow::Table>& rows) {
  StoreSession& session = StoreSession::Of(*store_);
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  const MemoryScope memory(session.MemoryOf(options_.write.execution));
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  const auto [first, last] = PutBetween(*rows);
  const auto time = std::make_shared<WriteTime>(first, last - first);
  ARROW_ASSIGN_OR_RAISE(const auto columns,
                        session.ColumnsFor(*graph, feature, options_.write, RowTimes::kPut, time));
  return session
      .AppendComputed(*graph, feature,
                      RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                        ARROW_ASSIGN_OR_RAISE(const auto later, Later(rows, time->ahead()));
                        return WithSystemColumns(columns,
                                                 std::make_shared<arrow::TableBatchReader>(later));
                      }),
                      time, interrupt_)
      .status();
}

void WriteBuffer::Count(const FeatureKey& feature, int64_t rows) {
  for (auto& [known, count] : written_) {
    if (known == feature) {
      count += rows;
      return;
    }
  }
  written_.emplace_back(feature, rows);
}

}  // namespace metaxy::internal
