#include "metaxy/metadata_store.h"

#include <arrow/table.h>

#include "metaxy/errors.h"
#include "store/store_session.h"

namespace metaxy {

MetadataStore::MetadataStore(MetadataStoreOptions options,
                             std::unique_ptr<internal::Storage> storage)
    : session_(
          std::make_unique<internal::StoreSession>(this, std::move(options), std::move(storage))) {}

// What was written is committed already.
MetadataStore::~MetadataStore() {
  const arrow::Status closed = session_->Close({});
  if (closed.ok()) return;
  session_->log().Warn(LogSubject::kClose,
                       "store '" + name() + "' was not closed well: " + closed.message(),
                       {{"error", ErrorCodeName(GetErrorCode(closed))}});
}

arrow::Status MetadataStore::Open(AccessMode mode, const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->Open(mode, internal::Interrupt(execution));
}
arrow::Status MetadataStore::Close(const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->Close(internal::Interrupt(execution));
}
bool MetadataStore::is_open() const { return session_->is_open(); }

const std::string& MetadataStore::name() const { return session_->options().name; }
HashAlgorithm MetadataStore::hash_algorithm() const { return session_->options().hash_algorithm; }
std::shared_ptr<const FeatureGraph> MetadataStore::graph() const {
  return session_->shared_graph();
}
const std::vector<std::shared_ptr<MetadataStore>>& MetadataStore::fallback_stores() const {
  return session_->options().fallback_stores;
}
std::string MetadataStore::display() const { return session_->storage().display(); }

arrow::Status MetadataStore::Write(const FeatureKey& feature,
                                   std::shared_ptr<arrow::RecordBatchReader> rows,
                                   const WriteOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Write(feature, std::move(rows), options);
}

arrow::Status MetadataStore::Write(const FeatureKey& feature,
                                   const std::shared_ptr<arrow::Table>& rows,
                                   const WriteOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Write(feature, rows, options);
}

arrow::Status MetadataStore::Write(const FeatureKey& feature,
                                   const std::shared_ptr<arrow::RecordBatch>& rows,
                                   const WriteOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(rows->schema(), {rows}));
  return session_->Write(feature, table, options);
}

