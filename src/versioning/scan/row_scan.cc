#include "versioning/scan/row_scan.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "columns/version_strings.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/scan/scan_columns.h"
#include "versioning/summary/row_payload.h"

namespace metaxy::internal {
namespace {

// A time before all others: rows without any timestamp lose against rows that have one.
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

bool IsSubset(const std::vector<std::string>& names, const std::vector<std::string>& of) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(of.begin(), of.end(), name) != of.end();
  });
}

arrow::Result<KeyColumns> KeysOf(const arrow::RecordBatch& batch,
                                 const std::vector<std::string>& names) {
  arrow::ArrayVector arrays;
  for (const std::string& name : names) arrays.push_back(batch.GetColumnByName(name));
  return KeyColumns::Make(std::move(arrays), names);
}

arrow::Status CheckKeyTypes(const arrow::Schema& schema, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    ARROW_RETURN_NOT_OK(KeyColumns::CheckType(*schema.GetFieldByName(name)->type(), name));
  return arrow::Status::OK();
}

// System timestamps in microseconds; null if the table has no such column.
arrow::Result<std::shared_ptr<arrow::Int64Array>> Timestamps(const arrow::RecordBatch& batch,
                                                             std::string_view name) {
  const std::shared_ptr<arrow::Array> column = batch.GetColumnByName(std::string(name));
  if (!column || column->null_count() == column->length()) return nullptr;
  ARROW_ASSIGN_OR_RAISE(
      arrow::Datum micros,
      arrow::compute::Cast(column, TimestampColumnType(), arrow::compute::CastOptions::Unsafe()));
  ARROW_ASSIGN_OR_RAISE(auto numbers, micros.make_array()->View(arrow::int64()));
  return std::static_pointer_cast<arrow::Int64Array>(std::move(numbers));
}

arrow::Status CheckTimestamps(const arrow::Schema& schema, std::string_view name) {
  const auto field = schema.GetFieldByName(std::string(name));
  if (!field || field->type()->id() == arrow::Type::TIMESTAMP ||
      field->type()->id() == arrow::Type::NA)
    return arrow::Status::OK();
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("column '{}' must be a timestamp, the stored one is {}", name,
                               field->type()->ToString()));
}

}  // namespace

std::optional<arrow::compute::Expression> VersionFilter(const std::optional<std::string>& version) {
  namespace cp = arrow::compute;
  if (!version) return std::nullopt;
  return cp::equal(cp::field_ref(std::string(kFeatureVersion)), cp::literal(*version));
}

arrow::Result<std::unique_ptr<RowScan>> RowScan::Make(RowsRequest request, Execution* execution) {
  std::unique_ptr<RowScan> scan(new RowScan(std::move(request)));
  const RowsRequest& wanted = scan->request_;
  scan->execution_ = execution;
  ARROW_ASSIGN_OR_RAISE(ScanRequest narrow, NarrowScan(wanted));
  narrow.batch_size = execution->scan_batch_size();
  narrow.read_ahead_bytes = execution->memory().narrow_read_ahead();
  ARROW_ASSIGN_OR_RAISE(scan->table_rows_, wanted.table->NumRows());
  scan->scanned_ = std::make_shared<ScannedTable>();
  scan->scanned_->table = wanted.table;
  scan->scanned_->filters = narrow.filters;
  scan->has_join_ =
      !wanted.join_columns.empty() && !(IsSubset(wanted.join_columns, wanted.id_columns) &&
                                        IsSubset(wanted.id_columns, wanted.join_columns));
  scan->split_by_id_ = scan->has_join_ && !IsSubset(wanted.join_columns, wanted.id_columns);
  if (wanted.observer) {
    const bool by_join = !wanted.join_columns.empty();
    wanted.observer->OnScan({.request = narrow,
                             .key_columns = by_join ? wanted.join_columns : wanted.id_columns,
                             .split = scan->split_by_id_,
                             .with_join = scan->has_join_,
                             .with_payload = scan->layout().with_payload});
  }
  ARROW_ASSIGN_OR_RAISE(scan->reader_, wanted.table->Scan(narrow));
  ARROW_RETURN_NOT_OK(scan->Bind(scan->reader_->schema()));
  return scan;
}

RowLayout RowScan::layout() const {
  return {.unique = !request_.with_sample_history,
          .with_join = has_join_,
          .with_first = request_.with_first,
          .with_payload = request_.value == RowValue::kVersions};
}

