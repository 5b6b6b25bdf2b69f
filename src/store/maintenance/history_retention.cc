#include "store/maintenance/history_retention.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/scan/scanned_table.h"
#include "versioning/summary/row_index.h"
#include "versioning/summary/row_partitions.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

// A row, as far as pruning considers it.
struct Row {
  KeyHash key;
  uint32_t position;
  int32_t version;
  int64_t timestamp;  // deletion timestamp, else update timestamp
  bool deleted;
};

// Samples, their feature versions, and of each the row that counts before those that it has
// replaced.
bool Before(const Row& a, const Row& b) {
  if (a.key != b.key) return std::pair(a.key.high, a.key.low) < std::pair(b.key.high, b.key.low);
  if (a.version != b.version) return a.version < b.version;
  if (a.timestamp != b.timestamp) return a.timestamp > b.timestamp;
  return a.position < b.position;
}

// Reads the rows of a table, all versions and deleted ones included, and remembers of each what
// decides.
class HistoryScan {
 public:
  HistoryScan(const std::vector<std::string>& id_columns, Execution* execution)
      : id_columns_(id_columns), execution_(*execution) {}

  arrow::Status Run(const TableSnapshot& table, RowIds* ids, RowPartitions* rows) {
    ARROW_ASSIGN_OR_RAISE(const ScanRequest request, Request(*table.schema()));
    ARROW_ASSIGN_OR_RAISE(const auto reader, table.Scan(request));
    RowBlock block;
    for (std::shared_ptr<arrow::RecordBatch> batch;;) {
      ARROW_RETURN_NOT_OK(execution_.Check());
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (!batch) return arrow::Status::OK();
      const auto& row_ids =
          static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
      block.Clear();
      block.first_position = ids->size();
      if (int64_t{ids->size()} + batch->num_rows() >= int64_t{kNoRow}) {
        return MakeError(ErrorCode::kResourceExhausted,
                         fmt::format("{} rows or more are too many to compare at once", kNoRow));
      }
      const size_t before = ids->bytes();
      ids->Append({row_ids.raw_values(), static_cast<size_t>(row_ids.length())});
      execution_.AddMemoryUsage(static_cast<int64_t>(ids->bytes() - before));
      ARROW_RETURN_NOT_OK(AddKeys(*batch, &block));
      ARROW_RETURN_NOT_OK(AddVersions(*batch, &block));
      ARROW_RETURN_NOT_OK(AddTimestamps(*batch, &block));
      ARROW_RETURN_NOT_OK(rows->Insert(&block));
    }
  }

 private:
  arrow::Result<ScanRequest> Request(const arrow::Schema& schema) const {
    std::vector<std::string> needed = id_columns_;
    needed.emplace_back(kFeatureVersion);
    ScanRequest request;
    request.batch_size = execution_.scan_batch_size();
    request.read_ahead_bytes = execution_.memory().narrow_read_ahead();
    for (const std::string& name : needed) {
      if (schema.GetFieldIndex(name) < 0) {
        return MakeError(ErrorCode::kMetadataSchema,
                         fmt::format("the stored table has no column '{}', which is needed to tell "
                                     "which rows have been superseded",
                                     name));
      }
      request.columns.push_back({name});
    }
    for (const std::string_view name : {kUpdatedAt, kDeletedAt}) {
      if (schema.GetFieldIndex(std::string(name)) >= 0)
        request.columns.push_back({std::string(name)});
    }
    return request;
  }

  arrow::Status AddKeys(const arrow::RecordBatch& batch, RowBlock* block) {
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (const std::string& name : id_columns_) arrays.push_back(batch.GetColumnByName(name));
    ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeyColumns::Make(std::move(arrays), id_columns_));
    keys.Hash(execution_.hasher(), &block->ids);
    return arrow::Status::OK();
  }

  // A number per feature version; rows without one are a version of their own.
  arrow::Status AddVersions(const arrow::RecordBatch& batch, RowBlock* block) {
    const auto column = batch.GetColumnByName(std::string(kFeatureVersion));
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum texts,
                          arrow::compute::Cast(column, arrow::large_utf8()));
    const auto values = std::static_pointer_cast<arrow::LargeStringArray>(texts.make_array());
    for (int64_t i = 0; i < values->length(); ++i) {
      int32_t number = -1;
      if (values->IsValid(i)) {
        number = versions_.emplace(values->GetView(i), static_cast<int32_t>(versions_.size()))
                     .first->second;
      }
      block->digests.push_back(static_cast<uint64_t>(number));
    }
    return arrow::Status::OK();
  }

  arrow::Status AddTimestamps(const arrow::RecordBatch& batch, RowBlock* block) {
    ARROW_ASSIGN_OR_RAISE(const auto updated, Timestamps(batch, kUpdatedAt));
    ARROW_ASSIGN_OR_RAISE(const auto deleted, Timestamps(batch, kDeletedAt));
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      const bool is_deleted = deleted && deleted->IsValid(i);
      const auto& timestamps = is_deleted ? deleted : updated;
      block->flags.push_back(is_deleted ? uint32_t{kDropped} : 0);
      block->timestamps.push_back(timestamps && timestamps->IsValid(i) ? timestamps->Value(i)
                                                                       : kNever);
    }
    return arrow::Status::OK();
  }

  // Null if the table has no such timestamps.
  static arrow::Result<std::shared_ptr<arrow::TimestampArray>> Timestamps(
      const arrow::RecordBatch& batch, std::string_view name) {
    const std::shared_ptr<arrow::Array> column = batch.GetColumnByName(std::string(name));
    if (!column || column->type_id() == arrow::Type::NA) return nullptr;
    if (column->type_id() != arrow::Type::TIMESTAMP) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' must be a timestamp, the stored one is {}", name,
                                   column->type()->ToString()));
    }
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum micros,
        arrow::compute::Cast(column, TimestampColumnType(), arrow::compute::CastOptions::Unsafe()));
    return std::static_pointer_cast<arrow::TimestampArray>(micros.make_array());
  }

  const std::vector<std::string>& id_columns_;
  Execution& execution_;
  std::map<std::string, int32_t, std::less<>> versions_;
};

