#include "cli/commands/doctor_checks.h"

namespace metaxy::cli {

const std::vector<DoctorCheck>& DoctorChecks() {
  static const std::vector<DoctorCheck> checks = {
      {"connection", "Connection", CheckConnection, kStoreError},
      {"tables", "Tables", CheckTables, kCheckFailed},
      {"snapshots", "Snapshots", CheckSnapshots, kCheckFailed},
      {"cache", "Cache", CheckCache, kCheckFailed},
  };
  return checks;
}

}  // namespace metaxy::cli
