// Creation of a snapshot: versions are looked at and tagged, children first, then recorded.
//
// Two things have to be right while others write, compact and prune.
//
// A feature is never newer than its parents: tables are looked at one after the other, each at its
// latest version, children before parents, the definitions last. A row was written after the rows
// that it was computed from, so a look at the parents that comes later finds those, too.
//
// A version does not vanish between the look and the tag. A pruning run lists the tags after it has
// seen a version later than the one that it removes. So if the version that was tagged is still the
// latest one after the tag was made, every such run sees the tag. If it is not, the table is looked
// at again; the version found then is some moments old, and no pruning removes it for minutes.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/quote.h"
#include "metaxy/errors.h"
#include "store/definitions/system_tables.h"
#include "store/snapshots/snapshots.h"
#include "store/verbs.h"

namespace metaxy::internal {
namespace {

constexpr const char* kCreating = "creating a snapshot";
// How often a table is looked at that others keep writing to.
constexpr int kLooks = 3;
constexpr std::chrono::seconds kGrace{5};

class Creation {
 public:
  Creation(Snapshots& snapshots, TableTags& tags, const std::string& name,
           const CreateSnapshotOptions& options)
      : snapshots_(snapshots),
        session_(snapshots.session()),
        storage_(session_.storage()),
        tags_(tags),
        options_(options),
        interrupt_(options.execution),
        begun_(std::chrono::steady_clock::now()) {
    record_.info.name = name;
    record_.info.created_at = snapshots.Now();
    record_.id = SnapshotTag::NewId(record_.info.created_at);
    tag_ = SnapshotTag{name, record_.id}.ToString();
  }

  arrow::Result<SnapshotInfo> Run() {
    ARROW_RETURN_NOT_OK(Select());
    const arrow::Status status = PinAll();
    if (!status.ok()) {
      Undo();
      return status;
    }
    const auto added = AddSnapshot(storage_, record_, interrupt_, session_.log());
    if (added.ok()) {
      snapshots_.PruneRecords(*added);
      return record_.info;
    }
    // A snapshot that may be there needs its tags.
    if (!IsError(added.status(), ErrorCode::kCommitStateUnknown)) Undo();
    return added.status();
  }

 private:
  // Which features there are, whether they can be recorded, and under which versions.
  arrow::Status Select() {
    ARROW_ASSIGN_OR_RAISE(const auto known, ReadSnapshots(storage_, interrupt_));
    ARROW_RETURN_NOT_OK(CheckNameIsFree(known, record_.info.name));
    ARROW_ASSIGN_OR_RAISE(const auto graph, session_.GraphAfterSync(options_.execution));
    ARROW_ASSIGN_OR_RAISE(const std::vector<FeatureKey> sorted, graph->TopologicalSort());
    ARROW_ASSIGN_OR_RAISE(const auto names, TableNames(session_, interrupt_));
    tables_.insert(names.begin(), names.end());
    if (options_.features) ARROW_RETURN_NOT_OK(CheckChosen(*graph));
    for (const FeatureKey& feature : sorted) {
      if (!IsChosen(feature)) continue;
      SnapshotFeature entry{.feature = feature};
      ARROW_ASSIGN_OR_RAISE(entry.feature_version, graph->GetFeatureVersion(feature));
      record_.info.features.push_back(std::move(entry));
      chosen_.push_back(feature);
    }
    record_.info.project = session_.options().project;
    if (record_.info.project.empty()) {
      // Features of several projects: then there is no version of the project either.
      record_.info.project = graph->project().ValueOr("");
    }
    if (!record_.info.project.empty())
      record_.info.project_version = graph->GetProjectVersion(record_.info.project);
    record_.hash_algorithm = session_.options().hash_algorithm;
    record_.hash_truncation_length = graph->hash_truncation_length();
    record_.definitions = DefinitionsOf(*graph, chosen_);
    return arrow::Status::OK();
  }

  bool IsChosen(const FeatureKey& feature) const {
    return !options_.features || std::find(options_.features->begin(), options_.features->end(),
                                           feature) != options_.features->end();
  }

  arrow::Status CheckChosen(const FeatureGraph& graph) const {
    if (options_.features->empty()) {
      return MakeError(ErrorCode::kInvalidInput,
                       "a snapshot needs at least one feature; name some, or none for all");
    }
    for (const FeatureKey& feature : *options_.features) {
      ARROW_RETURN_NOT_OK(graph.GetFeatureDefinition(feature).status());
      if (!tables_.contains(feature.table_name())) return NoTable(feature);
    }
    return arrow::Status::OK();
  }

