#include "store/snapshots/snapshot_records.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <unordered_set>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"
#include "store/clock.h"
#include "store/write/retries.h"

namespace metaxy::internal {
namespace {

constexpr const char* kName = "name";
constexpr const char* kId = "snapshot_id";
constexpr const char* kRecordedAt = "recorded_at";
constexpr const char* kProject = "project";
constexpr const char* kProjectVersionColumn = "metaxy_project_version";
constexpr const char* kHashAlgorithm = "hash_algorithm";
constexpr const char* kTruncation = "hash_truncation_length";
constexpr const char* kTables = "tables";
constexpr const char* kDefinitions = "definitions";
constexpr const char* kReading = "reading the snapshots";

constexpr std::string_view kTagPrefix = "metaxy-snapshot.";
constexpr size_t kTimeDigits = 10;
constexpr size_t kIdDigits = kTimeDigits + 16;
constexpr size_t kLongestName = 100;

using Batch = std::shared_ptr<arrow::RecordBatch>;

std::string TableName() { return FeatureKey(kSnapshotsKey).table_name(); }

std::shared_ptr<arrow::Schema> TableSchema() {
  return arrow::schema(
      {arrow::field(kName, arrow::large_utf8()), arrow::field(kId, arrow::large_utf8()),
       arrow::field(kRecordedAt, arrow::timestamp(arrow::TimeUnit::MICRO)),
       arrow::field(kProject, arrow::large_utf8()),
       arrow::field(kProjectVersionColumn, arrow::large_utf8()),
       arrow::field(kHashAlgorithm, arrow::large_utf8()), arrow::field(kTruncation, arrow::int64()),
       arrow::field(kTables, arrow::large_utf8()),
       arrow::field(kDefinitions, arrow::large_utf8())});
}

arrow::Status Damaged(const std::string& what) {
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("the system table '{}' {}; it was changed by hand, or written by an "
                               "incompatible version",
                               kSnapshotsKey, what));
}

std::string TablesText(const SnapshotInfo& info) {
  Json::Array tables;
  for (const SnapshotFeature& entry : info.features) {
    tables.emplace_back(
        Json::Object{{"feature", entry.feature.ToString()},
                     {"feature_version", entry.feature_version},
                     {"version", entry.table_version ? Json(*entry.table_version) : Json()},
                     {"rows", entry.rows}});
  }
  return Json(std::move(tables)).DumpPython();
}

template <typename Number>
bool ReadNumber(const Json* json, Number* number) {
  if (json == nullptr || !json->is_integer()) return false;
  const std::string& digits = json->as_integer().digits;
  const char* const end = digits.data() + digits.size();
  return std::from_chars(digits.data(), end, *number).ptr == end;
}

arrow::Status ReadTables(const std::string& text, SnapshotInfo* info) {
  const auto tables = Json::Parse(text);
  if (!tables.ok() || !tables->is_array())
    return Damaged(fmt::format("has no list of tables for snapshot {}", Quote(info->name)));
  for (const Json& json : tables->as_array()) {
    const Json* feature = json.Find("feature");
    const Json* feature_version = json.Find("feature_version");
    const Json* version = json.Find("version");
    SnapshotFeature entry;
    bool valid = feature && feature->is_string() && feature_version && feature_version->is_string();
    valid = valid && version && ReadNumber(json.Find("rows"), &entry.rows);
    if (valid && !version->is_null()) valid = ReadNumber(version, &entry.table_version.emplace());
    if (!valid)
      return Damaged(fmt::format("has an invalid table for snapshot {}", Quote(info->name)));
    entry.feature = feature->as_string();
    entry.feature_version = feature_version->as_string();
    info->features.push_back(std::move(entry));
  }
  return arrow::Status::OK();
}

// A column as strings; a timestamp or a number as its digits.
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> Strings(const arrow::RecordBatch& batch,
                                                                const char* name) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(name);
  if (!column) return Damaged(fmt::format("has no column '{}'", name));
  if (column->type_id() == arrow::Type::TIMESTAMP) {
    ARROW_ASSIGN_OR_RAISE(column,
                          arrow::compute::Cast(*column, arrow::timestamp(arrow::TimeUnit::MICRO),
                                               arrow::compute::CastOptions::Unsafe()));
    ARROW_ASSIGN_OR_RAISE(column, arrow::compute::Cast(*column, arrow::int64()));
  }
  ARROW_ASSIGN_OR_RAISE(column, arrow::compute::Cast(*column, arrow::large_utf8()));
  return std::static_pointer_cast<arrow::LargeStringArray>(column);
}

