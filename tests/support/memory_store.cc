#include "support/memory_store.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "columns/exact_cast.h"
#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "store/snapshots/table_tags.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::testing {
namespace {

arrow::FieldVector Merge(arrow::FieldVector fields, const arrow::FieldVector& more) {
  for (const auto& field : more) {
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& f) { return f->name() == field->name(); });
    if (known == fields.end()) {
      fields.push_back(field);
    } else {
      *known = (*known)->WithType(
          arrow::struct_(Merge((*known)->type()->fields(), field->type()->fields())));
    }
  }
  return fields;
}

void LetOthersWrite(MemoryDatabase& database) {
  if (const auto act = std::exchange(database.before_change, nullptr)) act();
}

// Applies a write, unless it is to fail, and tells its version.
arrow::Result<uint64_t> Commit(
    MemoryDatabase& database, const std::string& name, const std::string& write_id,
    const std::function<arrow::Status(std::shared_ptr<arrow::Table>*)>& change) {
  InjectedFailure failure;
  if (!database.failures.empty()) {
    failure = database.failures.front();
    database.failures.pop_front();
  }
  if (!failure.status.ok() && !failure.committed) return failure.status;
  ARROW_RETURN_NOT_OK(change(&database.tables[name]));
  const uint64_t version = ++database.versions[name];
  database.writes[name].emplace_back(version, write_id);
  if (!failure.status.ok()) return failure.status;
  return version;
}

class MemoryStoredTable final : public internal::StoredTable {
 public:
  MemoryStoredTable(std::shared_ptr<MemoryDatabase> database, std::string name,
                    std::shared_ptr<internal::MemoryTable> rows,
                    std::optional<uint64_t> version = std::nullopt)
      : database_(std::move(database)),
        name_(std::move(name)),
        rows_(std::move(rows)),
        version_(version.value_or(database_->versions[name_])),
        generation_(database_->generations[name_]) {}

