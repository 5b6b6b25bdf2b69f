#include "store/sample_digests.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>

#include <string>
#include <utility>
#include <vector>

#include "columns/key_columns.h"
#include "metaxy/system_columns.h"

namespace metaxy::internal {
namespace {

// Timestamps of any unit as microseconds.
arrow::Result<std::shared_ptr<arrow::Int64Array>> Micros(const arrow::RecordBatch& rows,
                                                         std::string_view name) {
  const auto times = rows.GetColumnByName(std::string(name));
  ARROW_ASSIGN_OR_RAISE(const auto micros,
                        arrow::compute::Cast(*times, arrow::timestamp(arrow::TimeUnit::MICRO),
                                             arrow::compute::CastOptions::Unsafe()));
  ARROW_ASSIGN_OR_RAISE(const auto numbers, arrow::compute::Cast(*micros, arrow::int64()));
  return std::static_pointer_cast<arrow::Int64Array>(numbers);
}

}  // namespace

arrow::Result<std::vector<KeyHash>> HashIds(const arrow::RecordBatch& rows,
                                            const std::vector<std::string>& id_columns,
                                            const KeyHasher& hasher) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const std::string& name : id_columns) columns.push_back(rows.GetColumnByName(name));
  return KeyColumns::HashesOf(std::move(columns), id_columns, hasher);
}

arrow::Status ReadSampleDigests(StoreSession& session, const FeatureGraph& graph,
                                const std::shared_ptr<const TableSnapshot>& table,
                                const FeatureKey& feature, ReadOptions options,
                                const KeyHasher& hasher,
                                const std::function<void(const SampleDigest&)>& add) {
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
  const std::vector<std::string>& ids = definition->spec.id_columns;
  const Interrupt interrupt(options.execution);
  options.columns = ids;
  for (const std::string_view name : {kDataVersion, kUpdatedAt, kDeletedAt})
    options.columns.emplace_back(name);
  ARROW_ASSIGN_OR_RAISE(const auto reader, session.ReadTable(graph, table, feature, options));
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check("comparing samples"));
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto hashes, HashIds(*batch, ids, hasher));
    ARROW_ASSIGN_OR_RAISE(const auto column,
                          arrow::compute::Cast(*batch->GetColumnByName(std::string(kDataVersion)),
                                               arrow::large_utf8()));
    const auto& versions = static_cast<const arrow::LargeStringArray&>(*column);
    ARROW_ASSIGN_OR_RAISE(const auto updated, Micros(*batch, kUpdatedAt));
    ARROW_ASSIGN_OR_RAISE(const auto deleted, Micros(*batch, kDeletedAt));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const bool is_deleted = deleted->IsValid(row);
      const arrow::Int64Array& time = is_deleted ? *deleted : *updated;
      add({.key = hashes[static_cast<size_t>(row)],
           .data_version = hasher.Digest(versions.GetView(row)),
           .time = time.IsValid(row) ? time.Value(row) : 0,
           .deleted = is_deleted});
    }
  }
}

}  // namespace metaxy::internal
