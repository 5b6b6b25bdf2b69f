// wyhash version 1, which the reference calls wyhash.
#pragma once

#include <cstdint>
#include <string_view>

namespace metaxy::internal {

/// \brief wyhash as of 2019, with seed 0. Its later versions (3 and "final") give different values.
uint64_t WyhashV1(std::string_view data);

}  // namespace metaxy::internal
