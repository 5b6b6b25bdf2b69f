// Common treatment of a call from outside: options are validated, exceptions contained.
#pragma once

#include <arrow/status.h>

#include <type_traits>
#include <utility>

#include "base/contained.h"
#include "base/interrupt.h"
#include "metaxy/execution_options.h"

namespace metaxy::internal {

inline const ExecutionOptions& ExecutionOf(const ExecutionOptions& options) { return options; }
template <class Options>
const ExecutionOptions& ExecutionOf(const Options& options) {
  return options.execution;
}

// What every function of a store does with its options: a wrong one is told, nothing is done, and
// no exception gets to the caller. Calls into the database end where the options say so, and take
// the memory that they give.
template <class Options, class Body>
std::invoke_result_t<Body> Checked(const StoreSession& session, const Options& options,
                                   Body&& body) {
  return Contained([&]() -> std::invoke_result_t<Body> {
    ARROW_RETURN_NOT_OK(options.Validate());
    const InterruptScope scope{Interrupt(ExecutionOf(options))};
    const MemoryScope memory{session.MemoryOf(ExecutionOf(options))};
    return std::forward<Body>(body)();
  });
}

}  // namespace metaxy::internal
