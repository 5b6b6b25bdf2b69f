#include "store/maintenance/history.h"

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

namespace metaxy::internal {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

// A row, as far as pruning considers it.
struct Row {
  uint32_t position;
  int32_t version;
  int64_t moment;  // deletion timestamp, else update timestamp
  bool deleted;
};

// Feature versions first, then the current row before those that it has superseded.
bool Before(const Row& a, const Row& b) {
  if (a.version != b.version) return a.version < b.version;
  if (a.moment != b.moment) return a.moment > b.moment;
  return a.position < b.position;
}

// What is kept in memory of each row of the table, by its position in the scan.
struct ScannedRows {
  RowIds ids;
  std::vector<KeyHash> keys;
  std::vector<int32_t> versions;
  std::vector<int64_t> moments;
  std::vector<bool> deleted;
};

// Reads the rows of a table, including all versions and deleted ones.
class HistoryScan {
 public:
  HistoryScan(const std::vector<std::string>& id_columns, const Interrupt& interrupt)
      : id_columns_(id_columns), interrupt_(interrupt) {}

  arrow::Result<ScannedRows> Run(const TableSnapshot& table) {
    ARROW_ASSIGN_OR_RAISE(const ScanRequest request, Request(*table.schema()));
    ARROW_ASSIGN_OR_RAISE(const auto reader, table.Scan(request));
    for (std::shared_ptr<arrow::RecordBatch> batch;;) {
      ARROW_RETURN_NOT_OK(interrupt_.Check("looking for superseded rows"));
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (!batch) return std::move(rows_);
      const auto& ids =
          static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
      if (int64_t{rows_.ids.size()} + batch->num_rows() >= int64_t{kNoRow}) {
        return MakeError(ErrorCode::kResourceExhausted,
                         fmt::format("{} rows or more are too many to compare at once", kNoRow));
      }
      rows_.ids.Append({ids.raw_values(), static_cast<size_t>(ids.length())});
      ARROW_RETURN_NOT_OK(AddKeys(*batch));
      ARROW_RETURN_NOT_OK(AddVersions(*batch));
      ARROW_RETURN_NOT_OK(AddMoments(*batch));
    }
  }

 private:
  arrow::Result<ScanRequest> Request(const arrow::Schema& schema) const {
    std::vector<std::string> needed = id_columns_;
    needed.emplace_back(kFeatureVersion);
    ScanRequest request;
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

  arrow::Status AddKeys(const arrow::RecordBatch& batch) {
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (const std::string& name : id_columns_) arrays.push_back(batch.GetColumnByName(name));
    ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeyColumns::Make(std::move(arrays), id_columns_));
    keys.Hash(hasher_, &hashes_);
    rows_.keys.insert(rows_.keys.end(), hashes_.begin(), hashes_.end());
    return arrow::Status::OK();
  }

  // A number per feature version; rows without one count as a separate version.
  arrow::Status AddVersions(const arrow::RecordBatch& batch) {
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
      rows_.versions.push_back(number);
    }
    return arrow::Status::OK();
  }

  arrow::Status AddMoments(const arrow::RecordBatch& batch) {
    ARROW_ASSIGN_OR_RAISE(const auto updated, Moments(batch, kUpdatedAt));
    ARROW_ASSIGN_OR_RAISE(const auto deleted, Moments(batch, kDeletedAt));
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      const bool is_deleted = deleted && deleted->IsValid(i);
      const auto& moments = is_deleted ? deleted : updated;
      rows_.deleted.push_back(is_deleted);
      rows_.moments.push_back(moments && moments->IsValid(i) ? moments->Value(i) : kNever);
    }
    return arrow::Status::OK();
  }

  // Null if the table has no such timestamps.
  static arrow::Result<std::shared_ptr<arrow::TimestampArray>> Moments(
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
        arrow::compute::Cast(column, MomentType(), arrow::compute::CastOptions::Unsafe()));
    return std::static_pointer_cast<arrow::TimestampArray>(micros.make_array());
  }

  const std::vector<std::string>& id_columns_;
  const Interrupt& interrupt_;
  const KeyHasher hasher_ = KeyHasher::Random();
  std::map<std::string, int32_t, std::less<>> versions_;
  std::vector<KeyHash> hashes_;
  ScannedRows rows_;
};

// The rows of one feature version of a sample, latest first.
using Group = std::span<const Row>;

std::vector<Group> GroupsOf(const std::vector<Row>& sample) {
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
  void Judge(const std::vector<Row>& sample) {
    const std::vector<Group> groups = GroupsOf(sample);
    const auto latest =
        std::min_element(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
          return a[0].moment != b[0].moment ? a[0].moment > b[0].moment
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

  SurplusRows Finish(const RowIds& ids) {
    std::sort(positions_.begin(), positions_.end());
    surplus_.row_ids = ids.At(positions_);
    std::sort(surplus_.row_ids.begin(), surplus_.row_ids.end());
    return std::move(surplus_);
  }

 private:
  bool IsOver(const Group& group) const {
    return rules_.deleted_before && group[0].deleted && group[0].moment < *rules_.deleted_before;
  }

  void Remove(const Group& rows, int64_t* count) {
    for (const Row& row : rows) positions_.push_back(row.position);
    *count += static_cast<int64_t>(rows.size());
  }

  const HistoryRules& rules_;
  std::vector<uint32_t> positions_;
  SurplusRows surplus_;
};

}  // namespace

arrow::Result<SurplusRows> FindSurplusRows(std::shared_ptr<const TableSnapshot> table,
                                           const std::vector<std::string>& id_columns,
                                           const HistoryRules& rules, const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const ScannedRows rows, HistoryScan(id_columns, interrupt).Run(*table));
  RowIndex index(rows.keys.size());
  for (uint32_t row = 0; row < rows.ids.size(); ++row) index.Add(rows.keys[row], row);
  Retention retention(rules);
  std::vector<Row> sample;
  for (const uint32_t first : index.first_rows()) {
    sample.clear();
    for (uint32_t row = first; row != kNoRow; row = index.Next(row))
      sample.push_back({row, rows.versions[row], rows.moments[row], rows.deleted[row]});
    std::sort(sample.begin(), sample.end(), Before);
    retention.Judge(sample);
  }
  return retention.Finish(rows.ids);
}

}  // namespace metaxy::internal
