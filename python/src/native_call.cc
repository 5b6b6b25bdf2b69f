#include "native_call.h"

#include <nanobind/stl/string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <string>
#include <system_error>
#include <thread>

#include "metaxy/errors.h"

// Not in the stable ABI's headers, but exported by every version of Python.
extern "C" int PyGILState_Check(void);

namespace metaxy::python {
namespace {

// How long Ctrl-C may go unnoticed.
constexpr std::chrono::milliseconds kSignalInterval{20};

bool IsMainThread() { return syscall(SYS_gettid) == getpid(); }

// The exception that is set, which is cleared. With the GIL.
nb::object TakeRaised() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (value != nullptr && traceback != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return nb::steal(value);
}

}  // namespace

int CurrentProcessId() { return getpid(); }

bool HoldsGil() { return Py_IsInitialized() != 0 && PyGILState_Check() != 0; }

nb::object ExceptionOf(const arrow::Status& status) {
  const ErrorCode code = GetErrorCode(status);
  // Python's own exceptions must not be replaced by what is wrong with texts of others.
  const std::string& message = status.message();
  const nb::object text = nb::steal(
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
  return nb::module_::import_("metaxy_cpp.errors")
      .attr("from_code")(std::string(ErrorCodeName(code)), text, IsRetryable(status));
}

void Raise(const nb::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw nb::python_error();
}

void RaiseIfFailed(const arrow::Status& status) {
  if (!status.ok()) Raise(ExceptionOf(status));
}

CallState::~CallState() {
  if (exception_ == nullptr || Py_IsInitialized() == 0) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF(exception_);
  PyGILState_Release(state);
}

void CallState::Stop(nb::object exception) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (exception_ == nullptr) exception_ = exception.release().ptr();
  stop_.RequestStop();
}

nb::object CallState::TakeException() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (exception_ == nullptr) return {};
  stop_.Reset();
  return nb::steal(std::exchange(exception_, nullptr));
}

void CallState::CheckSignals() {
  const PyGILState_STATE state = PyGILState_Ensure();
  if (PyErr_CheckSignals() != 0) Stop(TakeRaised());
  PyGILState_Release(state);
}

void CallState::Run(const std::function<void()>& body) {
  PyThreadState* const state = HoldsGil() ? PyEval_SaveThread() : nullptr;
  if (IsMainThread() && Py_IsInitialized() != 0) {
    WaitForSignals(body);
  } else {
    body();
  }
  if (state != nullptr) PyEval_RestoreThread(state);
}

void CallState::WaitForSignals(const std::function<void()>& body) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::thread worker;
  try {
    worker = std::thread([&] {
      body();
      const std::lock_guard<std::mutex> lock(mutex);
      done = true;
      changed.notify_all();
    });
  } catch (const std::system_error&) {
    body();  // No thread is to be had: then without signals.
    return;
  }
  std::unique_lock<std::mutex> lock(mutex);
  while (!changed.wait_for(lock, kSignalInterval, [&] { return done; })) {
    lock.unlock();
    CheckSignals();
    lock.lock();
  }
  lock.unlock();
  worker.join();
}

void RaiseOutcome(CallState& state, const arrow::Status& status) {
  nb::object stopped = state.TakeException();
  if (!stopped.is_valid()) return RaiseIfFailed(status);
  if (!status.ok() && !IsError(status, ErrorCode::kCancelled) &&
      !IsError(status, ErrorCode::kInvalidInput)) {
    PyException_SetContext(stopped.ptr(), ExceptionOf(status).release().ptr());
  }
  Raise(stopped);
}

std::optional<PythonCallback> PythonCallback::Of(const nb::object& function) {
  if (function.is_none()) return std::nullopt;
  PythonCallback callback;
  callback.function_ = std::shared_ptr<PyObject>(function.inc_ref().ptr(), [](PyObject* object) {
    if (Py_IsInitialized() == 0) return;
    const PyGILState_STATE state = PyGILState_Ensure();
    Py_DECREF(object);
    PyGILState_Release(state);
  });
  return callback;
}

bool PythonCallback::Run(const std::function<void(nb::handle function)>& call,
                         nb::object* raised) const {
  if (Py_IsInitialized() == 0) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  try {
    call(function_.get());
  } catch (nb::python_error& error) {
    error.restore();
    *raised = TakeRaised();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    *raised = TakeRaised();
  }
  PyGILState_Release(state);
  return true;
}

}  // namespace metaxy::python
