#include "store/history.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/key_columns.h"
#include "versioning/narrow_rows.h"
#include "versioning/row_index.h"
#include "versioning/stored_types.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

// A row, as far as retention looks at it.
struct Row {
  uint32_t position;
  int32_t version;
  int64_t moment;  // when it was deleted, else updated
  bool deleted;
};

// Feature versions first, then the row that counts before those that it has replaced.
bool Before(const Row& a, const Row& b) {
  if (a.version != b.version) return a.version < b.version;
  if (a.moment != b.moment) return a.moment > b.moment;
  return a.position < b.position;
}

arrow::Result<std::vector<std::optional<int64_t>>> Moments(const NarrowRows& rows,
                                                           std::string_view name) {
  const std::shared_ptr<arrow::Array> column = rows.column(std::string(name));
  std::vector<std::optional<int64_t>> moments(static_cast<size_t>(rows.num_rows()));
  if (!column || column->type_id() == arrow::Type::NA) return moments;
  if (column->type_id() != arrow::Type::TIMESTAMP) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' must be a timestamp, the stored one is {}", name,
                                 column->type()->ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum micros,
      arrow::compute::Cast(column, MomentType(), arrow::compute::CastOptions::Unsafe()));
  const auto values = std::static_pointer_cast<arrow::TimestampArray>(micros.make_array());
  for (int64_t i = 0; i < values->length(); ++i) {
    if (values->IsValid(i)) moments[static_cast<size_t>(i)] = values->Value(i);
  }
  return moments;
}

// A number per feature version; rows without one are a version of their own.
arrow::Result<std::vector<int32_t>> VersionNumbers(const NarrowRows& rows) {
  const std::shared_ptr<arrow::Array> column = rows.column(std::string(kFeatureVersion));
  if (!column) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table has no column '{}', which every write adds; it "
                                 "was not written by metaxy",
                                 kFeatureVersion));
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum texts,
                        arrow::compute::Cast(column, arrow::large_utf8()));
  const auto values = std::static_pointer_cast<arrow::LargeStringArray>(texts.make_array());
  std::map<std::string_view, int32_t> known;
  std::vector<int32_t> numbers;
  numbers.reserve(static_cast<size_t>(values->length()));
  for (int64_t i = 0; i < values->length(); ++i) {
    numbers.push_back(
        values->IsNull(i)
            ? -1
            : known.emplace(values->GetView(i), static_cast<int32_t>(known.size())).first->second);
  }
  return numbers;
}

// The rows of one feature version of a sample, the latest one first.
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
  Retention(const HistoryRules& rules, const NarrowRows& rows) : rules_(rules), rows_(rows) {}

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

  SurplusRows Finish() {
    std::sort(surplus_.row_ids.begin(), surplus_.row_ids.end());
    return std::move(surplus_);
  }

 private:
  bool IsOver(const Group& group) const {
    return rules_.deleted_before && group[0].deleted && group[0].moment < *rules_.deleted_before;
  }

  void Remove(const Group& rows, int64_t* count) {
    for (const Row& row : rows) surplus_.row_ids.push_back(rows_.row_ids[row.position]);
    *count += static_cast<int64_t>(rows.size());
  }

  const HistoryRules& rules_;
  const NarrowRows& rows_;
  SurplusRows surplus_;
};

}  // namespace

arrow::Result<SurplusRows> FindSurplusRows(std::shared_ptr<const TableSnapshot> table,
                                           const std::vector<std::string>& id_columns,
                                           const HistoryRules& rules) {
  NarrowRowsRequest request;
  request.id_columns = id_columns;
  for (const std::string_view name : {kFeatureVersion, kUpdatedAt, kDeletedAt})
    request.columns.push_back({std::string(name)});
  request.with_sample_history = true;
  request.include_soft_deleted = true;
  ARROW_ASSIGN_OR_RAISE(const NarrowRows rows, ReadNarrowRows(std::move(table), request));
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::string& name : id_columns) arrays.push_back(rows.column(name));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeyColumns::Make(std::move(arrays), id_columns));
  ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(keys, /*skip_nulls=*/false));
  ARROW_ASSIGN_OR_RAISE(const auto versions, VersionNumbers(rows));
  ARROW_ASSIGN_OR_RAISE(const auto updated, Moments(rows, kUpdatedAt));
  ARROW_ASSIGN_OR_RAISE(const auto deleted, Moments(rows, kDeletedAt));
  Retention retention(rules, rows);
  std::vector<Row> sample;
  for (const uint32_t first : index.first_rows()) {
    sample.clear();
    for (uint32_t row = first; row != kNoRow; row = index.Next(row)) {
      sample.push_back({row, versions[row], deleted[row].value_or(updated[row].value_or(kNever)),
                        deleted[row].has_value()});
    }
    std::sort(sample.begin(), sample.end(), Before);
    retention.Judge(sample);
  }
  return retention.Finish();
}

}  // namespace metaxy::internal
