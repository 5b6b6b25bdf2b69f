#include "metaxy/delta.h"

#include <array>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

constexpr std::array<std::pair<DeltaMode, std::string_view>, 3> kNames = {{
    {DeltaMode::kAuto, "auto"},
    {DeltaMode::kOff, "off"},
    {DeltaMode::kVerify, "verify"},
}};

}  // namespace

std::string_view DeltaModeName(DeltaMode mode) {
  for (const auto& [known, name] : kNames) {
    if (known == mode) return name;
  }
  return "unknown";
}

arrow::Result<DeltaMode> ParseDeltaMode(std::string_view name) {
  for (const auto& [mode, known] : kNames) {
    if (known == name) return mode;
  }
  return MakeError(ErrorCode::kInvalidInput,
                   "delta " + Quote(name) + " is not known; use auto, off or verify");
}

Json ResolveReport::ToJson() const {
  return Json::Object{{"way", delta ? "delta" : "full"},
                      {"reason", reason.empty() ? Json() : Json(reason)},
                      {"keys", keys},
                      {"rows_read", rows_read}};
}

}  // namespace metaxy
