#include "support/memory_store.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/api.h>

#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "versioning/memory_table.h"

namespace metaxy::testing {
namespace {

std::shared_ptr<arrow::DataType> Merge(const arrow::DataType& old_type,
                                       const arrow::DataType& more) {
  arrow::FieldVector fields = old_type.fields();
  fields.insert(fields.end(), more.fields().begin(), more.fields().end());
  return arrow::struct_(fields);
}

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> WithMembers(
    const arrow::ChunkedArray& column, const std::shared_ptr<arrow::DataType>& type) {
  arrow::ArrayVector chunks;
  for (const auto& chunk : column.chunks()) {
    const auto& structs = static_cast<const arrow::StructArray&>(*chunk);
    arrow::ArrayVector members = structs.fields();
    for (int i = structs.num_fields(); i < type->num_fields(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto nulls,
                            arrow::MakeArrayOfNull(type->field(i)->type(), structs.length()));
      members.push_back(std::move(nulls));
    }
    chunks.push_back(std::make_shared<arrow::StructArray>(type, structs.length(), members,
                                                          structs.null_bitmap()));
  }
  return std::make_shared<arrow::ChunkedArray>(std::move(chunks), type);
}

class MemoryStorage final : public internal::Storage {
 public:
  explicit MemoryStorage(std::shared_ptr<MemoryDatabase> database)
      : database_(std::move(database)) {}

  arrow::Status Open(AccessMode) override { return arrow::Status::OK(); }
  arrow::Status Close() override { return arrow::Status::OK(); }
  std::string display() const override { return "MemoryMetadataStore()"; }
  std::string type_name() const override { return "metaxy.testing.MemoryMetadataStore"; }

  arrow::Status CheckHashAlgorithm(HashAlgorithm) const override { return arrow::Status::OK(); }

  arrow::Result<std::shared_ptr<const internal::TableSnapshot>> OpenTable(
      const std::string& name) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    const auto found = database_->tables.find(name);
    if (found == database_->tables.end()) return nullptr;
    return internal::MemoryTable::Make(found->second);
  }

  arrow::Status CreateTable(const std::string& name,
                            std::shared_ptr<arrow::RecordBatchReader> rows) override {
    ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
    const std::lock_guard<std::mutex> lock(database_->mutex);
    if (database_->racing_create) database_->tables[name] = std::move(database_->racing_create);
    if (database_->tables.count(name) != 0)
      return MakeError(ErrorCode::kTableAlreadyExists, "table exists: " + name);
    database_->tables[name] = std::move(table);
    return arrow::Status::OK();
  }

  arrow::Status Append(const std::string& name,
                       std::shared_ptr<arrow::RecordBatchReader> rows) override {
    ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
    const std::lock_guard<std::mutex> lock(database_->mutex);
    auto& stored = database_->tables.at(name);
    ARROW_ASSIGN_OR_RAISE(stored, arrow::ConcatenateTables({stored, table}));
    return arrow::Status::OK();
  }

  arrow::Status AddColumns(const std::string& name,
                           const std::shared_ptr<arrow::Schema>& columns) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    auto& table = database_->tables.at(name);
    for (const auto& field : columns->fields()) {
      const int index = table->schema()->GetFieldIndex(field->name());
      if (index >= 0) {
        const auto type = Merge(*table->schema()->field(index)->type(), *field->type());
        ARROW_ASSIGN_OR_RAISE(auto column, WithMembers(*table->column(index), type));
        ARROW_ASSIGN_OR_RAISE(table,
                              table->SetColumn(index, arrow::field(field->name(), type), column));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), table->num_rows()));
      ARROW_ASSIGN_OR_RAISE(
          table, table->AddColumn(table->num_columns(), field,
                                  std::make_shared<arrow::ChunkedArray>(std::move(nulls))));
    }
    return arrow::Status::OK();
  }

  arrow::Status DeleteRows(const std::string& name,
                           const std::optional<arrow::compute::Expression>& filter) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    auto& table = database_->tables.at(name);
    if (!filter) {
      table = table->Slice(0, 0);
      return arrow::Status::OK();
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
    return arrow::Status::OK();
  }

  arrow::Status DropTable(const std::string& name) override {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    database_->tables.erase(name);
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<MemoryDatabase> database_;
};

}  // namespace

std::shared_ptr<MemoryMetadataStore> MemoryMetadataStore::Make(
    std::shared_ptr<MemoryDatabase> database, MetadataStoreOptions options) {
  return std::shared_ptr<MemoryMetadataStore>(new MemoryMetadataStore(
      std::move(options), std::make_unique<MemoryStorage>(std::move(database))));
}

}  // namespace metaxy::testing
