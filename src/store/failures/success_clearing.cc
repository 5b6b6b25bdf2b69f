#include "store/failures/success_clearing.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "metaxy/errors.h"
#include "store/failures/failure_table.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

arrow::Result<std::unique_ptr<SuccessClearing>> SuccessClearing::Look(Storage& storage,
                                                                      const FeaturePlan& plan,
                                                                      const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(auto table, storage.OpenTable(FailuresTable()));
  if (!table) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, table->NumRows());
  if (rows == 0) return nullptr;
  std::unique_ptr<SuccessClearing> clearing(new SuccessClearing(
      storage, plan.feature().key, plan.join_columns(), interrupt));
  clearing->table_ = std::move(table);
  ARROW_RETURN_NOT_OK(clearing->Read());
  if (clearing->failures_.empty()) return nullptr;
  return clearing;
}

arrow::Status SuccessClearing::Read() {
  failures_.clear();
  if (table_->schema()->GetFieldIndex(kSampleHashColumn) < 0) return arrow::Status::OK();
  const ScanRequest request{
      .columns = {{kSampleHashColumn}},
      .filters = {arrow::compute::equal(arrow::compute::field_ref(kFailedFeatureColumn),
                                        arrow::compute::literal(feature_.ToString()))}};
  ARROW_ASSIGN_OR_RAISE(const auto reader, table_->Scan(request));
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
      failures_.emplace(sample, row_ids.Value(row));
    }
  }
}

arrow::Status SuccessClearing::Note(const arrow::RecordBatch& rows) {
  for (const std::string& name : join_columns_) {
    // Rows need not have what only the parents' rows have; then it is not known whose they are.
    if (!rows.GetColumnByName(name)) return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto ids, SampleIds(rows, join_columns_, "rows"));
  ARROW_ASSIGN_OR_RAISE(const auto samples, SampleHashes(ids, join_columns_));
  for (const KeyHash& sample : samples) {
    if (failures_.contains(sample)) succeeded_.push_back(sample);
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::RecordBatchReader> SuccessClearing::Watch(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  succeeded_.clear();
  auto schema = rows->schema();
  return MapBatches(std::move(rows), std::move(schema),
                    [this](const std::shared_ptr<arrow::RecordBatch>& batch)
                        -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
                      ARROW_RETURN_NOT_OK(Note(*batch));
                      return batch;
                    });
}

// The rows that were seen are removed: what others have recorded since is of another attempt, and
// stays. Only where some of them were moved meanwhile, all that there are now are.
arrow::Status SuccessClearing::Remove() {
  bool first = true;
  Retries retries("clearing failures in", FailuresTable(), interrupt_);
  return RetryConflicts(std::move(retries), [&]() -> arrow::Status {
    if (!std::exchange(first, false)) {
      ARROW_ASSIGN_OR_RAISE(table_, storage_.OpenTable(FailuresTable()));
      if (!table_) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(Read());
    }
    std::vector<uint64_t> row_ids;
    for (const KeyHash& sample : succeeded_) {
      const auto [begin, end] = failures_.equal_range(sample);
      for (auto failure = begin; failure != end; ++failure) row_ids.push_back(failure->second);
    }
    std::sort(row_ids.begin(), row_ids.end());
    row_ids.erase(std::unique(row_ids.begin(), row_ids.end()), row_ids.end());
    return table_->DeleteRows(row_ids);
  });
}

void SuccessClearing::Clear(const Log& log) {
  if (succeeded_.empty()) return;
  const arrow::Status removed = Remove();
  if (!removed.ok()) Report(feature_, removed, log);
}

void SuccessClearing::Report(const FeatureKey& feature, const arrow::Status& failure,
                             const Log& log) {
  log.Warn(LogSubject::kFailures,
           fmt::format("failures of samples of '{}' that are written could not be cleared: {}; "
                       "they do not count as long as the samples are up to date",
                       feature.ToString(), failure.message()),
           {{"feature", feature.ToString()}, {"error", ErrorCodeName(GetErrorCode(failure))}});
}

}  // namespace metaxy::internal
