#include "metaxy/metadata_store.h"

#include <arrow/table.h>

#include "base/contained.h"
#include "metaxy/errors.h"
#include "store/checked.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy {

using internal::Checked;
using internal::Contained;
using internal::Interrupt;
using internal::StoreSession;

namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

arrow::Result<Reader> ForUser(arrow::Result<Reader> rows) {
  ARROW_RETURN_NOT_OK(rows.status());
  return internal::ReaderForUser(*std::move(rows));
}

arrow::Result<std::unique_ptr<LazyIncrement>> Resolved(StoreSession& session,
                                                       const FeatureKey& feature,
                                                       const ResolveUpdateOptions& options,
                                                       bool reads_all) {
  return Checked(session, options, [&]() -> arrow::Result<std::unique_ptr<LazyIncrement>> {
    if (options.samples)
      ARROW_RETURN_NOT_OK(WithContext(internal::CheckTable(options.samples), "samples"));
    return session.ResolveUpdate(feature, options, reads_all);
  });
}

}  // namespace

MetadataStore::MetadataStore(MetadataStoreOptions options,
                             std::unique_ptr<internal::Storage> storage)
    : session_(
          std::make_unique<internal::StoreSession>(this, std::move(options), std::move(storage))) {}

MetadataStore::MetadataStore(MetadataStoreOptions options, const StoreSession& store)
    : session_(std::make_unique<StoreSession>(this, std::move(options), store)) {}

MetadataStore::MetadataStore(MetadataStoreOptions options, const StoreSession& store,
                             std::shared_ptr<internal::Storage> storage)
    : session_(
          std::make_unique<StoreSession>(this, std::move(options), store, std::move(storage))) {}

arrow::Result<std::shared_ptr<MetadataStore>> MetadataStore::View(
    MetadataStoreOptions options) const {
  return Contained([&]() -> arrow::Result<std::shared_ptr<MetadataStore>> {
    ARROW_RETURN_NOT_OK(options.Validate());
    std::shared_ptr<MetadataStore> view(new MetadataStore(std::move(options), *session_));
    ARROW_RETURN_NOT_OK(view->session_->CheckHashAlgorithms());
    return view;
  });
}

// What was written is already committed.
MetadataStore::~MetadataStore() {
  const arrow::Status closed = Contained([&] { return session_->Close({}); });
  if (closed.ok()) return;
  session_->log().Warn(LogSubject::kClose,
                       "store '" + name() + "' was not closed cleanly: " + closed.message(),
                       {{"error", ErrorCodeName(GetErrorCode(closed))}});
}

arrow::Status MetadataStore::Open(AccessMode mode, const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(session_->options().Validate());
    return session_->Open(mode, Interrupt(execution));
  });
}
arrow::Status MetadataStore::Close(const ExecutionOptions& execution) {
  // A store is closed in any case.
  const arrow::Status valid = execution.Validate();
  const arrow::Status closed = Contained([&] {
    const internal::InterruptScope scope{Interrupt(execution)};
    const internal::MemoryScope memory{session_->MemoryOf(execution)};
    return session_->Close(Interrupt(execution));
  });
  return valid.ok() ? closed : valid;
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

StatusWith<WriteResult> MetadataStore::Write(const FeatureKey& feature, Reader rows,
                                             const WriteOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<WriteResult> {
    ARROW_ASSIGN_OR_RAISE(auto reader, internal::ReaderOfUser(std::move(rows)));
    return session_->Write(feature, std::move(reader), options);
  });
}

StatusWith<WriteResult> MetadataStore::Write(const FeatureKey& feature,
                                             const std::shared_ptr<arrow::Table>& rows,
                                             const WriteOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<WriteResult> {
    ARROW_RETURN_NOT_OK(internal::CheckTable(rows));
    return session_->Write(feature, rows, options);
  });
}

StatusWith<WriteResult> MetadataStore::Write(const FeatureKey& feature,
                                             const std::shared_ptr<arrow::RecordBatch>& rows,
                                             const WriteOptions& options) {
  std::shared_ptr<arrow::Table> table;
  if (rows) {
    ARROW_ASSIGN_OR_RAISE(table, arrow::Table::FromRecordBatches(rows->schema(), {rows}));
  }
  return Write(feature, table, options);
}

arrow::Status MetadataStore::CheckWrite(const FeatureKey& feature, Reader rows,
                                        const WriteOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto reader, internal::ReaderOfUser(std::move(rows)));
    return session_->CheckWrite(feature, std::move(reader), options);
  });
}

StatusWith<FeatureWriteResults> MetadataStore::WriteMulti(const FeatureTables& tables,
                                                          const WriteMultiOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<FeatureWriteResults> {
    for (const auto& [feature, rows] : tables) {
      ARROW_RETURN_NOT_OK(
          WithContext(internal::CheckTable(rows), "feature '" + feature.ToString() + "'"));
    }
    return internal::WriteMulti(*session_, tables, options);
  });
}

arrow::Result<Reader> MetadataStore::Read(const FeatureKey& feature, const ReadOptions& options) {
  return Checked(*session_, options, [&] { return ForUser(session_->Read(feature, options)); });
}

