#include "targets.h"

#include <arrow/compute/initialize.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace metaxy::fuzz {

void Require(bool promise, std::string_view what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", std::string(what).c_str());
  std::abort();
}

void RequireOneLine(const arrow::Status& status) {
  if (status.ok()) return;
  Require(!status.message().empty(), "an error says something");
  Require(status.message().find('\n') == std::string::npos,
          "an error is one line: " + status.message());
}

std::span<const Target> Targets() {
  static constexpr std::array<Target, 8> kTargets = {{{"arrow_input", FuzzArrowInput},
                                                      {"config", FuzzConfig},
                                                      {"csv", FuzzCsv},
                                                      {"definitions_json", FuzzDefinitionsJson},
                                                      {"definitions_toml", FuzzDefinitionsToml},
                                                      {"filter_text", FuzzFilterText},
                                                      {"json_lines", FuzzJsonLines},
                                                      {"lock_file", FuzzLockFile}}};
  return kTargets;
}

const Target* FindTarget(std::string_view name) {
  for (const Target& target : Targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace metaxy::fuzz
