// What the Python package gave for the cases of tests/reference/recorded/capture/capture_models.py.
#pragma once

#include <string>
#include <vector>

#include "metaxy/json.h"

namespace metaxy::testing {

/// \brief The cases in tests/reference/recorded/goldens/<name>.json. Fails the test, and is empty,
/// if they cannot be read.
std::vector<Json> Goldens(const std::string& name);

/// \brief The text of a member, which must be there.
std::string Text(const Json& object, const std::string& member);

/// \brief A list of texts.
std::vector<std::string> Texts(const Json& list);

/// \brief The message of a status that must be on one line; the test fails if it is OK or has
/// several lines.
std::string OneLine(const arrow::Status& status);

}  // namespace metaxy::testing
