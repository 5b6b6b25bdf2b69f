// The options of the C interface as those of the library.
#pragma once

#include <arrow/result.h>
#include <arrow/util/cancel.h>

#include "metaxy/c_api.h"
#include "metaxy/errors.h"
#include "metaxy/store_options.h"

// What a caller of the C interface holds.
struct metaxy_stop {
  arrow::StopSource source;
};

namespace metaxy::internal {

/// InvalidInput for a timeout or a number that is negative.
arrow::Result<ExecutionOptions> ToExecutionOptions(const metaxy_execution* given);
arrow::Result<ReadOptions> ToReadOptions(const metaxy_read_options* given);
/// Without the samples.
arrow::Result<ResolveUpdateOptions> ToResolveOptions(const metaxy_resolve_options& given);
/// InvalidInput if a text is missing; what is wrong with one is told where it is used.
arrow::Result<Filters> ToFilters(const char* const* texts, size_t count);

/// The struct as this library knows it: members that the caller's does not have are zeros. All
/// zeros if there is none. InvalidInput if it does not say how large it is.
template <class Options>
arrow::Result<Options> WithAllMembers(const Options* given) {
  Options options{};
  if (given != nullptr) {
    if (given->struct_size == 0) {
      return MakeError(ErrorCode::kInvalidInput,
                       "struct_size of the options is 0; set it to sizeof() of their type");
    }
    const size_t size = given->struct_size < sizeof(Options) ? given->struct_size : sizeof(Options);
    const auto* from = reinterpret_cast<const unsigned char*>(given);
    auto* to = reinterpret_cast<unsigned char*>(&options);
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
  }
  return options;
}

}  // namespace metaxy::internal