  const std::string& name() const override { return name_; }
  const std::shared_ptr<arrow::Schema>& schema() const override { return rows_->schema(); }
  uint64_t version() const override { return version_; }
  arrow::Result<std::optional<internal::LatestTime>> FindLatestTime(
      const std::vector<std::string>& columns) const override {
    internal::LatestTime latest{.micros = std::numeric_limits<int64_t>::min(), .version = version_};
    internal::ScanRequest request;
    for (const std::string& name : columns) {
      if (schema()->GetFieldIndex(name) >= 0) request.columns.push_back({name});
    }
    if (request.columns.empty()) return latest;
    ARROW_ASSIGN_OR_RAISE(const auto reader, rows_->Scan(request));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch());
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      for (const auto& path : request.columns) {
        const auto column = rows->GetColumnByName(path.column);
        if (column->IsNull(row)) continue;
        ARROW_ASSIGN_OR_RAISE(const auto value, column->GetScalar(row));
        ARROW_ASSIGN_OR_RAISE(const auto micros,
                              value->CastTo(arrow::timestamp(arrow::TimeUnit::MICRO)));
        latest.micros =
            std::max(latest.micros, static_cast<const arrow::TimestampScalar&>(*micros).value);
        break;
      }
    }
    return latest;
  }
  arrow::Result<int64_t> NumRows() const override { return rows_->NumRows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const internal::ScanRequest& request) const override {
    if (database_->on_scan) database_->on_scan(name_);
    return rows_->Scan(request);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return rows_->Take(row_ids, columns);
  }

  arrow::Result<uint64_t> Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                 const internal::WriteMark& mark) override {
    ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
    LetOthersWrite(*database_);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    ARROW_RETURN_NOT_OK(CheckSame());
    if (!table->schema()->Equals(*database_->tables.at(name_)->schema()))
      return MakeError(ErrorCode::kMetadataSchema, "the columns of the table are others");
    return Commit(*database_, name_, mark.id, [&](std::shared_ptr<arrow::Table>* stored) {
      return arrow::ConcatenateTables({*stored, table}).Value(stored);
    });
  }

  arrow::Status Replace(std::shared_ptr<arrow::RecordBatchReader> rows) override {
    ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
    LetOthersWrite(*database_);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    ARROW_RETURN_NOT_OK(CheckLatest());
    return Commit(*database_, name_, "",
                  [&](std::shared_ptr<arrow::Table>* stored) {
                    *stored = std::move(table);
                    return arrow::Status::OK();
                  })
        .status();
  }

  arrow::Status AddColumns(const std::shared_ptr<arrow::Schema>& columns) override {
    LetOthersWrite(*database_);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    ARROW_RETURN_NOT_OK(CheckSame());
    ++database_->versions[name_];
    auto& table = database_->tables.at(name_);
    for (const auto& field : columns->fields()) {
      if (table->schema()->GetFieldIndex(field->name()) >= 0 &&
          field->type()->id() != arrow::Type::STRUCT)
        return MakeError(ErrorCode::kInvalidInput, "the column exists: " + field->name());
    }
    const auto schema = arrow::schema(Merge(table->schema()->fields(), columns->fields()));
    std::vector<std::shared_ptr<arrow::ChunkedArray>> grown;
    for (const auto& field : schema->fields()) {
      arrow::ArrayVector chunks;
      if (const auto column = table->GetColumnByName(field->name())) {
        for (const auto& chunk : column->chunks()) {
          ARROW_ASSIGN_OR_RAISE(auto cast, internal::CastColumn(chunk, *field, field->name()));
          chunks.push_back(std::move(cast));
        }
      } else {
        ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), table->num_rows()));
        chunks.push_back(std::move(nulls));
      }
      grown.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks), field->type()));
    }
    table = arrow::Table::Make(schema, std::move(grown), table->num_rows());
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Delete(const std::optional<arrow::compute::Expression>& filter) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    ARROW_RETURN_NOT_OK(CheckSame());
    ++database_->versions[name_];
    auto& table = database_->tables.at(name_);
    const int64_t before = table->num_rows();
    if (!filter) {
      table = table->Slice(0, 0);
      return before;
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch());
    ARROW_ASSIGN_OR_RAISE(const auto deleted, internal::EvaluateFilter(*filter, *rows));
    arrow::BooleanBuilder kept;
    for (int64_t i = 0; i < deleted->length(); ++i) {
      ARROW_RETURN_NOT_OK(kept.Append(deleted->IsNull(i) || !deleted->Value(i)));
    }
    ARROW_ASSIGN_OR_RAISE(auto mask, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum left,
                          arrow::compute::Filter(arrow::Datum(rows), arrow::Datum(mask)));
    ARROW_ASSIGN_OR_RAISE(table,
                          arrow::Table::FromRecordBatches(rows->schema(), {left.record_batch()}));
    return before - table->num_rows();
  }

  arrow::Status DeleteRows(std::span<const uint64_t> row_ids) override {
    if (row_ids.empty()) return arrow::Status::OK();
    LetOthersWrite(*database_);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    ARROW_RETURN_NOT_OK(CheckLatest());
    ++database_->versions[name_];
    auto& table = database_->tables.at(name_);
    arrow::BooleanBuilder kept;
    for (int64_t i = 0; i < table->num_rows(); ++i) {
      ARROW_RETURN_NOT_OK(kept.Append(
          !std::binary_search(row_ids.begin(), row_ids.end(), static_cast<uint64_t>(i))));
    }
    ARROW_ASSIGN_OR_RAISE(auto mask, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum left,
                          arrow::compute::Filter(arrow::Datum(table), arrow::Datum(mask)));
    table = left.table();
    return arrow::Status::OK();
  }

 private:
  // With the database's lock.
  arrow::Status CheckSame() const {
    if (database_->tables.count(name_) == 0)
      return MakeError(ErrorCode::kTableNotFound, "no table: " + name_);
    if (database_->generations[name_] == generation_) return arrow::Status::OK();
    return MakeError(ErrorCode::kCommitConflict, "another table: " + name_, /*retryable=*/true);
  }
  arrow::Status CheckLatest() const {
    ARROW_RETURN_NOT_OK(CheckSame());
    if (database_->versions[name_] == version_) return arrow::Status::OK();
    return MakeError(ErrorCode::kCommitConflict, "somebody has written", /*retryable=*/true);
  }

  std::shared_ptr<MemoryDatabase> database_;
  std::string name_;
  std::shared_ptr<internal::MemoryTable> rows_;
  uint64_t version_;
  uint64_t generation_;
};

// Only the latest version can be tagged: others are pruned at once.
class MemoryTags final : public internal::TableTags {
 public:
  explicit MemoryTags(std::shared_ptr<MemoryDatabase> database) : database_(std::move(database)) {}

  arrow::Status Create(const std::string& table, const std::string& tag,
                       uint64_t version) override {
    return Change([&]() -> arrow::Status {
      if (database_->tables.count(table) == 0)
        return MakeError(ErrorCode::kTableNotFound, "no table: " + table);
      if (database_->versions[table] != version)
        return MakeError(ErrorCode::kInvalidInput, "no such version of " + table);
      const auto added = database_->tags[table].try_emplace(tag, version, database_->tables[table]);
      if (added.second) return arrow::Status::OK();
      return MakeError(ErrorCode::kTableAlreadyExists, "there is a tag " + tag);
    });
  }

