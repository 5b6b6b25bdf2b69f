// Calls into the library: without the GIL, and so that Ctrl-C stops them.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/cancel.h>
#include <nanobind/nanobind.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace metaxy::python {

namespace nb = nanobind;

/// The exception of metaxy_cpp.errors that stands for a status. With the GIL.
nb::object ExceptionOf(const arrow::Status& status);

/// Raises an exception object in Python.
[[noreturn]] void Raise(const nb::object& exception);

/// Raises the exception of a status, unless it is OK.
void RaiseIfFailed(const arrow::Status& status);

/// The value of a result that was made with the GIL.
template <class T>
T ValueOf(arrow::Result<T> result) {
  RaiseIfFailed(result.status());
  return *std::move(result);
}

/// Whether this thread holds the GIL.
bool HoldsGil();

/// What can end a call: Ctrl-C, another signal whose handler raises, or a callback that does. One
/// lives as long as the options that have its token; calls that share it must not overlap.
class CallState {
 public:
  CallState() = default;
  CallState(const CallState&) = delete;
  CallState& operator=(const CallState&) = delete;
  ~CallState();

  arrow::StopToken token() { return stop_.token(); }

  /// Keeps the first exception and stops the call. With the GIL.
  void Stop(nb::object exception);
  /// The exception that stopped the call, once; the next call may run again. With the GIL.
  nb::object TakeException();

  /// Runs `body` without the GIL. On the main thread, which alone hears of signals, it runs beside
  /// this one, which asks for them meanwhile.
  void Run(const std::function<void()>& body);

 private:
  void WaitForSignals(const std::function<void()>& body);
  void CheckSignals();

  arrow::StopSource stop_;
  std::mutex mutex_;
  PyObject* exception_ = nullptr;
};

inline const arrow::Status& StatusOf(const arrow::Status& status) { return status; }
template <class T>
const arrow::Status& StatusOf(const arrow::Result<T>& result) {
  return result.status();
}

/// Raises what stopped a call, with the failure of the call as its context, or that failure.
void RaiseOutcome(CallState& state, const arrow::Status& status);

/// Calls a function of the library and gives its value; raises its failure.
template <class Body>
auto Call(CallState& state, Body&& body) {
  using Outcome = std::invoke_result_t<Body>;
  std::optional<Outcome> outcome;
  state.Run([&] {
    try {
      outcome.emplace(body());
    } catch (const std::exception& error) {
      outcome.emplace(arrow::Status::UnknownError(error.what()));
    }
  });
  RaiseOutcome(state, StatusOf(*outcome));
  if constexpr (!std::is_same_v<Outcome, arrow::Status>) return *std::move(*outcome);
}

/// The same for short calls that nobody has to stop.
template <class Body>
auto Call(Body&& body) {
  CallState state;
  return Call(state, std::forward<Body>(body));
}

/// A function of the user's, to be called from any thread. Copies share it.
class PythonCallback {
 public:
  /// Nothing for None.
  static std::optional<PythonCallback> Of(const nb::object& function);

  /// Runs `call` with the GIL; false if Python has ended. What `call` raises is returned.
  bool Run(const std::function<void(nb::handle function)>& call, nb::object* raised) const;

 private:
  std::shared_ptr<PyObject> function_;
};

/// Owns an object of the library. It is destroyed without the GIL, as the object may take a lock
/// that a thread holds which waits for the GIL; in a forked child it is left alone.
template <class T>
class Owned {
 public:
  Owned() = default;
  explicit Owned(std::shared_ptr<T> object) : object_(std::move(object)), process_(ProcessId()) {}
  Owned(const Owned& other) = default;
  Owned& operator=(const Owned& other) = delete;
  ~Owned() {
    if (!object_) return;
    if (process_ != ProcessId()) {
      new std::shared_ptr<T>(std::move(object_));  // NOLINT: its threads and locks are elsewhere.
      return;
    }
    if (!HoldsGil()) return;
    PyThreadState* const state = PyEval_SaveThread();
    object_.reset();
    PyEval_RestoreThread(state);
  }

  T* operator->() const { return object_.get(); }
  T& operator*() const { return *object_; }
  const std::shared_ptr<T>& shared() const { return object_; }

 private:
  static int ProcessId();

  std::shared_ptr<T> object_;
  int process_ = 0;
};

int CurrentProcessId();

template <class T>
int Owned<T>::ProcessId() {
  return CurrentProcessId();
}

}  // namespace metaxy::python
