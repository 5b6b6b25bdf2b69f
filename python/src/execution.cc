#include "execution.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace metaxy::python {
namespace {

// A time of a hundred years is one that nobody waits for, and does not overflow a clock.
constexpr double kLongestTimeout = 100.0 * 365 * 24 * 3600;

std::chrono::steady_clock::time_point DeadlineOf(double timeout) {
  if (std::isnan(timeout) || timeout < 0) {
    throw nb::value_error("timeout must be a number of seconds, 0 or more");
  }
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(
             std::chrono::duration<double>(std::min(timeout, kLongestTimeout)));
}

const char* PhaseName(ExecutionPhase phase) {
  return phase == ExecutionPhase::kReading ? "reading" : "comparing";
}

}  // namespace

Execution::Execution(std::optional<int64_t> batch_size, std::optional<int64_t> memory_limit,
                     std::optional<int> threads, std::optional<std::string> spill_directory,
                     std::optional<double> timeout, const nb::object& on_progress) {
  if (batch_size) options_.batch_size = *batch_size;
  options_.memory_limit = memory_limit;
  if (threads) options_.threads = *threads;
  if (spill_directory) options_.spill_directory = *spill_directory;
  if (timeout) options_.deadline = DeadlineOf(*timeout);
  options_.stop_token = state_->token();
  const auto callback = PythonCallback::Of(on_progress);
  if (!callback) return;
  options_.on_progress = [callback = *callback, state = state_](const ExecutionProgress& progress) {
    nb::object raised;
    callback.Run(
        [&](nb::handle function) {
          function(PhaseName(progress.phase), progress.rows, progress.total_rows);
        },
        &raised);
    const PyGILState_STATE gil = PyGILState_Ensure();
    const bool failed = raised.is_valid();
    if (failed) state->Stop(std::move(raised));
    PyGILState_Release(gil);
    if (failed) throw std::runtime_error("the progress callback has raised an exception");
  };
}

LogFunction LogFunctionOf(const nb::object& function) {
  const auto callback = PythonCallback::Of(function);
  if (!callback) return nullptr;
  return [callback = *callback](const LogRecord& record) {
    nb::object raised;
    const bool called = callback.Run(
        [&](nb::handle python) {
          python(std::string(LogSeverityName(record.severity)),
                 std::string(LogSubjectName(record.subject)), record.message,
                 record.values.DumpPython());
        },
        &raised);
    if (!called) return;
    const PyGILState_STATE gil = PyGILState_Ensure();
    if (raised.is_valid()) {
      // Nobody can catch it: the call goes on.
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
      PyErr_WriteUnraisable(nullptr);
    }
    raised.reset();
    PyGILState_Release(gil);
  };
}

void BindExecution(nb::module_& module) {
  nb::class_<Execution>(module, "Execution")
      .def(nb::init<std::optional<int64_t>, std::optional<int64_t>, std::optional<int>,
                    std::optional<std::string>, std::optional<double>, const nb::object&>(),
           nb::kw_only(), nb::arg("batch_size") = nb::none(), nb::arg("memory_limit") = nb::none(),
           nb::arg("threads") = nb::none(), nb::arg("spill_directory") = nb::none(),
           nb::arg("timeout") = nb::none(), nb::arg("on_progress") = nb::none());
}

}  // namespace metaxy::python
