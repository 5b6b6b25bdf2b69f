// The Python package's results for the cases of tests/reference/recorded/capture/capture_models.py.
#pragma once

#include <string>
#include <vector>

#include "metaxy/json.h"

namespace metaxy::testing {

/// \brief The cases in tests/reference/recorded/goldens/<name>.json. Fails the test, and is empty,
/// if they cannot be read.
std::vector<Json> Goldens(const std::string& name);

/// \brief A string member, which must be present.
std::string Text(const Json& object, const std::string& member);

/// \brief A list of strings.
std::vector<std::string> Texts(const Json& list);

/// \brief The message of a failed status; the test fails if the status is OK or the message has
/// several lines.
std::string OneLine(const arrow::Status& status);

}  // namespace metaxy::testing