template <typename Number>
arrow::Status ToNumber(std::string_view text, const char* name, Number* number) {
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, *number).ptr == end && !text.empty())
    return arrow::Status::OK();
  return Damaged(fmt::format("has an invalid value {} in column '{}'", Quote(text), name));
}

arrow::Status ReadBatch(const arrow::RecordBatch& batch, std::vector<SnapshotRecord>* records) {
  ARROW_ASSIGN_OR_RAISE(const auto names, Strings(batch, kName));
  ARROW_ASSIGN_OR_RAISE(const auto ids, Strings(batch, kId));
  ARROW_ASSIGN_OR_RAISE(const auto times, Strings(batch, kRecordedAt));
  ARROW_ASSIGN_OR_RAISE(const auto projects, Strings(batch, kProject));
  ARROW_ASSIGN_OR_RAISE(const auto versions, Strings(batch, kProjectVersionColumn));
  ARROW_ASSIGN_OR_RAISE(const auto hashes, Strings(batch, kHashAlgorithm));
  ARROW_ASSIGN_OR_RAISE(const auto truncations, Strings(batch, kTruncation));
  ARROW_ASSIGN_OR_RAISE(const auto tables, Strings(batch, kTables));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    SnapshotRecord record;
    record.info.name = names->GetString(row);
    record.id = ids->GetString(row);
    int64_t micros = 0;
    ARROW_RETURN_NOT_OK(ToNumber(times->GetView(row), kRecordedAt, &micros));
    record.info.created_at =
        std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(micros));
    record.info.project = projects->GetString(row);
    record.info.project_version = versions->GetString(row);
    ARROW_ASSIGN_OR_RAISE(record.hash_algorithm, ParseHashAlgorithm(hashes->GetView(row)));
    ARROW_RETURN_NOT_OK(
        ToNumber(truncations->GetView(row), kTruncation, &record.hash_truncation_length));
    ARROW_RETURN_NOT_OK(ReadTables(tables->GetString(row), &record.info));
    records->push_back(std::move(record));
  }
  return arrow::Status::OK();
}

// What there is, and where: the rows without definitions, and their ids.
struct StoredSnapshots {
  std::shared_ptr<StoredTable> table;  // null if there is none
  std::vector<SnapshotRecord> records;
  std::vector<uint64_t> row_ids;

  const SnapshotRecord* Find(const std::string& name) const {
    const auto found = std::find_if(records.begin(), records.end(),
                                    [&](const auto& record) { return record.info.name == name; });
    return found == records.end() ? nullptr : &*found;
  }
};

arrow::Result<StoredSnapshots> ReadStored(Storage& storage, const Interrupt& interrupt) {
  StoredSnapshots stored;
  ARROW_RETURN_NOT_OK(interrupt.Check(kReading));
  ARROW_ASSIGN_OR_RAISE(stored.table, storage.OpenTable(TableName()));
  if (!stored.table) return stored;
  ScanRequest scan;
  for (const std::string& name : TableSchema()->field_names()) {
    if (name == kDefinitions) continue;
    if (stored.table->schema()->GetFieldIndex(name) < 0)
      return Damaged(fmt::format("has no column '{}'", name));
    scan.columns.push_back({name});
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, stored.table->Scan(scan));
  Batch batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check(kReading));
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return stored;
    ARROW_RETURN_NOT_OK(ReadBatch(*batch, &stored.records));
    const auto& ids = static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    stored.row_ids.insert(stored.row_ids.end(), ids.raw_values(), ids.raw_values() + ids.length());
  }
}

arrow::Status NotFound(const std::string& name, const std::vector<SnapshotRecord>& records) {
  std::vector<std::string> names;
  for (const SnapshotRecord& record : records) names.push_back(record.info.name);
  return MakeError(
      ErrorCode::kSystemDataNotFound,
      fmt::format("there is no snapshot {}{}{}", Quote(name), DidYouMean(name, names),
                  names.empty() ? "; there are none yet, `metaxy snapshot create` makes one" : ""));
}

arrow::Result<Batch> RowOf(const SnapshotRecord& record) {
  const auto schema = TableSchema();
  const auto text = [](const std::string& value) {
    return arrow::MakeArrayFromScalar(arrow::LargeStringScalar(value), 1);
  };
  const int64_t micros = record.info.created_at.time_since_epoch().count();
  const std::vector<arrow::Result<std::shared_ptr<arrow::Array>>> values = {
      text(record.info.name),
      text(record.id),
      arrow::MakeArrayFromScalar(
          arrow::TimestampScalar(micros, arrow::timestamp(arrow::TimeUnit::MICRO)), 1),
      text(record.info.project),
      text(record.info.project_version),
      text(std::string(HashAlgorithmName(record.hash_algorithm))),
      arrow::MakeArrayFromScalar(arrow::Int64Scalar(record.hash_truncation_length), 1),
      text(TablesText(record.info)),
      text(record.definitions)};
  arrow::ArrayVector columns;
  for (const auto& value : values) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), value);
  }
  return arrow::RecordBatch::Make(schema, 1, std::move(columns));
}

