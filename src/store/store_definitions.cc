#include "metaxy/store_definitions.h"

#include "metaxy/errors.h"
#include "store/checked.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy {

using internal::Checked;
using internal::Interrupt;

arrow::Result<PushResult> StoreDefinitions::PushGraphSnapshot(const std::string& project,
                                                              const PushOptions& options) {
  return Checked(*session_, options, [&] { return internal::Push(*session_, project, options); });
}

arrow::Result<std::vector<FeatureDefinition>> StoreDefinitions::SyncExternalFeatures(
    const SyncOptions& options) {
  return Checked(*session_, options, [&] { return session_->SyncExternalFeatures(options); });
}

arrow::Result<std::shared_ptr<FeatureGraph>> StoreDefinitions::LoadGraphSnapshot(
    const std::string& project_version, const std::optional<std::string>& project,
    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&] {
    return internal::LoadGraphSnapshot(*session_, project_version, project, Interrupt(execution));
  });
}

arrow::Result<std::vector<GraphSnapshotInfo>> StoreDefinitions::ReadGraphSnapshots(
    const std::optional<std::string>& project, const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&] {
    return internal::ReadGraphSnapshots(*session_, project, Interrupt(execution));
  });
}

}  // namespace metaxy
