#include "store/snapshots/snapshot_storage.h"

#include <fmt/format.h>

#include "base/quote.h"
#include "metaxy/errors.h"
#include "store/snapshots/table_tags.h"

namespace metaxy::internal {
namespace {

bool IsSystemTable(const std::string& table) {
  const std::string any = FeatureKey(kSnapshotsKey).table_name();
  const std::string prefix = any.substr(0, any.find("__") + 2);
  return table.rfind(prefix, 0) == 0;
}

}  // namespace

SnapshotStorage::SnapshotStorage(std::shared_ptr<Storage> storage, const SnapshotRecord& record)
    : storage_(std::move(storage)),
      name_(record.info.name),
      tag_(SnapshotTag{record.info.name, record.id}.ToString()) {
  for (const SnapshotFeature& entry : record.info.features)
    tables_.emplace(entry.feature.table_name(), entry);
}

arrow::Status SnapshotStorage::Open(AccessMode mode) {
  return mode == AccessMode::kRead ? arrow::Status::OK() : ReadOnly();
}

std::string SnapshotStorage::display() const {
  return fmt::format("{} at snapshot {}", storage_->display(), Quote(name_));
}

arrow::Result<std::vector<std::string>> SnapshotStorage::TableNames() {
  std::vector<std::string> names;
  for (const auto& [table, entry] : tables_) {
    if (entry.table_version) names.push_back(table);
  }
  return names;
}

arrow::Result<std::shared_ptr<StoredTable>> SnapshotStorage::OpenTable(const std::string& name) {
  const auto found = tables_.find(name);
  if (found == tables_.end()) {
    // What metaxy itself keeps there may be of a later version than the snapshot.
    if (IsSystemTable(name)) return nullptr;
    return MakeError(
        ErrorCode::kFeatureNotFound,
        fmt::format("table '{}' is not in snapshot {}; `metaxy snapshot show {}` lists what is",
                    name, Quote(name_), name_));
  }
  const std::optional<uint64_t>& version = found->second.table_version;
  if (!version) return nullptr;
  TableTags* const tags = storage_->tags();
  if (!tags) return nullptr;
  const auto lost = [&](std::string_view why) {
    return MakeError(
        ErrorCode::kTableNotFound,
        fmt::format("snapshot {} has lost its version {} of table '{}': {}; its other tables can "
                    "be read, or delete it with `metaxy snapshot delete {}`",
                    Quote(name_), *version, name, why, name_));
  };
  ARROW_ASSIGN_OR_RAISE(const auto all, tags->List(name));
  const auto tag = all.find(tag_);
  if (tag == all.end() || tag->second != *version)
    return lost("its tag was removed, or the table was dropped");
  ARROW_ASSIGN_OR_RAISE(auto table, tags->Open(name, *version));
  if (!table) return lost("the version was removed, although it has a tag");
  return table;
}

arrow::Status SnapshotStorage::ReadOnly() const {
  return MakeError(ErrorCode::kStoreNotOpen,
                   fmt::format("snapshot {} can only be read", Quote(name_)));
}

arrow::Result<uint64_t> SnapshotStorage::CreateTable(const std::string&,
                                                     std::shared_ptr<arrow::RecordBatchReader>,
                                                     const WriteMark&) {
  return ReadOnly();
}

arrow::Result<std::optional<uint64_t>> SnapshotStorage::FindWrite(const std::string&,
                                                                  const std::string&, uint64_t) {
  return ReadOnly();
}

arrow::Status SnapshotStorage::DropTable(const std::string&) { return ReadOnly(); }

}  // namespace metaxy::internal