arrow::Status MetadataStore::WriteMulti(const FeatureTables& tables,
                                        const WriteMultiOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->WriteMulti(tables, options);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MetadataStore::Read(
    const FeatureKey& feature, const ReadOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Read(feature, options);
}

arrow::Result<int64_t> MetadataStore::CountRows(const FeatureKey& feature,
                                                const ReadOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->CountRows(feature, options);
}

arrow::Result<Increment> MetadataStore::ResolveUpdate(const FeatureKey& feature,
                                                      const ResolveUpdateOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  ARROW_ASSIGN_OR_RAISE(const auto increment, session_->ResolveUpdate(feature, options));
  return increment->Collect();
}

arrow::Result<std::unique_ptr<LazyIncrement>> MetadataStore::ResolveUpdateLazy(
    const FeatureKey& feature, const ResolveUpdateOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->ResolveUpdate(feature, options);
}

arrow::Result<std::shared_ptr<arrow::Table>> MetadataStore::ComputeProvenance(
    const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->ComputeProvenance(feature, rows, execution);
}

std::optional<double> MetadataStore::CalculateInputProgress(const LazyIncrement& increment) const {
  return increment.input_progress();
}

arrow::Result<bool> MetadataStore::HasFeature(const FeatureKey& feature, bool check_fallback,
                                              const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  ARROW_ASSIGN_OR_RAISE(
      const internal::FoundTable found,
      session_->FindTable(feature, check_fallback, internal::Interrupt(execution)));
  return found.table != nullptr;
}

arrow::Result<MetadataStore*> MetadataStore::FindStoreForFeature(
    const FeatureKey& feature, bool check_fallback, const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  ARROW_ASSIGN_OR_RAISE(
      const internal::FoundTable found,
      session_->FindTable(feature, check_fallback, internal::Interrupt(execution)));
  return found.store;
}

arrow::Result<Json> MetadataStore::GetStoreMetadata(const FeatureKey& feature, bool check_fallback,
                                                    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->StoreMetadata(feature, check_fallback, internal::Interrupt(execution));
}

arrow::Status MetadataStore::Delete(const FeatureKey& feature, const Filters& filters,
                                    const DeleteOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Delete(feature, filters, options);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MetadataStore::Rebase(
    const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
    const RebaseOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Rebase(feature, std::move(rows), options);
}

arrow::Result<int64_t> MetadataStore::RebaseVersion(const FeatureKey& feature,
                                                    const std::string& from_feature_version,
                                                    const RebaseVersionOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->RebaseVersion(feature, from_feature_version, options);
}

arrow::Result<CopyResult> MetadataStore::CopyMetadata(
    MetadataStore& from, const std::optional<std::vector<FeatureKey>>& features,
    const CopyOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Copy(internal::StoreSession::Of(from), features, options);
}

arrow::Result<MigrationResult> MetadataStore::MigrateByFieldLayout(
    const FeatureKey& feature, ByFieldLayout to, const MigrationOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Migrate(feature, to, options);
}

arrow::Status MetadataStore::DropFeatureMetadata(const FeatureKey& feature,
                                                 const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->DropFeature(feature, internal::Interrupt(execution));
}

arrow::Result<CompactResult> MetadataStore::CompactMetadata(const FeatureKey& feature,
                                                            const CompactOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Compact(feature, options);
}

StoreTarget MetadataStore::target() const { return session_->storage().target(); }

arrow::Result<std::optional<bool>> MetadataStore::RefusesOverwrites(
    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  ARROW_RETURN_NOT_OK(session_->CheckOpen());
  ARROW_RETURN_NOT_OK(internal::Interrupt(execution).Check("trying a conditional write"));
  return session_->storage().RefusesOverwrites();
}

arrow::Result<std::optional<std::chrono::milliseconds>> MetadataStore::ClockAhead(
    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  ARROW_RETURN_NOT_OK(session_->CheckOpen());
  ARROW_RETURN_NOT_OK(internal::Interrupt(execution).Check("asking for the store's time"));
  return session_->storage().ClockAhead();
}

arrow::Result<std::vector<std::string>> MetadataStore::ListTables(
    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->TableNames(internal::Interrupt(execution));
}

arrow::Result<TableStatistics> MetadataStore::GetTableStatistics(
    const std::string& table, int64_t small_rows, const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->Statistics(table, small_rows, internal::Interrupt(execution));
}

arrow::Result<PushResult> MetadataStore::PushGraphSnapshot(const std::string& project,
                                                           const PushOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->Push(project, options);
}

arrow::Result<std::vector<FeatureDefinition>> MetadataStore::SyncExternalFeatures(
    const SyncOptions& options) {
  const internal::InterruptScope scope{internal::Interrupt(options.execution)};
  return session_->SyncExternalFeatures(options);
}

arrow::Result<std::shared_ptr<FeatureGraph>> MetadataStore::LoadGraphSnapshot(
    const std::string& project_version, const std::optional<std::string>& project,
    const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->LoadGraphSnapshot(project_version, project, internal::Interrupt(execution));
}

arrow::Result<std::vector<GraphSnapshotInfo>> MetadataStore::ReadGraphSnapshots(
    const std::optional<std::string>& project, const ExecutionOptions& execution) {
  const internal::InterruptScope scope{internal::Interrupt(execution)};
  return session_->ReadGraphSnapshots(project, internal::Interrupt(execution));
}

arrow::Result<Increment> LazyIncrement::Collect() const {
  const auto collect = [](arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> reader)
      -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_RETURN_NOT_OK(reader.status());
    return (*reader)->ToTable();
  };
  Increment increment;
  ARROW_ASSIGN_OR_RAISE(increment.new_samples, collect(new_samples()));
  ARROW_ASSIGN_OR_RAISE(increment.stale, collect(stale()));
  ARROW_ASSIGN_OR_RAISE(increment.orphaned, collect(orphaned()));
  return increment;
}

}  // namespace metaxy
