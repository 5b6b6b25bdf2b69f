#include "settings.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <new>
#include <string>

#include "metaxy/store_settings.h"
#include "native_call.h"

namespace metaxy::python {
namespace {

StoreSettings Parse(const std::string& table, const std::string& name) {
  return ValueOf(StoreSettings::FromJson(ValueOf(Json::Parse(table)), name));
}

}  // namespace

void BindSettings(nb::module_& module) {
  nb::class_<MaintenanceOptions>(module, "Maintenance")
      .def(
          "__init__",
          [](MaintenanceOptions* self, bool automatic) {
            new (self) MaintenanceOptions{.automatic = automatic};
          },
          nb::kw_only(), nb::arg("automatic"));
  nb::class_<StoreSettings>(module, "StoreSettings")
      .def_static("parse", &Parse)
      .def_ro("memory_limit", &StoreSettings::memory_limit)
      .def_ro("maintenance", &StoreSettings::maintenance)
      .def_ro("allow_unconditional_writes", &StoreSettings::allow_unconditional_writes)
      .def_prop_ro(
          "fallback",
          [](const StoreSettings& self) {
            return std::string(self.fallback == FallbackMode::kOverlay ? "overlay" : "feature");
          })
      .def_prop_ro("delta", [](const StoreSettings& self) {
        return std::string(DeltaModeName(self.delta));
      });
}

}  // namespace metaxy::python
