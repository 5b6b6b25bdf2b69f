#include "base/place_text.h"
#include "store/definitions/graph_sync.h"
#include "store/definitions/stored_definitions.h"
#include "store/definitions/system_tables.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy::internal {
namespace {

constexpr const char* kSyncing = "loading the features of other projects";

// A sync requests features that are not in the graph yet.
FeatureSelection WithoutOwn(FeatureSelection selection, const FeatureGraph& graph) {
  if (!selection.keys || selection.all.value_or(false)) return selection;
  std::erase_if(*selection.keys, [&](const FeatureKey& key) {
    const FeatureDefinition* known = graph.Find(key);
    return known != nullptr && !known->is_external;
  });
  return selection;
}

// Opens a store for the duration of a call, unless it is open.
class OpenForReading {
 public:
  explicit OpenForReading(StoreSession* session) : session_(session) {}
  ~OpenForReading() {
    // Nothing was written, so nothing is lost if this fails.
    if (opened_) static_cast<void>(session_->Close({}));
  }
  OpenForReading(const OpenForReading&) = delete;
  OpenForReading& operator=(const OpenForReading&) = delete;

  arrow::Status Open(const Interrupt& interrupt) {
    if (session_->is_open()) return arrow::Status::OK();
    opened_ = true;
    return session_->Open(AccessMode::kRead, interrupt);
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

arrow::Result<std::vector<FeatureDefinition>> StoreSession::SyncExternalFeatures(
    const SyncOptions& options) {
  const Interrupt interrupt(options.execution);
  ARROW_RETURN_NOT_OK(interrupt.Check(kSyncing));
  std::vector<FeatureSelection> wanted = options_.external.extra_features;
  if (options.selection) wanted.push_back(WithoutOwn(*options.selection, *shared_graph()));
  // Read before the lock is taken: a store that is slow to answer keeps only those waiting that ask
  // it. One that has to be opened for this call is closed again, which must not happen to others.
  std::optional<std::vector<StoredDefinition>> stored;
  if (is_open() && NeedsSync(*shared_graph(), wanted)) {
    ARROW_ASSIGN_OR_RAISE(stored, ReadLatestDefinitions(*storage_, log_, interrupt));
  }
  ARROW_ASSIGN_OR_RAISE(const auto lock, interrupt.Lock(sync_mutex_, kSyncing));
  const std::shared_ptr<const FeatureGraph> graph = shared_graph();
  OpenForReading open(this);
  GraphSyncRequest request;
  if (options.selection) request.selections.push_back(WithoutOwn(*options.selection, *graph));
  for (const FeatureSelection& selection : options_.external.extra_features)
    request.selections.push_back(selection);
  request.on_version_mismatch = options.on_version_mismatch;
  if (options_.external.locked) request.on_version_mismatch = OnVersionMismatch::kError;
  request.store = PlaceText(storage_->display());
  request.log = log_;
  request.read_definitions = [&]() -> arrow::Result<std::vector<StoredDefinition>> {
    if (stored) return std::move(*stored);
    ARROW_RETURN_NOT_OK(open.Open(interrupt));
    return ReadLatestDefinitions(*storage_, log_, interrupt);
  };
  ARROW_ASSIGN_OR_RAISE(SyncedGraph synced, SyncGraph(graph, request));
  if (synced.graph != graph) {
    const std::lock_guard<std::mutex> graph_lock(graph_mutex_);
    graphs_.push_back(std::move(synced.graph));
  }
  return std::move(synced.loaded);
}

arrow::Result<std::optional<StoreSession::SyncState>> StoreSession::LookAtDefinitions(
    const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(interrupt.Check(kSyncing));
  ARROW_ASSIGN_OR_RAISE(const auto table, storage_->OpenTable(PushedFeaturesTable()));
  SyncState state{.graph = shared_graph()};
  if (!table) return state;
  state.version = table->version();
  if (state.version == 0) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(state.rows, table->NumRows());
  return state;
}

arrow::Result<std::shared_ptr<const FeatureGraph>> StoreSession::GraphAfterSync(
    const ExecutionOptions& execution) {
  std::shared_ptr<const FeatureGraph> graph = shared_graph();
  if (!options_.external.sync || !NeedsSync(*graph, options_.external.extra_features)) return graph;
  ARROW_ASSIGN_OR_RAISE(std::optional<SyncState> now, LookAtDefinitions(Interrupt(execution)));
  if (now) {
    const std::lock_guard<std::mutex> lock(graph_mutex_);
    if (synced_.graph == now->graph && synced_.version == now->version &&
        synced_.rows == now->rows) {
      return now->graph;
    }
  }
  ARROW_RETURN_NOT_OK(SyncExternalFeatures({.execution = execution}).status());
  graph = shared_graph();
  if (now) {
    // What was read is this version or a later one, which the next check detects.
    now->graph = graph;
    const std::lock_guard<std::mutex> lock(graph_mutex_);
    synced_ = *std::move(now);
  }
  return graph;
}

arrow::Result<std::shared_ptr<FeatureGraph>> LoadGraphSnapshot(
    StoreSession& session, const std::string& project_version,
    const std::optional<std::string>& project, const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  return ReadGraphSnapshot(session.storage(), project_version, project,
                           session.shared_graph()->hash_truncation_length(), session.log(),
                           interrupt);
}

arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
    StoreSession& session, const std::optional<std::string>& project, const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  return internal::ReadGraphSnapshots(session.storage(), project, interrupt);
}

arrow::Result<std::vector<StoredDefinition>> StoreSession::LatestDefinitions(
    const Interrupt& interrupt) {
  if (is_open()) return ReadLatestDefinitions(*storage_, log_, interrupt);
  ARROW_ASSIGN_OR_RAISE(const auto lock, interrupt.Lock(sync_mutex_, kSyncing));
  OpenForReading open(this);
  ARROW_RETURN_NOT_OK(open.Open(interrupt));
  return ReadLatestDefinitions(*storage_, log_, interrupt);
}

}  // namespace metaxy::internal