// All rows of the table, and one more. Columns of later versions are kept.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> RowsWith(const StoredTable& table,
                                                                  const Batch& row) {
  ScanRequest scan;
  scan.with_row_id = false;
  for (const std::string& name : table.schema()->field_names()) scan.columns.push_back({name});
  ARROW_ASSIGN_OR_RAISE(const auto reader, table.Scan(scan));
  ARROW_ASSIGN_OR_RAISE(const auto rows, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(const auto added, arrow::Table::FromRecordBatches(row->schema(), {row}));
  auto options = arrow::ConcatenateTablesOptions::Defaults();
  options.unify_schemas = true;
  ARROW_ASSIGN_OR_RAISE(const auto all, arrow::ConcatenateTables({rows, added}, options));
  ARROW_ASSIGN_OR_RAISE(const auto batch, all->CombineChunksToBatch());
  return arrow::RecordBatchReader::Make({batch}, batch->schema());
}

bool IsLostRace(const arrow::Status& status) {
  return IsError(status, ErrorCode::kCommitConflict) ||
         IsError(status, ErrorCode::kTableAlreadyExists) ||
         IsError(status, ErrorCode::kTableNotFound);
}

}  // namespace

std::string SnapshotTag::NewId(std::chrono::sys_time<std::chrono::microseconds> now) {
  std::random_device random;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return fmt::format("{:010x}{:08x}{:08x}", std::max<int64_t>(seconds, 0), random(), random());
}

std::optional<SnapshotTag> SnapshotTag::Parse(const std::string& tag) {
  const size_t dot = tag.rfind('.');
  if (tag.rfind(kTagPrefix, 0) != 0 || dot == std::string::npos || dot < kTagPrefix.size())
    return std::nullopt;
  SnapshotTag parsed{tag.substr(kTagPrefix.size(), dot - kTagPrefix.size()), tag.substr(dot + 1)};
  const bool is_id = parsed.id.size() == kIdDigits &&
                     parsed.id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_id) return std::nullopt;
  return parsed;
}

std::string SnapshotTag::ToString() const { return fmt::format("{}{}.{}", kTagPrefix, name, id); }

std::chrono::sys_time<std::chrono::seconds> SnapshotTag::time() const {
  int64_t seconds = 0;
  std::from_chars(id.data(), id.data() + kTimeDigits, seconds, 16);
  return std::chrono::sys_time<std::chrono::seconds>(std::chrono::seconds(seconds));
}

arrow::Status CheckSnapshotName(const std::string& name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  bool valid = !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
               name.back() != '.' && name.find("..") == std::string::npos;
  for (const char c : name) valid = valid && (is_letter(c) || c == '-' || c == '_' || c == '.');
  if (valid) return arrow::Status::OK();
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("{} is not a valid name of a snapshot; use at most {} letters, "
                               "digits, '-', '_' and single dots, a letter or digit first",
                               Quote(name), kLongestName));
}

arrow::Status CheckNameIsFree(const std::vector<SnapshotRecord>& records, const std::string& name) {
  for (const SnapshotRecord& record : records) {
    if (record.info.name != name) continue;
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("there is a snapshot {} of {} already; choose another name, or delete it first",
                    Quote(name), MicrosText(record.info.created_at.time_since_epoch().count())));
  }
  return arrow::Status::OK();
}

arrow::Result<std::vector<SnapshotRecord>> ReadSnapshots(Storage& storage,
                                                         const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(StoredSnapshots stored, ReadStored(storage, interrupt));
  return std::move(stored.records);
}

arrow::Result<SnapshotRecord> ReadSnapshot(Storage& storage, const std::string& name,
                                           const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const StoredSnapshots stored, ReadStored(storage, interrupt));
  const SnapshotRecord* found = stored.Find(name);
  if (!found) return NotFound(name, stored.records);
  SnapshotRecord record = *found;
  const auto place = static_cast<size_t>(found - stored.records.data());
  ARROW_ASSIGN_OR_RAISE(const Batch batch, stored.table->Take(std::span(&stored.row_ids[place], 1),
                                                              {std::string(kDefinitions)}));
  ARROW_ASSIGN_OR_RAISE(const auto definitions, Strings(*batch, kDefinitions));
  record.definitions = definitions->GetString(0);
  return record;
}

