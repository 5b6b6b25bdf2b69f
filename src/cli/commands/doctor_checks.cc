#include "cli/commands/doctor_checks.h"

namespace metaxy::cli {

const std::vector<DoctorCheck>& DoctorChecks() {
  static const std::vector<DoctorCheck> checks = {
      {"tables", "Tables", CheckTables},
  };
  return checks;
}

}  // namespace metaxy::cli
