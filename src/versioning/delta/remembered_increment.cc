#include "versioning/delta/remembered_increment.h"

#include "base/contained.h"
#include "base/interrupt.h"

namespace metaxy::internal {

std::optional<double> ProgressOf(const ResolveFacts& facts) {
  if (facts.expected_keys == 0) return std::nullopt;
  return static_cast<double>(facts.existing_keys) / static_cast<double>(facts.expected_keys) * 100;
}

arrow::Result<std::string> RememberedIncrement::Slice(IncrementPart part, int64_t begin,
                                                      int64_t count) const {
  if (count == 0) return SliceIncrement(*empty_, part, 0, 0);
  return Contained([&]() -> arrow::Result<std::string> {
    ARROW_RETURN_NOT_OK(Resolve());
    return SliceIncrement(*resolved_, part, begin, count);
  });
}

arrow::Result<RememberedIncrement::Reader> RememberedIncrement::Part(
    int64_t rows, arrow::Result<Reader> (LazyIncrement::*part)() const) const {
  if (rows == 0) return (empty_.get()->*part)();
  return Contained([&]() -> arrow::Result<Reader> {
    ARROW_RETURN_NOT_OK(Resolve());
    return (resolved_.get()->*part)();
  });
}

arrow::Status RememberedIncrement::Resolve() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (resolved_) return arrow::Status::OK();
  // As in the call that returned this.
  const InterruptScope interrupt{Interrupt(execution_)};
  const MemoryScope memory{memory_};
  ARROW_ASSIGN_OR_RAISE(resolved_, find_());
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
