#include "metaxy/store_snapshots.h"

#include "store/checked.h"
#include "store/snapshots/snapshots.h"

namespace metaxy {

using internal::Checked;
using internal::Interrupt;
using internal::Snapshots;

arrow::Result<SnapshotInfo> StoreSnapshots::Create(const std::string& name,
                                                   const CreateSnapshotOptions& options) {
  return Checked(*session_, options, [&] { return Snapshots(session_).Create(name, options); });
}

arrow::Result<std::vector<SnapshotInfo>> StoreSnapshots::List(const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return Snapshots(session_).List(Interrupt(execution)); });
}

arrow::Result<SnapshotInfo> StoreSnapshots::Get(const std::string& name,
                                                const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return Snapshots(session_).Get(name, Interrupt(execution)); });
}

arrow::Result<std::shared_ptr<MetadataStore>> StoreSnapshots::Open(
    const std::string& name, const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return Snapshots(session_).Open(name, Interrupt(execution)); });
}

arrow::Result<std::vector<SnapshotFeatureDiff>> StoreSnapshots::Diff(
    const std::string& first, const std::optional<std::string>& second,
    const DiffSnapshotsOptions& options) {
  return Checked(*session_, options,
                 [&] { return Snapshots(session_).Diff(first, second, options); });
}

arrow::Status StoreSnapshots::Delete(const std::string& name, const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return Snapshots(session_).Delete(name, Interrupt(execution)); });
}

arrow::Result<std::vector<SnapshotFinding>> StoreSnapshots::Check(
    const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return Snapshots(session_).Check(Interrupt(execution)); });
}

arrow::Result<std::vector<SnapshotFinding>> StoreSnapshots::RemoveLeftovers(
    const RemoveLeftoversOptions& options) {
  return Checked(*session_, options, [&] { return Snapshots(session_).RemoveLeftovers(options); });
}

}  // namespace metaxy
