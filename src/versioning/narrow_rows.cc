#include "versioning/narrow_rows.h"

#include <arrow/array/concatenate.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/key_columns.h"
#include "versioning/row_index.h"
#include "versioning/stored_types.h"

namespace metaxy::internal {
namespace {

// A moment before all others: rows without any lifecycle timestamp lose against rows that have one.
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

arrow::Status RequireColumns(const arrow::Schema& schema, const NarrowRowsRequest& request) {
  std::vector<std::string> needed = request.id_columns;
  if (request.feature_version) needed.emplace_back(kFeatureVersion);
  for (const std::string& name : needed) {
    if (HasColumn(schema, name)) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format("the stored table has no column '{}', which its feature needs; it has: {}",
                    name, fmt::join(schema.field_names(), ", ")));
  }
  return arrow::Status::OK();
}

// Every column that decides: each one once, members of a struct beside each other.
std::vector<ColumnPath> ColumnsToScan(const arrow::Schema& schema,
                                      const NarrowRowsRequest& request) {
  std::vector<ColumnPath> paths;
  const auto add = [&](ColumnPath path) {
    const std::shared_ptr<arrow::Field> field = schema.GetFieldByName(path.column);
    if (!field) return;
    if (!path.member.empty()) {
      // Only structs have members that can be read alone, and one written before a field existed
      // lacks its member.
      if (field->type()->id() != arrow::Type::STRUCT) {
        path.member.clear();
      } else if (static_cast<const arrow::StructType&>(*field->type()).GetFieldIndex(path.member) <
                 0) {
        return;
      }
    }
    for (const ColumnPath& known : paths) {
      if (known == path || (known.column == path.column && known.member.empty())) return;
    }
    if (path.member.empty())
      std::erase_if(paths, [&](const ColumnPath& p) { return p.column == path.column; });
    paths.push_back(std::move(path));
  };
  for (const std::string& name : request.id_columns) add({name});
  for (const ColumnPath& path : request.columns) add(path);
  for (const auto& filter : request.filters) {
    for (const std::string& name : ReferencedColumns(filter)) add({name});
  }
  if (!request.with_sample_history) add({std::string(kUpdatedAt)});
  if (!request.with_sample_history || !request.include_soft_deleted) add({std::string(kDeletedAt)});
  return paths;
}

// A filter on id columns alone says the same for all rows of a sample, so it may go before the
// choice of the latest.
bool OnIdColumnsOnly(const arrow::compute::Expression& filter,
                     const std::vector<std::string>& id_columns) {
  const std::vector<std::string> names = ReferencedColumns(filter);
  for (const std::string& name : names) {
    if (std::find(id_columns.begin(), id_columns.end(), name) == id_columns.end()) return false;
  }
  return !names.empty();
}

arrow::Result<NarrowRows> Collect(std::shared_ptr<const TableSnapshot> table,
                                  const ScanRequest& scan, const arrow::StopToken& stop_token) {
  ARROW_ASSIGN_OR_RAISE(auto reader, table->Scan(scan));
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  while (true) {
    if (stop_token.IsStopRequested())
      return MakeError(ErrorCode::kCancelled, "cancelled while reading rows");
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) break;
    batches.push_back(std::move(batch));
  }
  ARROW_ASSIGN_OR_RAISE(auto collected, arrow::Table::FromRecordBatches(reader->schema(), batches));
  batches.clear();
  ARROW_ASSIGN_OR_RAISE(auto rows, collected->CombineChunksToBatch());
  const int id_column = rows->schema()->GetFieldIndex(kRowIdColumn);
  const auto ids = std::static_pointer_cast<arrow::UInt64Array>(rows->column(id_column));
  NarrowRows result{std::move(table), nullptr, {}, scan.filter, ids->length(), {}};
  result.row_ids.assign(ids->raw_values(), ids->raw_values() + ids->length());
  ARROW_ASSIGN_OR_RAISE(result.columns, rows->RemoveColumn(id_column));
  return result;
}

arrow::Result<std::shared_ptr<arrow::Array>> Moments(const NarrowRows& rows,
                                                     std::string_view name) {
  std::shared_ptr<arrow::Array> column = rows.column(std::string(name));
  if (!column) return arrow::MakeArrayOfNull(arrow::int64(), rows.num_rows());
  if (column->type_id() == arrow::Type::TIMESTAMP) {
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum micros,
        arrow::compute::Cast(column, MomentType(), arrow::compute::CastOptions::Unsafe()));
    return micros.make_array()->View(arrow::int64());
  }
  if (column->type_id() == arrow::Type::NA)
    return arrow::MakeArrayOfNull(arrow::int64(), rows.num_rows());
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("column '{}' must be a timestamp, the stored one is {}", name,
                               column->type()->ToString()));
}

// The latest row of a sample, and its first one.
struct LatestRow {
  uint32_t latest;
  uint32_t first;
};

