#include "store/snapshots/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/place_text.h"
#include "base/quote.h"
#include "metaxy/errors.h"
#include "store/clock.h"
#include "store/maintenance/table_maintenance.h"
#include "store/snapshots/snapshot_storage.h"

namespace metaxy::internal {
namespace {

constexpr const char* kChecking = "checking snapshots";

// The tags of snapshots, by table.
using Found = std::map<std::string, std::vector<SnapshotTag>>;

arrow::Result<Found> FindTags(Storage& storage, TableTags& tags, const Interrupt& interrupt) {
  Found found;
  ARROW_ASSIGN_OR_RAISE(const auto tables, storage.TableNames());
  for (const std::string& table : tables) {
    ARROW_RETURN_NOT_OK(interrupt.Check(kChecking));
    ARROW_ASSIGN_OR_RAISE(const auto all, tags.List(table));
    for (const auto& [name, version] : all) {
      if (auto tag = SnapshotTag::Parse(name)) found[table].push_back(*std::move(tag));
    }
  }
  return found;
}

}  // namespace

arrow::Result<TableTags*> Snapshots::Tags() {
  ARROW_RETURN_NOT_OK(session_->CheckOpen());
  if (TableTags* tags = session_->storage().tags()) return tags;
  return MakeError(
      ErrorCode::kNotSupported,
      fmt::format("snapshots are not supported by store '{}' ({}): its tables have no "
                  "tags, which keep versions from being removed; use a directory or "
                  "an object store",
                  session_->options().name, internal::PlaceText(session_->storage().display())));
}

std::chrono::sys_time<std::chrono::microseconds> Snapshots::Now() {
  if (TableMaintenance* tables = session_->storage().maintenance()) return tables->Now();
  return std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(NowMicros()));
}

void Snapshots::PruneRecords(uint64_t version) {
  constexpr uint64_t kEvery = 8;
  TableMaintenance* const tables = session_->storage().maintenance();
  if (!tables || !session_->options().maintenance.automatic || version % kEvery != 0) return;
  const std::string table = FeatureKey(kSnapshotsKey).table_name();
  const arrow::Status pruned = tables->PruneVersions(table, kKeepVersionsAtLeastFor).status();
  if (pruned.ok()) return;
  session_->log().Info(
      LogSubject::kMaintenance,
      fmt::format("old versions of table '{}' stay for now: {}", table, pruned.message()),
      {{"table", table}});
}

arrow::Result<std::vector<SnapshotInfo>> Snapshots::List(const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(Tags().status());
  ARROW_ASSIGN_OR_RAISE(auto records, ReadSnapshots(session_->storage(), interrupt));
  std::vector<SnapshotInfo> all;
  for (SnapshotRecord& record : records) all.push_back(std::move(record.info));
  std::stable_sort(all.begin(), all.end(), [](const SnapshotInfo& a, const SnapshotInfo& b) {
    return a.created_at > b.created_at;
  });
  return all;
}

arrow::Result<SnapshotInfo> Snapshots::Get(const std::string& name, const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(Tags().status());
  ARROW_ASSIGN_OR_RAISE(SnapshotRecord record, ReadSnapshot(session_->storage(), name, interrupt));
  return std::move(record.info);
}

arrow::Result<std::shared_ptr<MetadataStore>> Snapshots::Open(const std::string& name,
                                                              const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(Tags().status());
  ARROW_ASSIGN_OR_RAISE(const SnapshotRecord record,
                        ReadSnapshot(session_->storage(), name, interrupt));
  MetadataStoreOptions options = session_->options();
  ARROW_ASSIGN_OR_RAISE(options.graph, GraphOf(record));
  options.project = record.info.project;
  options.name = session_->options().name + "@" + name;
  options.hash_algorithm = record.hash_algorithm;
  options.fallback_stores.clear();
  options.external = {.sync = false};
  return session_->ViewAt(std::move(options), [&](std::shared_ptr<Storage> storage) {
    return std::make_shared<SnapshotStorage>(std::move(storage), record);
  });
}

