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

arrow::Result<SuccessClearing::Failures> SuccessClearing::Look() const {
  Failures failures;
  ARROW_ASSIGN_OR_RAISE(failures.table, storage_.OpenTable(FailuresTable()));
  if (!failures.table || failures.table->schema()->GetFieldIndex(kSampleHashColumn) < 0)
    return failures;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, failures.table->NumRows());
  if (rows == 0) return failures;
  const ScanRequest request{
      .columns = {{kSampleHashColumn}},
      .filters = {arrow::compute::equal(arrow::compute::field_ref(kFailedFeatureColumn),
                                        arrow::compute::literal(feature_.ToString()))}};
  ARROW_ASSIGN_OR_RAISE(const auto reader, failures.table->Scan(request));
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ARROW_RETURN_NOT_OK(interrupt_.Check("reading failures"));
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return failures;
    const auto samples = batch->GetColumnByName(kSampleHashColumn);
    const auto& row_ids =
        static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    if (!samples->type()->Equals(*arrow::fixed_size_binary(sizeof(KeyHash)))) continue;
    const auto& hashes = static_cast<const arrow::FixedSizeBinaryArray&>(*samples);
    for (int64_t row = 0; row < hashes.length(); ++row) {
      if (hashes.IsNull(row)) continue;
      KeyHash sample;
      std::memcpy(&sample, hashes.GetValue(row), sizeof sample);
      failures.rows.emplace(sample, row_ids.Value(row));
    }
  }
}

const SuccessClearing::Failures& SuccessClearing::found() {
  if (found_) return *found_;
  arrow::Result<Failures> looked = look_.get();
  failure_ = looked.status();
  found_ = looked.ok() ? *std::move(looked) : Failures{};
  return *found_;
}

arrow::Status SuccessClearing::Note(const arrow::RecordBatch& rows) {
  if (found().rows.empty()) return arrow::Status::OK();
  for (const std::string& name : join_columns_) {
    // Rows need not have what only the parents' rows have; then it is not known whose they are.
    if (!rows.GetColumnByName(name)) return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto ids, SampleIds(rows, join_columns_, "rows"));
  ARROW_ASSIGN_OR_RAISE(const auto samples, SampleHashes(ids, join_columns_));
  for (const KeyHash& sample : samples) {
    if (found().rows.contains(sample)) succeeded_.push_back(sample);
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::RecordBatchReader> SuccessClearing::Watch(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  succeeded_.clear();
  if (found_ && found_->rows.empty()) return rows;
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
      ARROW_ASSIGN_OR_RAISE(found_, Look());
    }
    std::vector<uint64_t> row_ids;
    for (const KeyHash& sample : succeeded_) {
      const auto [begin, end] = found_->rows.equal_range(sample);
      for (auto failure = begin; failure != end; ++failure) row_ids.push_back(failure->second);
    }
    std::sort(row_ids.begin(), row_ids.end());
    row_ids.erase(std::unique(row_ids.begin(), row_ids.end()), row_ids.end());
    return row_ids.empty() ? arrow::Status::OK() : found_->table->DeleteRows(row_ids);
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
