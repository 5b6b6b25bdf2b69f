// Limits and hooks of a call, as Python gives them.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "metaxy/execution_options.h"
#include "metaxy/log.h"
#include "native_call.h"

namespace metaxy::python {

/// What a call is given beside its arguments. Used by one call, and by the rows that it gives.
class Execution {
 public:
  Execution(std::optional<int64_t> batch_size, std::optional<int64_t> memory_limit,
            std::optional<int> threads, std::optional<std::string> spill_directory,
            std::optional<double> timeout, const nb::object& on_progress);

  const ExecutionOptions& options() const { return options_; }
  const std::shared_ptr<CallState>& state() const { return state_; }

 private:
  std::shared_ptr<CallState> state_ = std::make_shared<CallState>();
  ExecutionOptions options_;
};

/// A log function that calls `function(severity, subject, message, values)` with texts, the values
/// as JSON; none for None.
LogFunction LogFunctionOf(const nb::object& function);

void BindExecution(nb::module_& module);

}  // namespace metaxy::python
