// C interface for samples that could not be computed.
#include <arrow/table.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/options.h"
#include "c_api/streams.h"
#include "metaxy/c_api_failures.h"

using metaxy::internal::CheckGiven;
using metaxy::internal::Guarded;
using metaxy::internal::ToExecutionOptions;
using metaxy::internal::WithAllMembers;

namespace {

std::optional<std::string> OptionalText(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

arrow::Result<metaxy::FailureSelection> ToSelection(const metaxy_failure_selection* given) {
  ARROW_ASSIGN_OR_RAISE(const metaxy_failure_selection selection, WithAllMembers(given));
  metaxy::FailureSelection result;
  ARROW_ASSIGN_OR_RAISE(
      const std::vector<std::string> features,
      metaxy::internal::ToTexts(selection.features, selection.num_features, "feature"));
  for (const std::string& feature : features) {
    ARROW_ASSIGN_OR_RAISE(result.features.emplace_back(), metaxy::FeatureKey::Make(feature));
  }
  ARROW_ASSIGN_OR_RAISE(result.kinds,
                        metaxy::internal::ToTexts(selection.kinds, selection.num_kinds, "kind"));
  ARROW_ASSIGN_OR_RAISE(result.filters,
                        metaxy::internal::ToFilters(selection.filters, selection.num_filters));
  ARROW_ASSIGN_OR_RAISE(result.execution, ToExecutionOptions(selection.execution));
  return result;
}

}  // namespace

int32_t metaxy_store_record_failures(metaxy_store* store, const char* feature,
                                     ArrowArrayStream* rows,
                                     const metaxy_record_failures_options* options,
                                     int64_t* recorded, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto reader, metaxy::internal::Import(rows, "rows"));
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_ASSIGN_OR_RAISE(const metaxy_record_failures_options given, WithAllMembers(options));
    metaxy::RecordFailuresOptions record{
        .kind = OptionalText(given.kind),
        .message = OptionalText(given.message),
        .materialization_id = OptionalText(given.materialization_id),
        .dry_run = given.dry_run != 0};
    ARROW_ASSIGN_OR_RAISE(record.execution, ToExecutionOptions(given.execution));
    ARROW_ASSIGN_OR_RAISE(const int64_t count,
                          store->store->failures().Record(feature, std::move(reader), record));
    if (recorded != nullptr) *recorded = count;
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_read_failures(metaxy_store* store, const metaxy_failure_selection* selection,
                                   ArrowArrayStream* rows, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(rows, "rows"));
    ARROW_ASSIGN_OR_RAISE(const auto chosen, ToSelection(selection));
    ARROW_ASSIGN_OR_RAISE(const auto failures, store->store->failures().Read(chosen));
    ARROW_ASSIGN_OR_RAISE(auto batch, failures->CombineChunksToBatch());
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          arrow::RecordBatchReader::Make({std::move(batch)}, failures->schema()));
    return metaxy::internal::Export(std::move(reader), store->store, rows);
  });
}

int32_t metaxy_store_clear_failures(metaxy_store* store, const metaxy_failure_selection* selection,
                                    metaxy_cleared_failures* cleared, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(metaxy::internal::CheckSize(cleared));
    ARROW_ASSIGN_OR_RAISE(const auto chosen, ToSelection(selection));
    ARROW_ASSIGN_OR_RAISE(const metaxy::ClearedFailures result,
                          store->store->failures().Clear(chosen));
    metaxy::internal::FillIn({.failures = result.failures, .attempts = result.attempts}, cleared);
    return arrow::Status::OK();
  });
}

int64_t metaxy_increment_failed_count(const metaxy_increment* increment) {
  return increment == nullptr ? -1 : increment->increment->counts().failed;
}

int32_t metaxy_increment_failed(const metaxy_increment* increment, ArrowArrayStream* rows,
                                metaxy_error* error) {
  return metaxy::internal::StreamPart(increment, &metaxy::LazyIncrement::failed, rows, error);
}
