#include "store/table_writer.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "metaxy/errors.h"
#include "versioning/stored_types.h"

namespace metaxy::internal {
namespace {

constexpr int kAttempts = 8;
constexpr std::chrono::milliseconds kFirstPause{20};

class MappedReader final : public arrow::RecordBatchReader {
 public:
  using Map = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
      const std::shared_ptr<arrow::RecordBatch>&)>;

  MappedReader(std::shared_ptr<arrow::RecordBatchReader> input,
               std::shared_ptr<arrow::Schema> schema, Map map)
      : input_(std::move(input)), schema_(std::move(schema)), map_(std::move(map)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> next;
    ARROW_RETURN_NOT_OK(input_->ReadNext(&next));
    batch->reset();
    if (!next) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*batch, map_(next));
    return arrow::Status::OK();
  }

  arrow::Status Close() override { return input_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::shared_ptr<arrow::Schema> schema_;
  Map map_;
};

// What `rows` have and `table` lacks; of a struct that both have, the missing members.
arrow::FieldVector MissingFields(const arrow::FieldVector& table, const arrow::FieldVector& rows) {
  arrow::FieldVector missing;
  for (const auto& field : rows) {
    const auto known = std::find_if(table.begin(), table.end(),
                                    [&](const auto& f) { return f->name() == field->name(); });
    if (known == table.end()) {
      missing.push_back(field->WithNullable(true));
    } else if (field->type()->id() == arrow::Type::STRUCT &&
               (*known)->type()->id() == arrow::Type::STRUCT) {
      const arrow::FieldVector members =
          MissingFields((*known)->type()->fields(), field->type()->fields());
      if (!members.empty()) missing.push_back(arrow::field(field->name(), arrow::struct_(members)));
    }
  }
  return missing;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Align(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    const auto column = rows->GetColumnByName(field->name());
    if (column) {
      ARROW_ASSIGN_OR_RAISE(auto values, CastColumn(column, field->type(), field->name()));
      columns.push_back(std::move(values));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), rows->num_rows()));
      columns.push_back(std::move(nulls));
    }
  }
  return arrow::RecordBatch::Make(schema, rows->num_rows(), std::move(columns));
}

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> MapBatches(
    std::shared_ptr<arrow::RecordBatchReader> input, std::shared_ptr<arrow::Schema> schema,
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
        const std::shared_ptr<arrow::RecordBatch>&)>
        map) {
  return std::make_shared<MappedReader>(std::move(input), std::move(schema), std::move(map));
}

arrow::Status AppendToTable(Storage& storage, const std::string& table,
                            std::shared_ptr<arrow::RecordBatchReader> rows) {
  ARROW_ASSIGN_OR_RAISE(auto snapshot, storage.OpenTable(table));
  if (!snapshot) {
    const arrow::Status created = storage.CreateTable(table, std::move(rows));
    if (!IsError(created, ErrorCode::kTableAlreadyExists)) return created;
    return MakeError(
        ErrorCode::kCommitConflict,
        fmt::format("another writer created table '{}' at the same time; write the rows again",
                    table),
        /*retryable=*/true);
  }
  const arrow::FieldVector missing =
      MissingFields(snapshot->schema()->fields(), rows->schema()->fields());
  if (!missing.empty()) {
    ARROW_RETURN_NOT_OK(storage.AddColumns(table, arrow::schema(missing)));
    ARROW_ASSIGN_OR_RAISE(snapshot, storage.OpenTable(table));
    if (!snapshot) {
      return MakeError(ErrorCode::kTableNotFound,
                       fmt::format("table '{}' was dropped while it was written to", table));
    }
  }
  const std::shared_ptr<arrow::Schema> schema = snapshot->schema();
  return storage.Append(table, MapBatches(std::move(rows), schema, [schema](const auto& batch) {
                          return Align(batch, schema);
                        }));
}

arrow::Status AppendToTable(Storage& storage, const std::string& table, const RowSource& source) {
  std::minstd_rand jitter(std::random_device{}());
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(auto rows, source());
    const arrow::Status status = AppendToTable(storage, table, std::move(rows));
    if (status.ok() || !IsError(status, ErrorCode::kCommitConflict) || !IsRetryable(status) ||
        attempt == kAttempts) {
      return status;
    }
    std::this_thread::sleep_for(
        pause + std::chrono::milliseconds(jitter() % static_cast<unsigned>(pause.count())));
    pause *= 2;
  }
}

}  // namespace metaxy::internal
