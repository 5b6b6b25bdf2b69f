// Operations on an open store beside writing, reading and resolving, which are methods of
// StoreSession: each a function on a session, in a file of its own. Their effects and errors are
// documented at the functions of the public headers that forward to them.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "metaxy/metadata_store.h"
#include "store/maintenance/table_maintenance.h"

namespace metaxy::internal {

class StoreSession;

// find_table.cc
arrow::Result<Json> StoreMetadata(StoreSession& session, const FeatureKey& feature,
                                  bool check_fallback, const Interrupt& interrupt);

// resolve_update.cc
arrow::Result<std::shared_ptr<arrow::Table>> ComputeProvenance(
    StoreSession& session, const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
    const ExecutionOptions& execution);

// explain.cc
arrow::Result<Explanation> Explain(StoreSession& session, const FeatureKey& feature,
                                   const ExplainOptions& options);

// write.cc
arrow::Result<std::optional<uint64_t>> FindWrite(StoreSession& session, const FeatureKey& feature,
                                                 const std::string& write_id, uint64_t since,
                                                 const Interrupt& interrupt);
/// InvalidInput for a feature's key.
arrow::Result<WriteResult> AppendSystemRows(StoreSession& session, const FeatureKey& table,
                                            std::shared_ptr<arrow::RecordBatchReader> rows,
                                            const Interrupt& interrupt);
arrow::Status DropFeature(StoreSession& session, const FeatureKey& feature,
                          const Interrupt& interrupt);

// write_fragments.cc
arrow::Result<std::string> WriteFragments(StoreSession& session, const FeatureKey& feature,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const WriteOptions& options);
arrow::Result<WriteResult> CommitFragments(StoreSession& session, const FeatureKey& feature,
                                           const std::vector<std::string>& fragments,
                                           const std::string& write_id, const Interrupt& interrupt);

// write_multi.cc
arrow::Result<FeatureWriteResults> WriteMulti(StoreSession& session, const FeatureTables& tables,
                                              const WriteMultiOptions& options);

// rebase.cc
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
    StoreSession& session, const FeatureKey& feature,
    std::shared_ptr<arrow::RecordBatchReader> rows, const RebaseOptions& options);
arrow::Result<int64_t> RebaseVersion(StoreSession& session, const FeatureKey& feature,
                                     const std::string& from_feature_version,
                                     const RebaseVersionOptions& options);

// delete.cc
arrow::Result<int64_t> Delete(StoreSession& session, const FeatureKey& feature,
                              const Filters& filters, const DeleteOptions& options);

// copy.cc
arrow::Result<CopyResult> Copy(StoreSession& session, StoreSession& from,
                               const std::optional<std::vector<FeatureKey>>& features,
                               const CopyOptions& options);

// promote.cc
arrow::Result<std::vector<PromotedFeature>> Promote(StoreSession& session, StoreSession& from,
                                                    const PromoteOptions& options);

// migrate.cc
arrow::Result<MigrationResult> Migrate(StoreSession& session, const FeatureKey& feature,
                                       ByFieldLayout to, const MigrationOptions& options);

// definitions/push.cc
arrow::Result<PushResult> Push(StoreSession& session, const std::string& project,
                               const PushOptions& options);

// definitions/external_features.cc
arrow::Result<std::shared_ptr<FeatureGraph>> LoadGraphSnapshot(
    StoreSession& session, const std::string& project_version,
    const std::optional<std::string>& project, const Interrupt& interrupt);
arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
    StoreSession& session, const std::optional<std::string>& project, const Interrupt& interrupt);

// failures/record_failures.cc
arrow::Result<int64_t> RecordFailures(StoreSession& session, const FeatureKey& feature,
                                      const std::shared_ptr<arrow::Table>& rows,
                                      const RecordFailuresOptions& options);

// failures/select_failures.cc
arrow::Result<std::shared_ptr<arrow::Table>> ReadFailures(StoreSession& session,
                                                          const FailureSelection& selection);
arrow::Result<ClearedFailures> ClearFailures(StoreSession& session,
                                             const FailureSelection& selection);

// maintenance/compact.cc
arrow::Result<CompactResult> Compact(StoreSession& session, const FeatureKey& feature,
                                     const CompactOptions& options);
arrow::Result<std::vector<std::string>> TableNames(StoreSession& session,
                                                   const Interrupt& interrupt);
arrow::Result<TableStatistics> StatisticsOf(StoreSession& session, const std::string& table,
                                            int64_t small_rows, const Interrupt& interrupt);
/// NotSupported if the database maintains its tables itself.
arrow::Result<TableMaintenance*> MaintenanceOf(StoreSession& session);

// maintenance/repair.cc
arrow::Result<std::vector<TableDamage>> CheckTable(StoreSession& session, const std::string& table,
                                                   const Interrupt& interrupt);
arrow::Result<std::vector<TableDamage>> RepairTable(StoreSession& session, const std::string& table,
                                                    const Interrupt& interrupt);

}  // namespace metaxy::internal
