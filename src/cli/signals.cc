#include "cli/signals.h"

#include <pthread.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/temporary_file.h"

namespace metaxy::cli {

namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

// What a handler may access: lock-free atomics, and a stop source, which is one.
std::atomic<int> received{0};
std::atomic<arrow::StopSource*> stop_source{nullptr};
pthread_t main_thread;

// Calls that began just before the signal are interrupted by it, those that begin just after it by
// this timer: between the two, a blocking call would miss the stop request.
void InterruptBlockingCalls() {
  constexpr itimerval kOften = {{0, 50000}, {0, 50000}};
  setitimer(ITIMER_REAL, &kOften, nullptr);
}

void EndAtOnce(int signal_number) {
  internal::RemoveTemporaryPaths();
  internal::RemoveTemporaryPaths();
  std::signal(signal_number, SIG_DFL);
  raise(signal_number);
}

extern "C" void OnSignal(int signal_number) {
  const int error = errno;
  int none = 0;
  if (received.compare_exchange_strong(none, signal_number)) {
    stop_source.load()->RequestStopFromSignal(signal_number);
    InterruptBlockingCalls();
    // The blocking calls are those of the main thread.
    if (pthread_equal(pthread_self(), main_thread) == 0) pthread_kill(main_thread, SIGALRM);
  } else {
    EndAtOnce(signal_number);
  }
  errno = error;
}

extern "C" void OnTimer(int) {}

void Catch(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  if (sigaction(signal_number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = handler;  // without SA_RESTART
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void CatchSignals() {
  static arrow::StopSource source;
  main_thread = pthread_self();
  stop_source = &source;
  Catch(SIGALRM, OnTimer);
  for (const int signal_number : kSignals) Catch(signal_number, OnSignal);
}

arrow::StopToken SignalStopToken() {
  arrow::StopSource* const source = stop_source;
  return source != nullptr ? source->token() : arrow::StopToken::Unstoppable();
}

int ReceivedSignal() { return received; }

}  // namespace metaxy::cli
