#include "cli/input/text_lines.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace metaxy::cli {

namespace {

constexpr size_t kBlock = size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextLines::TextLines(std::shared_ptr<arrow::io::InputStream> input)
    : input_(std::move(input)), buffer_(kBlock) {}

arrow::Status TextLines::ReadMore() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kBlock) buffer_.resize(std::max(2 * buffer_.size(), end_ + kBlock));
  ARROW_ASSIGN_OR_RAISE(const int64_t count, input_->Read(kBlock, buffer_.data() + end_));
  at_end_ = count == 0;
  end_ += static_cast<size_t>(count);
  return arrow::Status::OK();
}

arrow::Result<std::optional<std::string_view>> TextLines::Next() {
  size_t searched = 0;
  const char* feed = nullptr;
  while (true) {
    const char* from = buffer_.data() + begin_ + searched;
    feed = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_ - searched));
    if (feed != nullptr || at_end_) break;
    searched = end_ - begin_;
    ARROW_RETURN_NOT_OK(ReadMore());
  }
  if (feed == nullptr && begin_ == end_) return std::nullopt;
  const char* start = buffer_.data() + begin_;
  const size_t size = feed != nullptr ? static_cast<size_t>(feed - start) : end_ - begin_;
  begin_ += size + (feed != nullptr ? 1 : 0);
  std::string_view line(start, size);
  if (number_++ == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return line;
}

}  // namespace metaxy::cli
