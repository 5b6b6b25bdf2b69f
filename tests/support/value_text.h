// Values of Arrow arrays as strings, for comparing input with output.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <string>

namespace metaxy::testing {

/// \brief The number of ticks of a unit in a second.
int64_t PerSecond(arrow::TimeUnit::type unit);

/// \brief A value as a string, independent of its layout: 32-bit and 64-bit offsets, views,
/// dictionaries, run-end encoding and extension types make no difference, nor do units of time,
/// names of zones, and a date with a time compared with a timestamp.
std::string ValueText(const arrow::Array& array, int64_t row);

}  // namespace metaxy::testing