  arrow::Status Delete(const std::string& table, const std::string& tag) override {
    return Change([&] {
      database_->tags[table].erase(tag);
      return arrow::Status::OK();
    });
  }

  arrow::Result<std::map<std::string, uint64_t>> List(const std::string& table) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    std::map<std::string, uint64_t> versions;
    for (const auto& [tag, tagged] : database_->tags[table]) versions.emplace(tag, tagged.first);
    return versions;
  }

  arrow::Result<std::shared_ptr<internal::StoredTable>> Open(const std::string& table,
                                                             uint64_t version) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    std::shared_ptr<arrow::Table> found;
    for (const auto& [tag, tagged] : database_->tags[table]) {
      if (tagged.first == version) found = tagged.second;
    }
    if (!found) return nullptr;
    ARROW_ASSIGN_OR_RAISE(auto rows, internal::MemoryTable::Make(found));
    return std::make_shared<MemoryStoredTable>(database_, table, std::move(rows), version);
  }

 private:
  arrow::Status Change(const std::function<arrow::Status()>& change) {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    InjectedFailure failure;
    if (!database_->tag_failures.empty()) {
      failure = database_->tag_failures.front();
      database_->tag_failures.pop_front();
    }
    if (!failure.status.ok() && !failure.committed) return failure.status;
    ARROW_RETURN_NOT_OK(change());
    return failure.status;
  }

  std::shared_ptr<MemoryDatabase> database_;
};

class MemoryStorage final : public internal::Storage {
 public:
  explicit MemoryStorage(std::shared_ptr<MemoryDatabase> database)
      : database_(std::move(database)), tags_(database_) {}

  arrow::Status Open(AccessMode) override { return arrow::Status::OK(); }
  arrow::Status Close() override { return database_->closing; }
  std::string display() const override { return "MemoryMetadataStore()"; }
  std::string type_name() const override { return "metaxy.testing.MemoryMetadataStore"; }

  StoreTarget target() const override { return StoreTarget::kServer; }

  arrow::Result<std::vector<std::string>> TableNames() override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    std::vector<std::string> names;
    for (const auto& [name, table] : database_->tables) names.push_back(name);
    return names;
  }

  arrow::Result<std::shared_ptr<internal::StoredTable>> OpenTable(
      const std::string& name) override {
    if (database_->on_open) database_->on_open(name);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    if (!database_->open_failures.empty()) {
      const arrow::Status failure = database_->open_failures.front();
      database_->open_failures.pop_front();
      ARROW_RETURN_NOT_OK(failure);
    }
    const auto found = database_->tables.find(name);
    if (found == database_->tables.end()) return nullptr;
    ARROW_ASSIGN_OR_RAISE(auto rows, internal::MemoryTable::Make(found->second));
    return std::make_shared<MemoryStoredTable>(database_, name, std::move(rows));
  }

  arrow::Result<uint64_t> CreateTable(const std::string& name,
                                      std::shared_ptr<arrow::RecordBatchReader> rows,
                                      const internal::WriteMark& mark) override {
    ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
    LetOthersWrite(*database_);
    const std::lock_guard<std::mutex> lock(database_->mutex);
    if (database_->racing_create) database_->tables[name] = std::move(database_->racing_create);
    if (database_->tables.count(name) != 0)
      return MakeError(ErrorCode::kTableAlreadyExists, "table exists: " + name);
    return Commit(*database_, name, mark.id, [&](std::shared_ptr<arrow::Table>* stored) {
      *stored = std::move(table);
      return arrow::Status::OK();
    });
  }

  arrow::Result<std::optional<uint64_t>> FindWrite(const std::string& name,
                                                   const std::string& write_id,
                                                   uint64_t since) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    for (const auto& [version, id] : database_->writes[name]) {
      if (version > since && id == write_id) return version;
    }
    return std::nullopt;
  }

  arrow::Status DropTable(const std::string& name) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    database_->tables.erase(name);
    database_->tags.erase(name);
    ++database_->generations[name];
    return arrow::Status::OK();
  }

  internal::TableTags* tags() override { return database_->has_tags ? &tags_ : nullptr; }

 private:
  std::shared_ptr<MemoryDatabase> database_;
  MemoryTags tags_;
};

}  // namespace

std::shared_ptr<MemoryMetadataStore> MemoryMetadataStore::Make(
    std::shared_ptr<MemoryDatabase> database, MetadataStoreOptions options) {
  return std::shared_ptr<MemoryMetadataStore>(new MemoryMetadataStore(
      std::move(options), std::make_unique<MemoryStorage>(std::move(database))));
}

}  // namespace metaxy::testing
