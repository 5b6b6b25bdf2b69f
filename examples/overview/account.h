// The report of what the pipeline did, on standard output.
#pragma once

#include <metaxy/increment.h>

#include <cstddef>
#include <string>

#include "pipeline.h"

namespace overview {

/// \brief "57 new", "1 stale", "2 new, 1 stale" or "up to date".
std::string Describe(const metaxy::IncrementCounts& counts);

void PrintTitle(size_t photos);
void PrintChapter(int number, const std::string& title);
/// \brief A line for the files and a line per feature: what had to be done, and how long it took.
void PrintRun(const RunReport& run);
void PrintCaption(const std::string& photo, const std::string& caption);

}  // namespace overview
