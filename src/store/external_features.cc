#include "store/graph_sync.h"
#include "store/store_session.h"
#include "store/stored_definitions.h"

namespace metaxy::internal {
namespace {

// A sync asks for what is not in the graph yet.
FeatureSelection WithoutOwn(FeatureSelection selection, const FeatureGraph& graph) {
  if (!selection.keys || selection.all.value_or(false)) return selection;
  std::erase_if(*selection.keys, [&](const FeatureKey& key) {
    const FeatureDefinition* known = graph.Find(key);
    return known != nullptr && !known->is_external;
  });
  return selection;
}

// Opens a store for the time of a call, unless it is open.
class OpenForReading {
 public:
  explicit OpenForReading(StoreSession* session) : session_(session) {}
  ~OpenForReading() {
    // Nothing was written, so nothing is lost if this fails.
    if (opened_) static_cast<void>(session_->Close());
  }
  OpenForReading(const OpenForReading&) = delete;
  OpenForReading& operator=(const OpenForReading&) = delete;

  arrow::Status Open() {
    if (session_->is_open()) return arrow::Status::OK();
    opened_ = true;
    return session_->Open(AccessMode::kRead);
  }

 private:
  StoreSession* session_;
  bool opened_ = false;
};

}  // namespace

std::shared_ptr<const FeatureGraph> StoreSession::shared_graph() const {
  const std::lock_guard<std::mutex> lock(graph_mutex_);
  return graphs_.back();
}

void StoreSession::Warn(const std::string& text) {
  if (options_.external.on_warning && warned_.insert(text).second)
    options_.external.on_warning(text);
}

arrow::Result<std::vector<FeatureDefinition>> StoreSession::SyncExternalFeatures(
    const SyncOptions& options) {
  const std::lock_guard<std::mutex> lock(sync_mutex_);
  const std::shared_ptr<const FeatureGraph> graph = shared_graph();
  OpenForReading open(this);
  GraphSyncRequest request;
  if (options.selection) request.selections.push_back(WithoutOwn(*options.selection, *graph));
  for (const FeatureSelection& selection : options_.external.extra_features)
    request.selections.push_back(selection);
  request.on_version_mismatch = options.on_version_mismatch;
  if (options_.external.locked) request.on_version_mismatch = OnVersionMismatch::kError;
  request.store = storage_->display();
  request.warn = [this](const std::string& text) { Warn(text); };
  request.read_definitions = [&]() -> arrow::Result<std::vector<StoredDefinition>> {
    ARROW_RETURN_NOT_OK(open.Open());
    return ReadLatestDefinitions(*storage_, request.warn);
  };
  ARROW_ASSIGN_OR_RAISE(SyncedGraph synced, SyncGraph(graph, request));
  if (synced.graph != graph) {
    const std::lock_guard<std::mutex> graph_lock(graph_mutex_);
    graphs_.push_back(std::move(synced.graph));
  }
  return std::move(synced.loaded);
}

arrow::Status StoreSession::SyncBeforeUse() {
  if (!options_.external.sync) return arrow::Status::OK();
  if (!NeedsSync(graph(), options_.external.extra_features)) return arrow::Status::OK();
  return SyncExternalFeatures({}).status();
}

arrow::Result<std::shared_ptr<FeatureGraph>> StoreSession::LoadGraphSnapshot(
    const std::string& project_version, const std::optional<std::string>& project) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  const std::lock_guard<std::mutex> lock(sync_mutex_);
  return ReadGraphSnapshot(*storage_, project_version, project, graph().hash_truncation_length(),
                           [this](const std::string& text) { Warn(text); });
}

arrow::Result<std::vector<GraphSnapshotInfo>> StoreSession::ReadGraphSnapshots(
    const std::optional<std::string>& project) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  return internal::ReadGraphSnapshots(*storage_, project);
}

arrow::Result<std::vector<StoredDefinition>> StoreSession::LatestDefinitions() {
  const std::lock_guard<std::mutex> lock(sync_mutex_);
  OpenForReading open(this);
  ARROW_RETURN_NOT_OK(open.Open());
  return ReadLatestDefinitions(*storage_, [this](const std::string& text) { Warn(text); });
}

}  // namespace metaxy::internal
