// Random ids: names that nobody else has.
#pragma once

#include <string>

namespace metaxy::internal {

/// 128 random bits as 32 hexadecimal digits.
std::string RandomId();

}  // namespace metaxy::internal