  arrow::Status NoTable(const FeatureKey& feature) const {
    const bool chain = !session_.options().fallback_stores.empty();
    return MakeError(
        ErrorCode::kFeatureNotFound,
        fmt::format("feature '{}' has no table in store '{}' itself{}; write it first, or leave it "
                    "out: no snapshot was made",
                    feature.ToString(), session_.options().name,
                    chain ? ", whose fallback stores have snapshots of their own" : ""));
  }

  arrow::Status PinAll() {
    auto& features = record_.info.features;
    bool any = false;
    for (auto entry = features.rbegin(); entry != features.rend(); ++entry) {
      ARROW_RETURN_NOT_OK(Pin(&*entry));
      if (!entry->table_version && options_.features) return NoTable(entry->feature);
      any = any || entry->table_version;
    }
    if (!any) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("store '{}' has no table of any of the {} features yet; write one first",
                      session_.options().name, features.size()));
    }
    SnapshotFeature definitions{.feature = kFeatureVersionsKey};
    ARROW_RETURN_NOT_OK(Pin(&definitions));
    if (definitions.table_version) features.push_back(std::move(definitions));
    if (std::chrono::steady_clock::now() - begun_ > kLongestCreation) {
      return MakeError(ErrorCode::kTimeout,
                       fmt::format("snapshot {} was not done within {} hours; nothing was recorded",
                                   Quote(record_.info.name), kLongestCreation.count()));
    }
    return arrow::Status::OK();
  }

  // Looks at a table and tags what it is at; leaves the entry without a version if there is none.
  arrow::Status Pin(SnapshotFeature* entry) {
    const std::string table = entry->feature.table_name();
    if (!tables_.contains(table)) return arrow::Status::OK();
    for (int look = 1;; ++look) {
      ARROW_RETURN_NOT_OK(interrupt_.Check(kCreating));
      ARROW_ASSIGN_OR_RAISE(const auto seen, storage_.OpenTable(table));
      if (!seen) return arrow::Status::OK();
      touched_.push_back(table);
      const bool last = look == kLooks;
      const arrow::Status tagged = tags_.Create(table, tag_, seen->version());
      // The table was dropped, or the version pruned, since the look.
      const bool gone =
          IsError(tagged, ErrorCode::kInvalidInput) || IsError(tagged, ErrorCode::kTableNotFound);
      if (!tagged.ok() && (!gone || last))
        return WithContext(tagged, fmt::format("feature '{}'", entry->feature.ToString()));
      if (tagged.ok()) {
        ARROW_ASSIGN_OR_RAISE(
            const auto now, last ? tags_.Open(table, seen->version()) : storage_.OpenTable(table));
        if (now && now->version() == seen->version()) {
          entry->table_version = seen->version();
          return now->NumRows().Value(&entry->rows);
        }
        if (last) {
          return MakeError(ErrorCode::kCommitConflict,
                           fmt::format("table '{}' was replaced again and again while a snapshot "
                                       "was made; try again",
                                       table),
                           /*retryable=*/true);
        }
        ARROW_RETURN_NOT_OK(tags_.Delete(table, tag_));
      }
    }
  }

  // Also of a call that was stopped.
  void Undo() {
    const InterruptScope scope(interrupt_.WithGrace(kGrace));
    for (const std::string& table : touched_) {
      const arrow::Status deleted = tags_.Delete(table, tag_);
      if (deleted.ok()) continue;
      session_.log().Warn(
          LogSubject::kMaintenance,
          fmt::format("the tag {} of table '{}' stays until `metaxy snapshot gc` removes it: {}",
                      Quote(tag_), table, deleted.message()),
          {{"table", table}, {"tag", tag_}});
    }
  }

  Snapshots& snapshots_;
  StoreSession& session_;
  Storage& storage_;
  TableTags& tags_;
  const CreateSnapshotOptions& options_;
  const Interrupt interrupt_;
  const std::chrono::steady_clock::time_point begun_;
  SnapshotRecord record_;
  std::string tag_;
  std::vector<FeatureKey> chosen_;
  std::set<std::string> tables_;  // of the store, when it began
  std::vector<std::string> touched_;
};

}  // namespace

arrow::Result<SnapshotInfo> Snapshots::Create(const std::string& name,
                                              const CreateSnapshotOptions& options) {
  ARROW_RETURN_NOT_OK(session_->CheckWritable());
  ARROW_ASSIGN_OR_RAISE(TableTags * tags, Tags());
  ARROW_RETURN_NOT_OK(CheckSnapshotName(name));
  return Creation(*this, *tags, name, options).Run();
}

}  // namespace metaxy::internal
