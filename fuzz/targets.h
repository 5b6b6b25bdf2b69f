// Fuzz targets: functions of bytes without a result, which abort if an invariant is violated.
#pragma once

#include <arrow/status.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace metaxy::fuzz {

using Input = std::span<const uint8_t>;

inline std::string_view TextOf(Input input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

/// \brief Aborts unless `promise` holds.
void Require(bool promise, std::string_view what);

/// \brief A failure has a message of one non-empty line.
void RequireOneLine(const arrow::Status& status);

struct Target {
  std::string_view name;
  void (*run)(Input input);
};

/// \brief All targets; the corpus of each is in fuzz/corpus/NAME.
std::span<const Target> Targets();
/// \brief The target with this name, or nullptr.
const Target* FindTarget(std::string_view name);

void FuzzArrowInput(Input input);
void FuzzConfig(Input input);
void FuzzCsv(Input input);
void FuzzDefinitionsJson(Input input);
void FuzzDefinitionsToml(Input input);
void FuzzFilterText(Input input);
void FuzzJsonLines(Input input);
void FuzzLockFile(Input input);

}  // namespace metaxy::fuzz