arrow::Result<int64_t> MetadataStore::CountRows(const FeatureKey& feature,
                                                const ReadOptions& options) {
  return Checked(*session_, options, [&] { return session_->CountRows(feature, options); });
}

arrow::Result<Increment> MetadataStore::ResolveUpdate(const FeatureKey& feature,
                                                      const ResolveUpdateOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto increment,
                        Resolved(*session_, feature, options, /*reads_all=*/true));
  return increment->Collect();
}

arrow::Result<std::unique_ptr<LazyIncrement>> MetadataStore::ResolveUpdateLazy(
    const FeatureKey& feature, const ResolveUpdateOptions& options) {
  return Resolved(*session_, feature, options, /*reads_all=*/false);
}

arrow::Result<Explanation> MetadataStore::Explain(const FeatureKey& feature,
                                                  const ExplainOptions& options) {
  return Checked(*session_, options,
                 [&] { return internal::Explain(*session_, feature, options); });
}

arrow::Result<std::shared_ptr<arrow::Table>> MetadataStore::ComputeProvenance(
    const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_RETURN_NOT_OK(internal::CheckTable(rows));
    return internal::ComputeProvenance(*session_, feature, rows, execution);
  });
}

std::optional<double> MetadataStore::CalculateInputProgress(const LazyIncrement& increment) const {
  return increment.input_progress();
}

arrow::Result<bool> MetadataStore::HasFeature(const FeatureKey& feature, bool check_fallback,
                                              const ExecutionOptions& execution) {
  ARROW_ASSIGN_OR_RAISE(const MetadataStore* store,
                        FindStoreForFeature(feature, check_fallback, execution));
  return store != nullptr;
}

arrow::Result<MetadataStore*> MetadataStore::FindStoreForFeature(
    const FeatureKey& feature, bool check_fallback, const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&]() -> arrow::Result<MetadataStore*> {
    ARROW_ASSIGN_OR_RAISE(const internal::FoundTable found,
                          session_->FindTable(feature, check_fallback, Interrupt(execution)));
    return found.store;
  });
}

arrow::Result<Json> MetadataStore::GetStoreMetadata(const FeatureKey& feature, bool check_fallback,
                                                    const ExecutionOptions& execution) {
  return Checked(*session_, execution, [&] {
    return internal::StoreMetadata(*session_, feature, check_fallback, Interrupt(execution));
  });
}

StatusWith<int64_t> MetadataStore::Delete(const FeatureKey& feature, const Filters& filters,
                                          const DeleteOptions& options) {
  return Checked(*session_, options,
                 [&] { return internal::Delete(*session_, feature, filters, options); });
}

arrow::Result<Reader> MetadataStore::Rebase(const FeatureKey& feature, Reader rows,
                                            const RebaseOptions& options) {
  return Checked(*session_, options, [&]() -> arrow::Result<Reader> {
    ARROW_ASSIGN_OR_RAISE(auto reader, internal::ReaderOfUser(std::move(rows)));
    return ForUser(internal::Rebase(*session_, feature, std::move(reader), options));
  });
}

arrow::Result<int64_t> MetadataStore::RebaseVersion(const FeatureKey& feature,
                                                    const std::string& from_feature_version,
                                                    const RebaseVersionOptions& options) {
  return Checked(*session_, options, [&] {
    return internal::RebaseVersion(*session_, feature, from_feature_version, options);
  });
}

arrow::Result<CopyResult> MetadataStore::CopyMetadata(
    MetadataStore& from, const std::optional<std::vector<FeatureKey>>& features,
    const CopyOptions& options) {
  return Checked(*session_, options, [&] {
    return internal::Copy(*session_, StoreSession::Of(from), features, options);
  });
}

arrow::Status MetadataStore::DropFeatureMetadata(const FeatureKey& feature,
                                                 const ExecutionOptions& execution) {
  return Checked(*session_, execution,
                 [&] { return internal::DropFeature(*session_, feature, Interrupt(execution)); });
}

StoreDefinitions MetadataStore::definitions() { return StoreDefinitions(session_.get()); }
StoreAdministration MetadataStore::administration() { return StoreAdministration(session_.get()); }
StoreSnapshots MetadataStore::snapshots() { return StoreSnapshots(session_.get()); }
StoreFailures MetadataStore::failures() { return StoreFailures(session_.get()); }

arrow::Result<Increment> LazyIncrement::Collect() const {
  const auto collect = [](arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> reader)
      -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_RETURN_NOT_OK(reader.status());
    return Contained([&] { return (*reader)->ToTable(); });
  };
  Increment increment;
  ARROW_ASSIGN_OR_RAISE(increment.new_samples, collect(new_samples()));
  ARROW_ASSIGN_OR_RAISE(increment.stale, collect(stale()));
  ARROW_ASSIGN_OR_RAISE(increment.orphaned, collect(orphaned()));
  ARROW_ASSIGN_OR_RAISE(increment.failed, collect(failed()));
  return increment;
}

}  // namespace metaxy
