#include "versioning/resolve/kept_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/extension_type.h>
#include <arrow/type_traits.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

namespace metaxy::internal {
namespace {

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Pick(
    const std::shared_ptr<arrow::RecordBatch>& batch, uint64_t first_position,
    const Tuples& positions, size_t begin, size_t end) {
  if (static_cast<int64_t>(end - begin) == batch->num_rows()) return batch;
  arrow::UInt32Builder indices;
  ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(end - begin)));
  for (size_t i = begin; i < end; ++i)
    indices.UnsafeAppend(static_cast<uint32_t>(positions.at(i, 0) - first_position));
  ARROW_ASSIGN_OR_RAISE(const auto index_array, indices.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum picked, arrow::compute::Take(batch, index_array));
  return picked.record_batch();
}

}  // namespace

bool MayBeWide(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return true;
    case arrow::Type::EXTENSION:
      return MayBeWide(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case arrow::Type::STRUCT:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [](const auto& field) { return MayBeWide(*field->type()); });
    default:
      return arrow::is_list_like(type.id()) || arrow::is_list_view(type.id());
  }
}

// The batches of a scan, in its order.
class KeepingTable::Kept final : public arrow::RecordBatchReader {
 public:
  Kept(std::shared_ptr<arrow::RecordBatchReader> input, int64_t most_bytes)
      : input_(std::move(input)), schema_(input_->schema()), most_bytes_(most_bytes) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(input_->ReadNext(batch));
    if (!*batch) {
      ended_ = true;
      return arrow::Status::OK();
    }
    if (most_bytes_ < 0) return arrow::Status::OK();
    most_bytes_ -= arrow::util::TotalBufferSize(**batch);
    batches_.push_back(*batch);
    if (most_bytes_ < 0) batches_ = {};
    return arrow::Status::OK();
  }

  arrow::Status Close() override { return input_->Close(); }

  bool complete() const { return ended_ && most_bytes_ >= 0; }
  arrow::RecordBatchVector batches() { return std::move(batches_); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t most_bytes_;  // that may still come; less than 0: there were too many
  bool ended_ = false;
  arrow::RecordBatchVector batches_;
};

KeepingTable::KeepingTable(std::shared_ptr<const TableSnapshot> table,
                           std::vector<std::string> more_columns, const MemoryBudget& memory)
    : table_(std::move(table)), more_columns_(std::move(more_columns)), memory_(memory) {}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> KeepingTable::Scan(
    const ScanRequest& request) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (kept_) return table_->Scan(request);
  ScanRequest wide = request;
  for (const std::string& name : more_columns_) {
    std::erase_if(wide.columns, [&](const ColumnPath& path) { return path.column == name; });
    wide.columns.push_back({name});
  }
  wide.LimitMemory(memory_);
  ARROW_ASSIGN_OR_RAISE(auto reader, table_->Scan(wide));
  kept_ = std::make_shared<Kept>(std::move(reader), memory_.memory_usage() / 2);
  return kept_;
}

arrow::Result<std::optional<arrow::RecordBatchVector>> KeepingTable::MakeRows(
    const Tuples& positions, const Make& make, Execution* execution) const {
  if (!kept_ || !kept_->complete()) return std::nullopt;
  arrow::RecordBatchVector batches = kept_->batches();
  // Where the positions of each batch begin, among all of its and among those wanted.
  std::vector<uint64_t> firsts(batches.size() + 1, 0);
  std::vector<size_t> begins(batches.size() + 1, 0);
  for (size_t i = 0; i < batches.size(); ++i) {
    firsts[i + 1] = firsts[i] + static_cast<uint64_t>(batches[i]->num_rows());
    begins[i + 1] = begins[i];
    while (begins[i + 1] < positions.size() && positions.at(begins[i + 1], 0) < firsts[i + 1])
      ++begins[i + 1];
  }
  ARROW_RETURN_NOT_OK(execution->ForEach(batches.size(), [&](size_t i) -> arrow::Status {
    std::shared_ptr<arrow::RecordBatch>& batch = batches[i];
    if (begins[i] == begins[i + 1]) {
      batch.reset();
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(batch, Pick(batch, firsts[i], positions, begins[i], begins[i + 1]));
    return make(*batch).Value(&batch);
  }));
  std::erase(batches, nullptr);
  return batches;
}

}  // namespace metaxy::internal
