#include "metaxy/store_failures.h"

#include <utility>

#include "base/contained.h"
#include "store/checked.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy {

using internal::Checked;

StatusWith<int64_t> StoreFailures::Record(const FeatureKey& feature,
                                          const std::shared_ptr<arrow::Table>& rows,
                                          const RecordFailuresOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<int64_t> {
    ARROW_RETURN_NOT_OK(internal::CheckTable(rows));
    return internal::RecordFailures(*session_, feature, rows, options);
  });
}

StatusWith<int64_t> StoreFailures::Record(const FeatureKey& feature,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const RecordFailuresOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const auto reader, internal::ReaderOfUser(std::move(rows)));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    return internal::RecordFailures(*session_, feature, table, options);
  });
}

arrow::Result<std::shared_ptr<arrow::Table>> StoreFailures::Read(
    const FailureSelection& selection) {
  return Checked(*session_, selection,
                 [&] { return internal::ReadFailures(*session_, selection); });
}

StatusWith<ClearedFailures> StoreFailures::Clear(const FailureSelection& selection) {
  return Checked(*session_, selection,
                 [&] { return internal::ClearFailures(*session_, selection); });
}

}  // namespace metaxy