arrow::Result<uint64_t> AddSnapshot(Storage& storage, const SnapshotRecord& record,
                                    const Interrupt& interrupt, const Log& log) {
  Retries retries("recording a snapshot in", TableName(), interrupt, log);
  ARROW_ASSIGN_OR_RAISE(const Batch row, RowOf(record));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const StoredSnapshots stored, ReadStored(storage, interrupt));
    ARROW_RETURN_NOT_OK(CheckNameIsFree(stored.records, record.info.name));
    arrow::Status added;
    if (stored.table) {
      ARROW_ASSIGN_OR_RAISE(auto rows, RowsWith(*stored.table, row));
      added = stored.table->Replace(std::move(rows));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto rows, arrow::RecordBatchReader::Make({row}, row->schema()));
      added = storage.CreateTable(TableName(), std::move(rows), {}).status();
    }
    if (added.ok()) return stored.table ? stored.table->version() + 1 : 1;
    if (IsLostRace(added)) {
      ARROW_RETURN_NOT_OK(retries.Wait(added));
      continue;
    }
    // A failure from outside may have come after the commit.
    constexpr std::chrono::seconds kGrace{5};
    const InterruptScope scope(interrupt.WithGrace(kGrace));
    const auto now = ReadStored(storage, {});
    const SnapshotRecord* found = now.ok() ? now->Find(record.info.name) : nullptr;
    if (found && found->id == record.id) return now->table->version();
    const bool known = now.ok() && !IsError(added, ErrorCode::kCommitStateUnknown);
    if (known) return added;
    return MakeError(ErrorCode::kCommitStateUnknown,
                     fmt::format("it is not known whether snapshot {} was recorded; list the "
                                 "snapshots before you create it again: {}",
                                 Quote(record.info.name), added.message()));
  }
}

arrow::Result<SnapshotRecord> RemoveSnapshot(Storage& storage, const std::string& name,
                                             const Interrupt& interrupt, const Log& log) {
  Retries retries("removing a snapshot from", TableName(), interrupt, log);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const StoredSnapshots stored, ReadStored(storage, interrupt));
    const SnapshotRecord* found = stored.Find(name);
    if (!found) return NotFound(name, stored.records);
    const auto place = static_cast<size_t>(found - stored.records.data());
    const arrow::Status removed = stored.table->DeleteRows(std::span(&stored.row_ids[place], 1));
    if (removed.ok()) return *found;
    if (!IsLostRace(removed)) return removed;
    ARROW_RETURN_NOT_OK(retries.Wait(removed));
  }
}

std::string DefinitionsOf(const FeatureGraph& graph, const std::vector<FeatureKey>& features) {
  std::unordered_set<FeatureKey> wanted(features.begin(), features.end());
  std::vector<FeatureKey> open = features;
  while (!open.empty()) {
    const FeatureDefinition* definition = graph.Find(open.back());
    open.pop_back();
    if (!definition) continue;
    for (const FeatureDep& dep : definition->spec.deps) {
      if (wanted.insert(dep.feature).second) open.push_back(dep.feature);
    }
  }
  Json::Array definitions;
  for (const FeatureDefinition& definition : graph.definitions()) {
    if (!wanted.contains(definition.key())) continue;
    Json json = definition.ToJson();
    if (definition.is_external) {
      Json::Object external;
      if (definition.provenance_by_field) {
        Json::Object versions;
        for (const auto& [field, version] : *definition.provenance_by_field)
          versions.emplace_back(field, version);
        external.emplace_back("provenance_by_field", std::move(versions));
      }
      json.Set("external", std::move(external));
    }
    definitions.push_back(std::move(json));
  }
  return Json(std::move(definitions)).DumpPython();
}

arrow::Result<std::shared_ptr<FeatureGraph>> GraphOf(const SnapshotRecord& record) {
  const auto read = [&]() -> arrow::Result<std::shared_ptr<FeatureGraph>> {
    auto graph = std::make_shared<FeatureGraph>(record.hash_truncation_length);
    ARROW_ASSIGN_OR_RAISE(const Json definitions, Json::Parse(record.definitions));
    if (!definitions.is_array()) return Damaged("has no list of definitions");
    for (const Json& json : definitions.as_array()) {
      ARROW_ASSIGN_OR_RAISE(FeatureDefinition definition, FeatureDefinition::FromJson(json));
      definition.source = "snapshot " + record.info.name;
      graph->ReplaceFeatureDefinition(std::move(definition));
    }
    return graph;
  };
  auto graph = read();
  if (graph.ok()) return graph;
  return WithContext(graph.status(),
                     fmt::format("the definitions of snapshot {}", Quote(record.info.name)));
}

}  // namespace metaxy::internal
