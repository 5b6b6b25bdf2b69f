// CSV and JSON lines: batches become text on all cores, and are written in their order.
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <deque>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "base/processors.h"
#include "cli/output/frame_encoder.h"
#include "cli/output/row_text.h"

namespace metaxy::cli {

namespace {

// Large enough that a thread for each costs nothing, small enough that there are some to share out,
// and that the texts of wide rows do not pile up.
constexpr int64_t kRowsOfChunk = 8192;
constexpr int64_t kBytesOfChunk = int64_t{1} << 20;

arrow::Result<int64_t> RowsOfChunk(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(batch));
  const int64_t width = std::max<int64_t>(bytes / std::max<int64_t>(batch.num_rows(), 1), 1);
  return std::clamp<int64_t>(kBytesOfChunk / width, 1, kRowsOfChunk);
}

// A chunk, and its text, which may be several times as long.
size_t MostPending() {
  const int64_t room = internal::MemoryScope::Current().row_group() / (4 * kBytesOfChunk);
  return static_cast<size_t>(std::clamp<int64_t>(room, 2, internal::Processors() + 1));
}

// Buffers of written texts, for reuse.
class FreeBuffers {
 public:
  TextBuffer Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (buffers_.empty()) return {};
    TextBuffer buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }
  void Give(TextBuffer buffer) {
    buffer.Clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    buffers_.push_back(std::move(buffer));
  }

 private:
  std::mutex mutex_;
  std::vector<TextBuffer> buffers_;
};

template <class Rows>
arrow::Status AppendRows(const arrow::RecordBatch& batch, TextBuffer* text) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, Rows::Make(batch));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    rows.Append(row, text);
    text->Append('\n');
  }
  return arrow::Status::OK();
}

template <class Rows>
class TextEncoder : public FrameEncoder {
 public:
  explicit TextEncoder(std::shared_ptr<arrow::io::OutputStream> sink)
      : sink_(std::move(sink)),
        buffers_(std::make_shared<FreeBuffers>()),
        most_pending_(MostPending()) {}

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, RowsOfChunk(batch));
    for (int64_t begin = 0; begin < batch.num_rows(); begin += rows) {
      Start(batch.Slice(begin, rows));
      if (pending_.size() >= most_pending_) ARROW_RETURN_NOT_OK(WaitForFirst());
    }
    return arrow::Status::OK();
  }

  arrow::Status Close() override {
    while (!pending_.empty()) ARROW_RETURN_NOT_OK(WaitForFirst());
    return arrow::Status::OK();
  }

 private:
  using Done = std::shared_future<arrow::Status>;

  // The chunk is encoded at once, and written after the one before it; meanwhile the next rows are
  // read.
  void Start(std::shared_ptr<arrow::RecordBatch> batch) {
    Done last = pending_.empty() ? Done() : pending_.back();
    auto encode = [batch = std::move(batch), last, sink = sink_, buffers = buffers_]() mutable {
      // What a task holds lives as long as its future, which the next task holds.
      const std::shared_ptr<arrow::RecordBatch> rows = std::move(batch);
      const Done before = std::exchange(last, {});
      TextBuffer text = buffers->Take();
      const arrow::Status encoded = AppendRows<Rows>(*rows, &text);
      if (before.valid()) ARROW_RETURN_NOT_OK(before.get());
      ARROW_RETURN_NOT_OK(encoded);
      ARROW_RETURN_NOT_OK(sink->Write(text.view()));
      buffers->Give(std::move(text));
      return arrow::Status::OK();
    };
    // Copied: if there is no thread for it, it is still needed.
    try {
      pending_.push_back(std::async(std::launch::async, encode).share());
    } catch (const std::system_error&) {
      // No more threads can be created; it runs when somebody waits for it.
      pending_.push_back(std::async(std::launch::deferred, encode).share());
    }
  }

  arrow::Status WaitForFirst() {
    const Done first = std::move(pending_.front());
    pending_.pop_front();
    return first.get();
  }

  std::shared_ptr<arrow::io::OutputStream> sink_;
  std::shared_ptr<FreeBuffers> buffers_;
  const size_t most_pending_;
  std::deque<Done> pending_;
};

}  // namespace

arrow::Result<std::unique_ptr<FrameEncoder>> MakeCsvEncoder(
    std::shared_ptr<arrow::io::OutputStream> sink, const arrow::Schema& schema) {
  TextBuffer header;
  CsvRows::AppendHeader(schema, &header);
  ARROW_RETURN_NOT_OK(sink->Write(header.view()));
  return std::make_unique<TextEncoder<CsvRows>>(std::move(sink));
}

std::unique_ptr<FrameEncoder> MakeJsonLinesEncoder(std::shared_ptr<arrow::io::OutputStream> sink) {
  return std::make_unique<TextEncoder<JsonRows>>(std::move(sink));
}

}  // namespace metaxy::cli
