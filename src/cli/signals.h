// Signals that interrupt the program: SIGINT, SIGTERM and SIGHUP.
#pragma once

#include <arrow/util/cancel.h>

namespace metaxy::cli {

/// \brief From here on the first of these signals asks operations to stop, and ends system calls
/// that block (EINTR), also those that begin later; a second one ends the process at once. A signal
/// that is ignored, as by nohup, stays ignored. To be called once, by the main thread.
void CatchSignals();

/// \brief Stops when a signal has come; never if none is caught.
arrow::StopToken SignalStopToken();

/// \brief The signal that has come, or 0.
int ReceivedSignal();

}  // namespace metaxy::cli
