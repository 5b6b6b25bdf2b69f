#include "measurement.h"

#include <metaxy/errors.h>

#include <fstream>

namespace metaxy::bench {
namespace {

arrow::Result<double> PeakMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return MakeError(ErrorCode::kIo, "/proc/self/status has no VmHWM: is this Linux?");
}

}  // namespace

arrow::Result<Json> Measurement::ToJson() const {
  Json numbers = Json::Object{};
  for (const auto& [name, count] : counts) numbers.Set(name, count);
  ARROW_ASSIGN_OR_RAISE(const double peak, PeakMib());
  Json json =
      Json::Object{{"seconds", seconds}, {"peak_mib", peak}, {"counts", std::move(numbers)}};
  if (cache_bytes) json.Set("cache_bytes", *cache_bytes);
  return json;
}

}  // namespace metaxy::bench