arrow::Status RowScan::Bind(const std::shared_ptr<arrow::Schema>& schema) {
  for (const auto* names : {&request_.id_columns, &request_.join_columns, &request_.group_columns,
                            &request_.order_columns}) {
    ARROW_RETURN_NOT_OK(CheckKeyTypes(*schema, *names));
  }
  ARROW_RETURN_NOT_OK(CheckTimestamps(*schema, kDeletedAt));
  ARROW_RETURN_NOT_OK(CheckTimestamps(*schema, kUpdatedAt));
  const auto is_pushed = [&](const arrow::compute::Expression& filter) {
    return std::any_of(scanned_->filters.begin(), scanned_->filters.end(),
                       [&](const auto& pushed) { return pushed.Equals(filter); });
  };
  for (const auto& filter : request_.filters) {
    // A filter already applied by the scan need not be evaluated again, but must be valid all the
    // same.
    ARROW_ASSIGN_OR_RAISE(BoundFilter bound, BoundFilter::Make(filter, schema));
    if (!is_pushed(filter)) filters_.push_back(std::move(bound));
  }
  if (!request_.renamed_filters.empty()) {
    renamed_columns_ = schema->field_names();
    for (std::string& name : renamed_columns_) {
      const auto renamed = std::find_if(request_.renames.begin(), request_.renames.end(),
                                        [&](const auto& rename) { return rename.first == name; });
      if (renamed != request_.renames.end()) name = renamed->second;
    }
    ARROW_ASSIGN_OR_RAISE(const auto renamed, schema->WithNames(renamed_columns_));
    for (const auto& filter : request_.renamed_filters) {
      ARROW_ASSIGN_OR_RAISE(BoundFilter bound, BoundFilter::Make(filter, renamed));
      renamed_filters_.push_back(std::move(bound));
    }
  }
  if (!request_.predicates.empty()) {
    ARROW_ASSIGN_OR_RAISE(predicate_,
                          BoundFilter::Make(arrow::compute::or_(request_.predicates), schema));
  }
  return arrow::Status::OK();
}

arrow::Result<bool> RowScan::Read(RowBlock* block) {
  std::shared_ptr<arrow::RecordBatch> batch;
  block->Clear();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!reader_) return false;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (!batch) {
      reader_.reset();
      return false;
    }
    block->first_position = scanned_->row_ids.size();
    if (int64_t{block->first_position} + batch->num_rows() >= int64_t{kNoRow}) {
      return MakeError(
          ErrorCode::kResourceExhausted,
          fmt::format("{} rows or more are too many to compare at once; filter them by id columns",
                      kNoRow));
    }
    const auto& ids = static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    const size_t before = scanned_->row_ids.bytes();
    scanned_->row_ids.Append({ids.raw_values(), static_cast<size_t>(ids.length())});
    execution_->AddMemoryUsage(static_cast<int64_t>(scanned_->row_ids.bytes() - before));
  }
  block->flags.assign(static_cast<size_t>(batch->num_rows()), 0);
  ARROW_RETURN_NOT_OK(SetKeys(*batch, *execution_, block));
  ARROW_RETURN_NOT_OK(SetTimestamps(*batch, block));
  ARROW_RETURN_NOT_OK(ApplyFilters(batch, block));
  if (request_.value == RowValue::kProvenance) ARROW_RETURN_NOT_OK(SetDigests(*batch, block));
  if (request_.value == RowValue::kComputed) ARROW_RETURN_NOT_OK(ComputeDigests(*batch, block));
  if (request_.value == RowValue::kVersions) ARROW_RETURN_NOT_OK(SetPayloads(*batch, block));
  if (request_.observer) {
    const auto& ids = static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    request_.observer->OnRows({ids.raw_values(), static_cast<size_t>(ids.length())}, block);
  }
  return true;
}

arrow::Status RowScan::SetKeys(const arrow::RecordBatch& batch, const Execution& execution,
                               RowBlock* block) const {
  const auto set = [&](const std::vector<std::string>& names, bool joins,
                       std::vector<KeyHash>* hashes) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeysOf(batch, names));
    keys.Hash(execution.hasher(), hashes);
    if (!joins || !keys.has_nulls()) return arrow::Status::OK();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (keys.HasNull(row)) block->flags[static_cast<size_t>(row)] |= kNullKey;
    }
    return arrow::Status::OK();
  };
  if (has_join_) ARROW_RETURN_NOT_OK(set(request_.join_columns, true, &block->joins));
  if (request_.id_columns.empty()) {
    block->ids.resize(static_cast<size_t>(batch.num_rows()));
    return arrow::Status::OK();
  }
  // The join columns are in the order of those of other tables.
  const bool by_join = !has_join_ && !request_.join_columns.empty();
  return set(by_join ? request_.join_columns : request_.id_columns, !has_join_, &block->ids);
}

