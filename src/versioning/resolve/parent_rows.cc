#include "versioning/resolve/parent_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include <algorithm>

#include "metaxy/system_columns.h"
#include "versioning/summary/row_payload.h"

namespace metaxy::internal {

arrow::Result<ParentRows> ParentRows::Make(Request request, const Outcome& outcome,
                                           const Tuples& tuples, const ReadPlan& read) {
  ParentRows parent(std::move(request), outcome, tuples);
  std::vector<std::string>& columns = parent.request_.columns;
  const std::string versions(kDataVersionByField);
  if (parent.reads_versions() &&
      parent.request_.table->table->schema()->GetFieldIndex(versions) >= 0 &&
      std::find(columns.begin(), columns.end(), versions) == columns.end())
    columns.push_back(versions);
  if (columns.empty()) return parent;
  FetchPlan plan{.num_rows = 0, .ascending = true, .read = read};
  uint32_t last = 0;
  for (size_t row = 0; row < tuples.size(); ++row) {
    const uint32_t position = tuples.at(row, parent.request_.position_column);
    if (position == kNoRow) continue;
    ++plan.num_rows;
    plan.ascending = plan.ascending && position >= last;
    last = position;
  }
  ARROW_ASSIGN_OR_RAISE(parent.fetcher_, MakeRowFetcher(parent.request_.table, columns, plan));
  return parent;
}

arrow::Status ParentRows::Fetch(size_t begin, size_t count) {
  begin_ = begin;
  if (!fetcher_) return arrow::Status::OK();
  std::vector<uint32_t> wanted;
  wanted.reserve(count);
  for (size_t row = begin; row < begin + count; ++row) {
    const uint32_t position = tuples_->at(row, request_.position_column);
    if (position != kNoRow) wanted.push_back(position);
  }
  const bool as_is =
      wanted.size() == count &&
      std::adjacent_find(wanted.begin(), wanted.end(), std::greater_equal<>()) == wanted.end();
  if (!as_is) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  }
  ARROW_ASSIGN_OR_RAISE(rows_, fetcher_->Fetch(wanted));
  if (!as_is) {
    arrow::UInt32Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(count)));
    for (size_t row = begin; row < begin + count; ++row) {
      const uint32_t position = tuples_->at(row, request_.position_column);
      if (position == kNoRow) {
        indices.UnsafeAppendNull();
      } else {
        indices.UnsafeAppend(static_cast<uint32_t>(
            std::lower_bound(wanted.begin(), wanted.end(), position) - wanted.begin()));
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(rows_, index_array));
    rows_ = taken.record_batch();
  }
  versions_.clear();
  if (!reads_versions()) return arrow::Status::OK();
  std::shared_ptr<arrow::Array> by_field = rows_->GetColumnByName(std::string(kDataVersionByField));
  if (!by_field) {
    // None of the required members was ever stored.
    ARROW_ASSIGN_OR_RAISE(by_field,
                          arrow::MakeArrayOfNull(arrow::struct_({}), static_cast<int64_t>(count)));
  }
  for (const FieldKey& field : request_.fields) {
    ARROW_ASSIGN_OR_RAISE(versions_.emplace_back(),
                          VersionStrings::Extract(by_field, field.ToStructKey()));
  }
  return arrow::Status::OK();
}

void ParentRows::ReadVersions(size_t row, std::optional<std::string_view>* versions) const {
  const size_t num_fields = request_.fields.size();
  std::fill_n(versions, num_fields, std::nullopt);
  if (tuples_->at(begin_ + row, request_.position_column) == kNoRow) return;
  if (request_.group_column) {
    std::string_view payload =
        outcome_->group_versions[tuples_->at(begin_ + row, *request_.group_column)];
    for (size_t i = 0; i < num_fields; ++i) versions[i] = ReadPart(&payload);
    return;
  }
  const auto place = static_cast<int64_t>(row);
  // A table that never had the column has no version of any field.
  for (size_t i = 0; i < versions_.size(); ++i) {
    if (!versions_[i].IsNull(place)) versions[i] = versions_[i].Get(place);
  }
}

}  // namespace metaxy::internal