// One for each sample, in the order of the latest rows.
arrow::Result<std::vector<LatestRow>> FindLatest(const NarrowRows& rows, const RowIndex& index) {
  ARROW_ASSIGN_OR_RAISE(auto deleted_at, Moments(rows, kDeletedAt));
  ARROW_ASSIGN_OR_RAISE(auto updated_at, Moments(rows, kUpdatedAt));
  const auto& deleted = static_cast<const arrow::Int64Array&>(*deleted_at);
  const auto& updated = static_cast<const arrow::Int64Array&>(*updated_at);
  const auto moment = [&](uint32_t row) {
    if (deleted.IsValid(row)) return deleted.Value(row);
    return updated.IsValid(row) ? updated.Value(row) : kNever;
  };
  std::vector<LatestRow> result;
  result.reserve(index.first_rows().size());
  for (uint32_t first : index.first_rows()) {
    uint32_t best = first;
    int64_t best_moment = moment(first);
    for (uint32_t row = index.Next(first); row != kNoRow; row = index.Next(row)) {
      if (const int64_t candidate = moment(row); candidate > best_moment) {
        best = row;
        best_moment = candidate;
      }
    }
    result.push_back({best, first});
  }
  std::sort(result.begin(), result.end(),
            [](const LatestRow& a, const LatestRow& b) { return a.latest < b.latest; });
  return result;
}

arrow::Result<NarrowRows> KeepLatest(NarrowRows rows, const std::vector<std::string>& id_columns) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::string& name : id_columns) arrays.push_back(rows.column(name));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeyColumns::Make(std::move(arrays), id_columns));
  ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(keys, /*skip_nulls=*/false));
  if (static_cast<int64_t>(index.first_rows().size()) == rows.num_rows()) return rows;
  ARROW_ASSIGN_OR_RAISE(const std::vector<LatestRow> latest, FindLatest(rows, index));
  std::vector<uint32_t> positions;
  std::vector<uint32_t> first_seen;
  for (const LatestRow& row : latest) {
    positions.push_back(row.latest);
    first_seen.push_back(row.first);
  }
  ARROW_ASSIGN_OR_RAISE(NarrowRows kept, SelectRows(rows, positions));
  kept.first_seen = std::move(first_seen);
  return kept;
}

arrow::Result<NarrowRows> DropDeleted(NarrowRows rows) {
  const std::shared_ptr<arrow::Array> deleted = rows.column(std::string(kDeletedAt));
  if (!deleted || deleted->null_count() == deleted->length()) return rows;
  std::vector<uint32_t> kept;
  for (int64_t i = 0; i < deleted->length(); ++i) {
    if (deleted->IsNull(i)) kept.push_back(static_cast<uint32_t>(i));
  }
  return SelectRows(rows, kept);
}

}  // namespace

std::optional<arrow::compute::Expression> VersionFilter(const std::optional<std::string>& version) {
  namespace cp = arrow::compute;
  if (!version) return std::nullopt;
  return cp::equal(cp::field_ref(std::string(kFeatureVersion)), cp::literal(*version));
}

arrow::Result<NarrowRows> SelectRows(const NarrowRows& rows,
                                     const std::vector<uint32_t>& positions) {
  if (static_cast<int64_t>(positions.size()) == rows.num_rows()) return rows;
  NarrowRows result{rows.table, nullptr, {}, rows.scan_filter, rows.scanned_rows, {}};
  result.row_ids.reserve(positions.size());
  for (uint32_t position : positions) result.row_ids.push_back(rows.row_ids[position]);
  if (!rows.first_seen.empty()) {
    for (uint32_t position : positions) result.first_seen.push_back(rows.first_seen[position]);
  }
  const arrow::UInt32Array indices(static_cast<int64_t>(positions.size()),
                                   arrow::Buffer::Wrap(positions));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                        arrow::compute::Take(rows.columns, arrow::Datum(indices.data()),
                                             arrow::compute::TakeOptions::NoBoundsCheck()));
  result.columns = taken.record_batch();
  return result;
}

arrow::Result<NarrowRows> FilterRows(NarrowRows rows, const arrow::compute::Expression& filter) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::BooleanArray> mask,
                        EvaluateFilter(filter, *rows.columns));
  std::vector<uint32_t> kept;
  for (int64_t i = 0; i < mask->length(); ++i) {
    if (mask->IsValid(i) && mask->Value(i)) kept.push_back(static_cast<uint32_t>(i));
  }
  return SelectRows(rows, kept);
}

arrow::Result<NarrowRows> ReadNarrowRows(std::shared_ptr<const TableSnapshot> table,
                                         const NarrowRowsRequest& request) {
  const arrow::Schema& schema = *table->schema();
  ARROW_RETURN_NOT_OK(RequireColumns(schema, request));
  ScanRequest scan;
  scan.columns = ColumnsToScan(schema, request);
  scan.batch_size = request.batch_size;
  std::vector<arrow::compute::Expression> early;
  std::vector<arrow::compute::Expression> late;
  if (const auto version = VersionFilter(request.feature_version)) early.push_back(*version);
  for (const auto& filter : request.filters) {
    (OnIdColumnsOnly(filter, request.id_columns) ? early : late).push_back(filter);
  }
  if (!early.empty()) scan.filter = arrow::compute::and_(early);
  ARROW_ASSIGN_OR_RAISE(NarrowRows rows, Collect(std::move(table), scan, request.stop_token));
  if (!request.with_sample_history) {
    ARROW_ASSIGN_OR_RAISE(rows, KeepLatest(std::move(rows), request.id_columns));
  }
  if (!request.include_soft_deleted) {
    ARROW_ASSIGN_OR_RAISE(rows, DropDeleted(std::move(rows)));
  }
  for (const auto& filter : late) {
    ARROW_ASSIGN_OR_RAISE(rows, FilterRows(std::move(rows), filter));
  }
  return rows;
}

}  // namespace metaxy::internal