// The rows of one feature version of a sample, latest first.
using Group = std::span<const Row>;

std::vector<Group> GroupsOf(std::span<const Row> sample) {
  std::vector<Group> groups;
  for (size_t begin = 0; begin < sample.size();) {
    size_t end = begin + 1;
    while (end < sample.size() && sample[end].version == sample[begin].version) ++end;
    groups.emplace_back(&sample[begin], end - begin);
    begin = end;
  }
  return groups;
}

class Retention {
 public:
  explicit Retention(const HistoryRules& rules) : rules_(rules) {}

  // `sample` is in the order of Before().
  void AddSample(std::span<const Row> sample) {
    const std::vector<Group> groups = GroupsOf(sample);
    const auto latest =
        std::min_element(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
          return a[0].timestamp != b[0].timestamp ? a[0].timestamp > b[0].timestamp
                                                  : a[0].position < b[0].position;
        });
    const bool all_go = std::all_of(groups.begin(), groups.end(),
                                    [this](const Group& group) { return IsOver(group); });
    for (auto group = groups.begin(); group != groups.end(); ++group) {
      if (IsOver(*group)) {
        Remove(group->subspan(group == latest && !all_go ? 1 : 0), &surplus_.deleted);
      } else if (rules_.keep && group->size() > static_cast<size_t>(*rules_.keep)) {
        Remove(group->subspan(static_cast<size_t>(*rules_.keep)), &surplus_.replaced);
      }
    }
  }

  SurplusRows Finish(RowIds ids) {
    surplus_.ids = std::move(ids);
    return std::move(surplus_);
  }

 private:
  bool IsOver(const Group& group) const {
    return rules_.deleted_before && group[0].deleted && group[0].timestamp < *rules_.deleted_before;
  }

  void Remove(const Group& rows, int64_t* count) {
    for (const Row& row : rows) surplus_.rows.Add(row.position);
    *count += static_cast<int64_t>(rows.size());
  }

  const HistoryRules& rules_;
  SurplusRows surplus_;
};

// The rows of a part, which has all rows of its samples.
std::vector<Row> SortedRows(const RowTable& table) {
  std::vector<Row> rows;
  rows.reserve(table.size());
  for (uint32_t i = 0; i < table.size(); ++i) {
    const StoredRow& row = table.row(i);
    rows.push_back({row.id, row.position, static_cast<int32_t>(row.value), row.timestamp,
                    (row.flags & kDropped) != 0});
  }
  std::sort(rows.begin(), rows.end(), Before);
  return rows;
}

}  // namespace

std::vector<uint64_t> SurplusRows::NextRowIds(uint64_t* from, size_t count) const {
  std::vector<uint32_t> positions;
  rows.Next(*from, count, &positions);
  if (!positions.empty()) *from = uint64_t{positions.back()} + 1;
  std::vector<uint64_t> row_ids = ids.At(positions);
  std::sort(row_ids.begin(), row_ids.end());
  return row_ids;
}

arrow::Result<SurplusRows> FindSurplusRows(const std::shared_ptr<const TableSnapshot>& table,
                                           const std::vector<std::string>& id_columns,
                                           const HistoryRules& rules,
                                           const ExecutionOptions& options) {
  Execution execution(options);
  ARROW_ASSIGN_OR_RAISE(const int64_t num_rows, table->NumRows());
  RowPartitions parts({.unique = false}, execution.PartitionsFor(num_rows), /*split_by_id=*/true,
                      num_rows, &execution);
  RowIds ids;
  ARROW_RETURN_NOT_OK(HistoryScan(id_columns, &execution).Run(*table, &ids, &parts));
  Retention retention(rules);
  for (size_t part = 0; part < parts.num_partitions(); ++part) {
    ARROW_RETURN_NOT_OK(execution.Check());
    ARROW_ASSIGN_OR_RAISE(const RowTable rows_of_part, parts.Take(part));
    const std::vector<Row> rows = SortedRows(rows_of_part);
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = begin + 1;
      while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
      retention.AddSample(std::span(rows).subspan(begin, end - begin));
      begin = end;
    }
  }
  return retention.Finish(std::move(ids));
}

}  // namespace metaxy::internal
