// The demo: one folder of photographs, seven runs of the pipeline, and what each of them has to do.
#pragma once

#include <arrow/status.h>

namespace overview {

/// \brief Runs the pipeline seven times in the current directory, changes something before each
/// run, prints a report, and fails if a run has more or less to do than expected. Starts with an
/// empty store.
arrow::Status TellStory();

}  // namespace overview
