// Signal handling: SIGINT, SIGTERM and SIGHUP stop the running operation.
#pragma once

#include <arrow/util/cancel.h>

namespace metaxy::cli {

/// \brief From here on the first of these signals requests operations to stop, and interrupts
/// blocking system calls (EINTR), also those that begin later; a second one ends the process at
/// once. An ignored signal, as with nohup, stays ignored. Must be called once, by the main thread.
void CatchSignals();

/// \brief Stops when a signal has arrived; never if none is caught.
arrow::StopToken SignalStopToken();

/// \brief The signal that has arrived, or 0.
int ReceivedSignal();

}  // namespace metaxy::cli
