// Sliceable increment: one whose rows other processes can read.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>

#include "metaxy/distributed.h"
#include "metaxy/increment.h"

namespace metaxy::internal {

class SliceableIncrement : public LazyIncrement {
 public:
  /// See SliceIncrement().
  virtual arrow::Result<std::string> Slice(IncrementPart part, int64_t begin,
                                           int64_t count) const = 0;
};

}  // namespace metaxy::internal
