#include "metaxy/store_administration.h"

#include <string>

#include "metaxy/errors.h"
#include "store/checked.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy {

using internal::Checked;
using internal::Interrupt;

arrow::Result<MigrationResult> StoreAdministration::MigrateByFieldLayout(
    const FeatureKey& feature, ByFieldLayout to, const MigrationOptions& options) {
  return Checked(*session_, options,
                 [&] { return internal::Migrate(*session_, feature, to, options); });
}

arrow::Result<CompactResult> StoreAdministration::CompactMetadata(const FeatureKey& feature,
                                                                  const CompactOptions& options) {
  return Checked(*session_, options,
                 [&] { return internal::Compact(*session_, feature, options); });
}

arrow::Result<std::vector<PromotedFeature>> StoreAdministration::Promote(
    MetadataStore& from, const PromoteOptions& options) {
  return Checked(*session_, options, [&] {
    return internal::Promote(*session_, internal::StoreSession::Of(from), options);
  });
}

StoreTarget StoreAdministration::target() const { return session_->storage().target(); }

arrow::Result<std::optional<bool>> StoreAdministration::SupportsConditionalWrites(
    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Result<std::optional<bool>> {
    ARROW_RETURN_NOT_OK(session_->CheckOpen());
    ARROW_RETURN_NOT_OK(Interrupt(execution).Check("testing a conditional write"));
    return session_->storage().SupportsConditionalWrites();
  });
}

arrow::Result<std::optional<std::chrono::milliseconds>> StoreAdministration::ClockSkew(
    const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&]() -> arrow::Result<std::optional<std::chrono::milliseconds>> {
                   ARROW_RETURN_NOT_OK(session_->CheckOpen());
                   ARROW_RETURN_NOT_OK(Interrupt(execution).Check("reading the store's clock"));
                   return session_->storage().ClockSkew();
                 });
}

arrow::Result<std::vector<std::string>> StoreAdministration::ListTables(
    const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return internal::TableNames(*session_, Interrupt(execution)); });
}

arrow::Result<std::optional<uint64_t>> StoreAdministration::FindWrite(
    const FeatureKey& feature, const std::string& write_id, uint64_t since_version,
    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&] {
    return internal::FindWrite(*session_, feature, write_id, since_version, Interrupt(execution));
  });
}

arrow::Result<std::string> StoreAdministration::WriteFragments(
    const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
    const WriteOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(auto reader, internal::ReaderOfUser(std::move(rows)));
    return internal::WriteFragments(*session_, feature, std::move(reader), options);
  });
}

arrow::Result<WriteResult> StoreAdministration::CommitFragments(
    const FeatureKey& feature, const std::vector<std::string>& fragments,
    const std::string& write_id, const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&] {
    return internal::CommitFragments(*session_, feature, fragments, write_id, Interrupt(execution));
  });
}

StatusWith<WriteResult> StoreAdministration::AppendSystemRows(
    const FeatureKey& table, std::shared_ptr<arrow::RecordBatchReader> rows,
    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Result<WriteResult> {
    ARROW_ASSIGN_OR_RAISE(auto reader, internal::ReaderOfUser(std::move(rows)));
    return internal::AppendSystemRows(*session_, table, std::move(reader), Interrupt(execution));
  });
}

arrow::Result<TableStatistics> StoreAdministration::GetTableStatistics(
    const std::string& table, int64_t small_rows, const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Result<TableStatistics> {
    if (small_rows < 1) {
      return MakeError(ErrorCode::kInvalidInput,
                       "small_rows is " + std::to_string(small_rows) + "; use 1 or more");
    }
    return internal::StatisticsOf(*session_, table, small_rows, Interrupt(execution));
  });
}

arrow::Result<std::vector<TableDamage>> StoreAdministration::CheckTable(
    const std::string& table, const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return internal::CheckTable(*session_, table, Interrupt(execution)); });
}

arrow::Result<std::vector<TableDamage>> StoreAdministration::RepairTable(
    const std::string& table, const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return internal::RepairTable(*session_, table, Interrupt(execution)); });
}

}  // namespace metaxy
