// Common treatment of a call from outside: options are validated, exceptions contained.
#pragma once

#include <arrow/status.h>

#include <type_traits>
#include <utility>

#include "base/contained.h"
#include "base/interrupt.h"
#include "base/memory_budget.h"
#include "metaxy/execution_options.h"
#include "store/store_session.h"

namespace metaxy::internal {

inline const ExecutionOptions& ExecutionOf(const ExecutionOptions& options) { return options; }
template <class Options>
const ExecutionOptions& ExecutionOf(const Options& options) {
  return options.execution;
}

// Common treatment of options in every function of a store: invalid ones are reported and nothing
// is done, and no exception reaches the caller. Database calls end when the options say so, and
// stay within their memory.
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