arrow::Status Snapshots::Delete(const std::string& name, const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session_->CheckWritable());
  ARROW_ASSIGN_OR_RAISE(TableTags * tags, Tags());
  ARROW_ASSIGN_OR_RAISE(const SnapshotRecord record,
                        RemoveSnapshot(session_->storage(), name, interrupt, session_->log()));
  // From here on it is gone; tags that stay are leftovers.
  const std::string tag = SnapshotTag{name, record.id}.ToString();
  arrow::Status status;
  for (const SnapshotFeature& entry : record.info.features) {
    if (entry.table_version) status &= tags->Delete(entry.feature.table_name(), tag);
  }
  if (status.ok()) return status;
  return WithContext(status, fmt::format("snapshot {} is deleted, but not all of its tags are, "
                                         "which `metaxy snapshot gc` removes",
                                         Quote(name)));
}

arrow::Result<std::vector<SnapshotFinding>> Snapshots::Check(const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(TableTags * tags, Tags());
  Storage& storage = session_->storage();
  // In this order: what is committed between the two looks is no leftover.
  ARROW_ASSIGN_OR_RAISE(const Found found, FindTags(storage, *tags, interrupt));
  ARROW_ASSIGN_OR_RAISE(const auto records, ReadSnapshots(storage, interrupt));
  const auto now = Now();
  const auto age = [&](auto time) { return std::chrono::floor<std::chrono::seconds>(now - time); };
  std::set<std::string> recorded;
  for (const SnapshotRecord& record : records) recorded.insert(record.id);
  std::set<std::pair<std::string, std::string>> present;  // table, id
  std::vector<SnapshotFinding> findings;
  for (const auto& [table, all] : found) {
    for (const SnapshotTag& tag : all) {
      present.emplace(table, tag.id);
      if (recorded.contains(tag.id)) continue;
      findings.push_back({.kind = SnapshotFinding::Kind::kLeftover,
                          .snapshot = tag.name,
                          .table = table,
                          .tag = tag.ToString(),
                          .age = age(tag.time())});
    }
  }
  for (const SnapshotRecord& record : records) {
    const SnapshotTag tag{record.info.name, record.id};
    // Tags of a snapshot that was made since the first look are not known.
    for (const SnapshotFeature& entry : record.info.features) {
      const std::string table = entry.feature.table_name();
      if (!entry.table_version || present.contains({table, record.id})) continue;
      ARROW_ASSIGN_OR_RAISE(const auto again, tags->List(table));
      if (again.contains(tag.ToString())) continue;
      findings.push_back({.kind = SnapshotFinding::Kind::kLost,
                          .snapshot = record.info.name,
                          .table = table,
                          .tag = tag.ToString(),
                          .age = age(record.info.created_at)});
    }
  }
  return findings;
}

arrow::Result<std::vector<SnapshotFinding>> Snapshots::RemoveLeftovers(
    const RemoveLeftoversOptions& options) {
  ARROW_RETURN_NOT_OK(options.dry_run ? session_->CheckOpen() : session_->CheckWritable());
  ARROW_ASSIGN_OR_RAISE(TableTags * tags, Tags());
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(std::vector<SnapshotFinding> findings, Check(interrupt));
  std::erase_if(findings, [&](const SnapshotFinding& finding) {
    return finding.kind != SnapshotFinding::Kind::kLeftover || finding.age < options.older_than;
  });
  if (options.dry_run) return findings;
  for (const SnapshotFinding& finding : findings) {
    ARROW_RETURN_NOT_OK(interrupt.Check("removing leftovers of snapshots"));
    ARROW_RETURN_NOT_OK(tags->Delete(finding.table, finding.tag));
  }
  return findings;
}

}  // namespace metaxy::internal
