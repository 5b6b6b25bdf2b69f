// Values of Arrow arrays as strings, for comparing what went in with what came out.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <string>

namespace metaxy::testing {

/// \brief How many of a unit a second has.
int64_t PerSecond(arrow::TimeUnit::type unit);

/// \brief A value as text, independent of how it is laid out: 32-bit and 64-bit offsets, views,
/// dictionaries, run-end encoding and extension types make no difference, nor do units of time,
/// names of zones, and a date with a time from a timestamp.
std::string ValueText(const arrow::Array& array, int64_t row);

}  // namespace metaxy::testing
