// Snapshots: what is left of them, and what they have lost.
#include <fmt/core.h>

#include "base/counted.h"
#include "base/quote.h"
#include "cli/commands/doctor_checks.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

arrow::Result<CheckReport> CheckSnapshots(DoctorContext& doctor) {
  CheckReport report;
  const ExecutionOptions execution = doctor.context.execution();
  const auto snapshots = doctor.store.snapshots().List(execution);
  if (IsError(snapshots.status(), ErrorCode::kNotSupported)) {
    report.text = "not supported by this target\n";
    return report;
  }
  ARROW_RETURN_NOT_OK(snapshots.status());
  report.text = fmt::format("{}\n", internal::Counted(snapshots->size(), "snapshot"));
  report.details = Json::Object{{"snapshots", snapshots->size()}};
  ARROW_ASSIGN_OR_RAISE(const auto findings, doctor.store.snapshots().Check(execution));
  for (const SnapshotFinding& finding : findings) {
    if (finding.kind == SnapshotFinding::Kind::kLost) {
      report.findings.push_back(
          {Finding::Level::kHint, finding.snapshot,
           fmt::format("its rows of table {} are lost: the tag was removed, or the table dropped",
                       Quote(finding.table)),
           fmt::format("`metaxy snapshot delete {} --store {}` if it is of no use",
                       finding.snapshot, doctor.store_name)});
      continue;
    }
    report.findings.push_back(
        {Finding::Level::kHint, finding.table,
         fmt::format("the tag {} keeps an old version, but has no snapshot: its creation or "
                     "deletion was killed, or is under way",
                     Quote(finding.tag)),
         fmt::format("`metaxy snapshot gc --store {}` removes it when it is a day old",
                     doctor.store_name)});
  }
  return report;
}

}  // namespace metaxy::cli
