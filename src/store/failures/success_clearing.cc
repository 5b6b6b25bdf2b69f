#include "store/failures/success_clearing.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "columns/key_columns.h"
#include "metaxy/errors.h"
#include "store/failures/failure_table.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

SuccessClearing::SuccessClearing(Storage& storage, const FeaturePlan& plan,
                                 const Interrupt& interrupt)
    : storage_(storage),
      feature_(plan.feature().key),
      join_columns_(plan.join_columns()),
      interrupt_(interrupt) {
  const bool meanwhile = storage.target() == StoreTarget::kObjectStore;
  look_ = std::async(meanwhile ? std::launch::async : std::launch::deferred, [this] {
    const InterruptScope scope(interrupt_);
    return Look();
  });
  if (!meanwhile) found();
}

arrow::Result<SuccessClearing::Found> SuccessClearing::Look() const {
  Found found;
  ARROW_ASSIGN_OR_RAISE(const auto table, storage_.OpenTable(FailuresTable()));
  if (!table) return found;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, table->NumRows());
  constexpr int64_t kFew = 100'000;
  found.any = rows > 0;
  if (rows == 0 || rows > kFew) return found;
  Samples& few = found.few.emplace();
  ARROW_RETURN_NOT_OK(Scan(*table, [&](const KeyHash& sample, uint64_t) { few.insert(sample); }));
  found.any = !few.empty();
  return found;
}

arrow::Status SuccessClearing::Scan(
    const StoredTable& table, const std::function<void(const KeyHash&, uint64_t)>& use) const {
  if (table.schema()->GetFieldIndex(kSampleHashColumn) < 0) return arrow::Status::OK();
  const ScanRequest request{
      .columns = {{kSampleHashColumn}},
      .filters = {arrow::compute::equal(arrow::compute::field_ref(kFailedFeatureColumn),
                                        arrow::compute::literal(feature_.ToString()))},
      .eager = true};
  ARROW_ASSIGN_OR_RAISE(const auto reader, table.Scan(request));
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ARROW_RETURN_NOT_OK(interrupt_.Check("reading failures"));
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return arrow::Status::OK();
    const auto samples = batch->GetColumnByName(kSampleHashColumn);
    const auto& row_ids =
        static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    if (!samples->type()->Equals(*arrow::fixed_size_binary(sizeof(KeyHash)))) continue;
    const auto& hashes = static_cast<const arrow::FixedSizeBinaryArray&>(*samples);
    for (int64_t row = 0; row < hashes.length(); ++row) {
      if (hashes.IsNull(row)) continue;
      KeyHash sample;
      std::memcpy(&sample, hashes.GetValue(row), sizeof sample);
      use(sample, row_ids.Value(row));
    }
  }
}

const SuccessClearing::Found& SuccessClearing::found() {
  if (found_) return *found_;
  arrow::Result<Found> looked = look_.get();
  failure_ = looked.status();
  found_ = looked.ok() ? *std::move(looked) : Found{};
  return *found_;
}

arrow::Status SuccessClearing::Note(const arrow::RecordBatch& rows) {
  if (!found().any) return arrow::Status::OK();
  for (const std::string& name : join_columns_) {
    // Rows need not have what only the parents' rows have; then it is not known whose they are.
    if (!rows.GetColumnByName(name)) return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto ids, SampleIds(rows, join_columns_));
  ARROW_ASSIGN_OR_RAISE(const auto samples,
                        KeyColumns::HashesOf(ids, join_columns_, KeyHasher::Stable()));
  for (const KeyHash& sample : samples) {
    if (!found().few || found().few->contains(sample)) succeeded_.insert(sample);
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::RecordBatchReader> SuccessClearing::Watch(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  succeeded_.clear();
  if (found_ && !found_->any) return rows;
  auto schema = rows->schema();
  return MapBatches(std::move(rows), std::move(schema),
                    [this](const std::shared_ptr<arrow::RecordBatch>& batch)
                        -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
                      ARROW_RETURN_NOT_OK(Note(*batch));
                      return batch;
                    });
}

arrow::Status SuccessClearing::NoteAll(arrow::RecordBatchReader& rows) {
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ARROW_RETURN_NOT_OK(interrupt_.Check("reading the samples that are written"));
    ARROW_RETURN_NOT_OK(rows.ReadNext(&batch));
    if (!batch) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(Note(*batch));
  }
}

arrow::Status SuccessClearing::Remove() {
  Retries retries("clearing failures in", FailuresTable(), interrupt_);
  return RetryConflicts(std::move(retries), [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto table, storage_.OpenTable(FailuresTable()));
    if (!table) return arrow::Status::OK();
    std::vector<uint64_t> row_ids;
    ARROW_RETURN_NOT_OK(Scan(*table, [&](const KeyHash& sample, uint64_t row_id) {
      if (succeeded_.contains(sample)) row_ids.push_back(row_id);
    }));
    std::sort(row_ids.begin(), row_ids.end());
    return table->DeleteRows(row_ids);
  });
}

void SuccessClearing::Clear(const Log& log) {
  found();
  if (failure_.ok() && !succeeded_.empty()) failure_ = Remove();
  if (failure_.ok()) return;
  log.Warn(LogSubject::kFailures,
           fmt::format("failures of samples of '{}' that are written could not be cleared: {}; "
                       "they do not count as long as the samples are up to date",
                       feature_.ToString(), failure_.message()),
           {{"feature", feature_.ToString()}, {"error", ErrorCodeName(GetErrorCode(failure_))}});
}

}  // namespace metaxy::internal