arrow::Status RowScan::SetTimestamps(const arrow::RecordBatch& batch, RowBlock* block) const {
  const auto rows = static_cast<size_t>(batch.num_rows());
  block->timestamps.assign(rows, kNever);
  if (!request_.with_sample_history) {
    ARROW_ASSIGN_OR_RAISE(const auto updated, Timestamps(batch, kUpdatedAt));
    if (updated && updated->null_count() == 0) {
      std::copy_n(updated->raw_values(), rows, block->timestamps.begin());
    } else if (updated) {
      for (size_t i = 0; i < rows; ++i) {
        const auto row = static_cast<int64_t>(i);
        if (updated->IsValid(row)) block->timestamps[i] = updated->Value(row);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto deleted, Timestamps(batch, kDeletedAt));
  if (!deleted) return arrow::Status::OK();
  for (size_t i = 0; i < rows; ++i) {
    const auto row = static_cast<int64_t>(i);
    if (deleted->IsNull(row)) continue;
    block->timestamps[i] = deleted->Value(row);
    if (!request_.include_soft_deleted) block->flags[i] |= kDropped;
  }
  return arrow::Status::OK();
}

arrow::Status RowScan::ApplyFilters(const std::shared_ptr<arrow::RecordBatch>& batch,
                                    RowBlock* block) const {
  const auto apply = [&](const std::vector<BoundFilter>& filters,
                         const arrow::RecordBatch& rows) -> arrow::Status {
    for (const BoundFilter& filter : filters) {
      ARROW_ASSIGN_OR_RAISE(const auto kept, filter.Mask(rows));
      for (int64_t row = 0; row < kept->length(); ++row) {
        if (!kept->Value(row)) block->flags[static_cast<size_t>(row)] |= kDropped;
      }
    }
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(apply(filters_, *batch));
  if (!renamed_filters_.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto renamed, batch->RenameColumns(renamed_columns_));
    ARROW_RETURN_NOT_OK(apply(renamed_filters_, *renamed));
  }
  if (predicate_) {
    ARROW_ASSIGN_OR_RAISE(const auto stale, predicate_->Mask(*batch));
    for (int64_t row = 0; row < stale->length(); ++row) {
      if (stale->Value(row)) block->flags[static_cast<size_t>(row)] |= kForcedStale;
    }
  }
  return arrow::Status::OK();
}

arrow::Status RowScan::SetDigests(const arrow::RecordBatch& batch, RowBlock* block) const {
  const std::string name(kProvenance);
  ARROW_ASSIGN_OR_RAISE(const VersionStrings texts,
                        VersionStrings::FromArray(batch.GetColumnByName(name), name));
  block->digests.resize(block->size());
  for (size_t i = 0; i < block->size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (texts.IsNull(row)) {
      block->flags[i] |= kNullValue;
    } else {
      block->digests[i] = execution_->hasher().Digest(texts.Get(row));
    }
  }
  return arrow::Status::OK();
}

arrow::Result<std::vector<VersionStrings>> RowScan::VersionsOf(
    const arrow::RecordBatch& batch) const {
  std::shared_ptr<arrow::Array> by_field = batch.GetColumnByName(std::string(kDataVersionByField));
  if (!by_field) {
    // None of the required members was ever stored.
    ARROW_ASSIGN_OR_RAISE(by_field, arrow::MakeArrayOfNull(arrow::struct_({}), batch.num_rows()));
  }
  std::vector<VersionStrings> versions;
  for (const FieldKey& field : request_.fields) {
    ARROW_ASSIGN_OR_RAISE(versions.emplace_back(),
                          VersionStrings::Extract(by_field, field.ToStructKey()));
  }
  return versions;
}

arrow::Status RowScan::ComputeDigests(const arrow::RecordBatch& batch, RowBlock* block) const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<VersionStrings> texts, VersionsOf(batch));
  std::vector<std::optional<std::string_view>> versions(texts.size());
  RowProvenance provenance;
  block->digests.resize(block->size());
  for (size_t i = 0; i < block->size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    for (size_t field = 0; field < texts.size(); ++field) {
      if (texts[field].IsNull(row)) {
        versions[field].reset();
      } else {
        versions[field] = texts[field].Get(row);
      }
    }
    request_.computer->Compute(versions, &provenance);
    if (provenance.whole.null) {
      block->flags[i] |= kNullValue;
    } else {
      block->digests[i] = execution_->hasher().Digest(provenance.whole.view());
    }
  }
  return arrow::Status::OK();
}

arrow::Status RowScan::SetPayloads(const arrow::RecordBatch& batch, RowBlock* block) const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<VersionStrings> versions, VersionsOf(batch));
  const bool aggregated = !request_.group_columns.empty();
  std::vector<KeyHash> groups;
  KeyColumns order;
  if (aggregated) {
    ARROW_ASSIGN_OR_RAISE(const KeyColumns group_keys, KeysOf(batch, request_.group_columns));
    group_keys.Hash(execution_->hasher(), &groups);
    ARROW_ASSIGN_OR_RAISE(order, KeysOf(batch, request_.order_columns));
  }
  std::string order_bytes;
  block->payload_offsets.reserve(block->size() + 1);
  for (size_t i = 0; i < block->size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    block->payload_offsets.push_back(block->payloads.size());
    if (aggregated) {
      AppendPart(std::string_view(reinterpret_cast<const char*>(&groups[i]), sizeof groups[i]),
                 &block->payloads);
      order_bytes.clear();
      order.AppendOrdered(row, &order_bytes);
      AppendPart(order_bytes, &block->payloads);
    }
    for (const VersionStrings& texts : versions) {
      AppendPart(texts.IsNull(row) ? std::nullopt : std::optional(texts.Get(row)),
                 &block->payloads);
    }
  }
  block->payload_offsets.push_back(block->payloads.size());
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
