#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/promoted_types.h"
#include "store/write/table_writer.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {
namespace {

// The members that structs need to hold every stored entry.
arrow::Result<std::shared_ptr<arrow::Schema>> WithAllKeys(const TableSnapshot& table,
                                                          const arrow::Schema& wanted,
                                                          const ByFieldColumns& columns,
                                                          const Interrupt& interrupt) {
  ScanRequest scan;
  scan.with_row_id = false;
  for (const std::string& name : columns.names) {
    if (wanted.GetFieldIndex(name) >= 0) scan.columns.push_back({name});
  }
  ReadPlan{.interrupt = interrupt}.Apply(&scan);
  arrow::FieldVector fields = wanted.fields();
  ARROW_ASSIGN_OR_RAISE(const auto rows, table.Scan(scan));
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check("inspecting the rows to migrate"));
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (!batch) return arrow::schema(std::move(fields));
    for (auto& field : fields) {
      const auto column = batch->GetColumnByName(field->name());
      if (!column) continue;
      ARROW_ASSIGN_OR_RAISE(field, NeededField(field, column, field->name()));
    }
  }
}

}  // namespace

arrow::Result<MigrationResult> Migrate(StoreSession& session, const FeatureKey& feature,
                                       ByFieldLayout to, const MigrationOptions& options) {
  ARROW_RETURN_NOT_OK(options.dry_run ? session.CheckOpen() : session.CheckWritable());
  ARROW_ASSIGN_OR_RAISE(const auto graph, session.GraphAfterSync(options.execution));
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph->GetFeatureDefinition(feature));
  const ByFieldColumns columns = ByFieldOf(definition->spec, to == ByFieldLayout::kMap);
  MigrationResult result;
  ARROW_ASSIGN_OR_RAISE(result.rows, session.CountRows(*graph, feature,
                                                       {.allow_fallback = false,
                                                        .with_feature_history = true,
                                                        .with_sample_history = true,
                                                        .include_soft_deleted = true,
                                                        .execution = options.execution}));
  const Interrupt interrupt(options.execution);
  Retries retries("migrating", feature.table_name(), interrupt, session.log());
  const arrow::Status migrated = RetryConflicts(std::move(retries), [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const FoundTable found,
                          session.RequireTable(feature, /*allow_fallback=*/false, interrupt));
    StoredTable& table = *found.table;
    auto wanted = WithLayout(*table.schema(), columns);
    result.changed = !wanted->Equals(*table.schema(), /*check_metadata=*/false);
    if (!result.changed) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(CheckReplaceable(table));
    if (options.dry_run) return arrow::Status::OK();
    if (to == ByFieldLayout::kStruct) {
      ARROW_ASSIGN_OR_RAISE(wanted, WithAllKeys(table, *wanted, columns, interrupt));
    }
    return RewriteTable(table, wanted, interrupt);
  });
  ARROW_RETURN_NOT_OK(WithContext(migrated, "migrating '" + feature.ToString() + "'"));
  return result;
}

}  // namespace metaxy::internal
