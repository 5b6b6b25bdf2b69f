// CSV and JSON lines: batches become text on all cores, and are written in their order.
#include <algorithm>
#include <deque>
#include <future>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cli/frame_encoder.h"
#include "cli/row_text.h"

namespace metaxy::cli {

namespace {

// Large enough that a thread for each costs nothing, small enough that there are some to share out.
constexpr int64_t kRowsOfChunk = 8192;

using Encoded = arrow::Result<TextBuffer>;

template <class Rows>
Encoded Encode(const arrow::RecordBatch& batch, TextBuffer text) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, Rows::Make(batch));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    rows.Append(row, &text);
    text.Append('\n');
  }
  return text;
}

template <class Rows>
class TextEncoder : public FrameEncoder {
 public:
  explicit TextEncoder(std::shared_ptr<arrow::io::OutputStream> sink)
      : sink_(std::move(sink)), most_pending_(std::max(2U, std::thread::hardware_concurrency())) {}

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    for (int64_t begin = 0; begin < batch.num_rows(); begin += kRowsOfChunk) {
      Start(batch.Slice(begin, kRowsOfChunk));
      if (pending_.size() >= most_pending_) ARROW_RETURN_NOT_OK(WriteFirst());
    }
    return arrow::Status::OK();
  }

  arrow::Status Close() override {
    while (!pending_.empty()) ARROW_RETURN_NOT_OK(WriteFirst());
    return arrow::Status::OK();
  }

 private:
  void Start(std::shared_ptr<arrow::RecordBatch> batch) {
    TextBuffer text;
    if (!free_.empty()) {
      text = std::move(free_.back());
      free_.pop_back();
    }
    // std::async wants what it calls to be copied into it.
    auto shared = std::make_shared<TextBuffer>(std::move(text));
    auto encode = [batch = std::move(batch), shared] {
      return Encode<Rows>(*batch, std::move(*shared));
    };
    try {
      pending_.push_back(std::async(std::launch::async, encode));
    } catch (const std::system_error&) {
      // No more threads are to be had; the text is made when it is asked for.
      pending_.push_back(std::async(std::launch::deferred, encode));
    }
  }

  arrow::Status WriteFirst() {
    Encoded encoded = pending_.front().get();
    pending_.pop_front();
    ARROW_ASSIGN_OR_RAISE(TextBuffer text, std::move(encoded));
    ARROW_RETURN_NOT_OK(sink_->Write(text.view()));
    text.Clear();
    free_.push_back(std::move(text));
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::io::OutputStream> sink_;
  const size_t most_pending_;
  std::deque<std::future<Encoded>> pending_;
  std::vector<TextBuffer> free_;  // with the memory that earlier texts took
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
