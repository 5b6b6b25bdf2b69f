#include "base/random_id.h"

#include <fmt/format.h>

#include <random>

namespace metaxy::internal {

std::string RandomId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace metaxy::internal
