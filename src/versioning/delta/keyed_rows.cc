#include "versioning/delta/keyed_rows.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "columns/key_columns.h"
#include "metaxy/errors.h"
#include "versioning/delta/selected_rows.h"

namespace metaxy::internal {
namespace {

const arrow::UInt64Array& RowIdsOf(const arrow::RecordBatch& rows) {
  return static_cast<const arrow::UInt64Array&>(*rows.column(rows.num_columns() - 1));
}

// Scans and takes may differ in what they say of nulls, and in metadata.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithSchema(
    const arrow::RecordBatch& rows, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    std::shared_ptr<arrow::Array> column = rows.GetColumnByName(field->name());
    if (!column) return MakeError(ErrorCode::kIo, "a scan lacks column '" + field->name() + "'");
    if (!column->type()->Equals(field->type())) {
      ARROW_ASSIGN_OR_RAISE(column, column->View(field->type()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, rows.num_rows(), std::move(columns));
}

}  // namespace

std::optional<KeyedRows> KeyedRows::Make(Table table, const KeyHasher& hasher) {
  KeyedRows rows;
  const std::vector<FragmentState>& fragments = table.state.fragments;
  const std::optional<int64_t> places = PlacesIn(table.state);
  if (!places || table.scan.split || table.scan.key_columns.empty()) return std::nullopt;
  rows.table_rows_ = *places;
  std::unordered_map<FragmentContent, size_t, HashOfContent> by_content;
  for (size_t i = 0; i < fragments.size(); ++i) {
    if (!by_content.emplace(fragments[i].content(), i).second) return std::nullopt;
    rows.ids_.emplace_back(fragments[i].id, i);
  }
  std::sort(rows.ids_.begin(), rows.ids_.end());
  rows.is_new_.assign(fragments.size(), false);
  for (const size_t i : table.new_fragments) rows.is_new_[i] = true;
  rows.covered_.resize(fragments.size());
  for (size_t run = 0; run < table.runs.size(); ++run) {
    const std::vector<KeyRun::Fragment>& known = table.runs[run].fragments();
    std::vector<int64_t>& fragment_of = rows.fragment_of_.emplace_back(known.size(), -1);
    for (size_t i = 0; i < known.size(); ++i) {
      const auto found = by_content.find(known[i].content);
      // The rows of new fragments are all wanted anyway.
      if (found == by_content.end() || rows.is_new_[found->second] ||
          rows.covered_[found->second] || fragments[found->second].rows != known[i].rows)
        continue;
      rows.covered_[found->second] = Covered{run, i};
      fragment_of[i] = static_cast<int64_t>(found->second);
    }
  }
  for (size_t i = 0; i < fragments.size(); ++i) {
    if (!rows.covered_[i]) rows.fragment_rows_ += fragments[i].rows;
  }
  rows.table_ = std::move(table);
  rows.hasher_ = hasher;
  return rows;
}

std::optional<uint64_t> KeyedRows::PlaceOf(uint64_t row_id) const {
  const auto found =
      std::lower_bound(ids_.begin(), ids_.end(), std::pair(FragmentOf(row_id), size_t{0}));
  if (found == ids_.end() || found->first != FragmentOf(row_id)) return std::nullopt;
  return uint64_t{found->second} << 32 | NumberOf(row_id);
}

arrow::Status KeyedRows::ReadFragments(std::vector<KeyPrefix>* keys) {
  ScanRequest request = table_.scan.request;
  request.fragments.emplace();
  for (size_t i = 0; i < covered_.size(); ++i) {
    if (!covered_[i]) request.fragments->push_back(table_.state.fragments[i].id);
  }
  if (request.fragments->empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto reader, table_.table->Scan(request));
  ARROW_ASSIGN_OR_RAISE(const auto rows, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(read_, rows->CombineChunksToBatch());
  arrow::ArrayVector columns;
  for (const std::string& name : table_.scan.key_columns)
    columns.push_back(read_->GetColumnByName(name));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns key_columns,
                        KeyColumns::Make(std::move(columns), table_.scan.key_columns));
  std::vector<KeyHash> hashes;
  key_columns.Hash(hasher_, &hashes);
  const arrow::UInt64Array& ids = RowIdsOf(*read_);
  for (int64_t row = 0; row < read_->num_rows(); ++row) {
    const KeyPrefix prefix = PrefixOf(hashes[static_cast<size_t>(row)]);
    read_keys_.push_back(prefix);
    const std::optional<uint64_t> place = PlaceOf(ids.Value(row));
    if (!place) return MakeError(ErrorCode::kIo, "a row is of an unknown fragment");
    if (is_new_[*place >> 32]) keys->push_back(prefix);
  }
  return arrow::Status::OK();
}

arrow::Status KeyedRows::TakeRows(const std::vector<KeyPrefix>& keys, int64_t most) {
  keys_ = keys;
  std::vector<uint64_t> ids;
  for (size_t run = 0; run < table_.runs.size(); ++run) {
    std::vector<KeyRunFile::Row> found;
    if (!table_.runs[run].Find(keys, static_cast<size_t>(most), &found)) {
      return MakeError(ErrorCode::kResourceExhausted,
                       fmt::format("more than {} rows have changed keys", most));
    }
    for (const KeyRunFile::Row& row : found) {
      const int64_t fragment = fragment_of_[run][row.fragment];
      if (fragment < 0) continue;
      ids.push_back(RowIdOf(table_.state.fragments[static_cast<size_t>(fragment)].id, row.number));
    }
  }
  if (ids.size() > static_cast<size_t>(most)) {
    return MakeError(ErrorCode::kResourceExhausted,
                     fmt::format("more than {} rows have changed keys", most));
  }
  std::sort(ids.begin(), ids.end());
  ARROW_ASSIGN_OR_RAISE(taken_, table_.table->TakeMembers(ids, table_.scan.request.columns));
  return arrow::Status::OK();
}

int64_t KeyedRows::rows_read() const {
  return (read_ ? read_->num_rows() : 0) + (taken_ ? taken_->num_rows() : 0);
}

arrow::Result<std::shared_ptr<const TableSnapshot>> KeyedRows::Select(bool with_new) const {
  // By their places: a row of `read_`, or, behind these, of `taken_`.
  std::vector<std::pair<uint64_t, int64_t>> rows;
  const int64_t num_read = read_ ? read_->num_rows() : 0;
  const auto add = [&](const arrow::RecordBatch& batch, int64_t row, int64_t number) {
    const std::optional<uint64_t> place = PlaceOf(RowIdsOf(batch).Value(row));
    if (!place) return MakeError(ErrorCode::kIo, "a row is of an unknown fragment");
    if (with_new || !is_new_[*place >> 32]) rows.emplace_back(*place, number);
    return arrow::Status::OK();
  };
  for (int64_t row = 0; row < num_read; ++row) {
    if (std::binary_search(keys_.begin(), keys_.end(), read_keys_[static_cast<size_t>(row)]))
      ARROW_RETURN_NOT_OK(add(*read_, row, row));
  }
  for (int64_t row = 0; row < taken_->num_rows(); ++row)
    ARROW_RETURN_NOT_OK(add(*taken_, row, num_read + row));
  std::sort(rows.begin(), rows.end());
  std::vector<int64_t> order;
  order.reserve(rows.size());
  for (const auto& [place, number] : rows) order.push_back(number);

  arrow::RecordBatchVector parts = {taken_};
  if (read_) {
    ARROW_ASSIGN_OR_RAISE(auto read, WithSchema(*read_, taken_->schema()));
    parts.insert(parts.begin(), std::move(read));
  }
  ARROW_ASSIGN_OR_RAISE(const auto all, arrow::Table::FromRecordBatches(parts));
  ARROW_ASSIGN_OR_RAISE(const auto batch, all->CombineChunksToBatch());
  const arrow::Int64Array indices(static_cast<int64_t>(order.size()),
                                  arrow::Buffer::Wrap(order.data(), order.size()));
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum selected,
                        arrow::compute::Take(batch, arrow::Datum(indices.data()),
                                             arrow::compute::TakeOptions::NoBoundsCheck()));
  return std::make_shared<SelectedRows>(table_.table, table_.scan.request.columns,
                                        selected.record_batch());
}

std::optional<KeyRun> KeyedRows::NewRun() const {
  if (!read_) return std::nullopt;
  KeyRun run{.seed = hasher_.seed()};
  std::vector<uint32_t> firsts(covered_.size(), 0);
  uint32_t first = 0;
  for (size_t i = 0; i < covered_.size(); ++i) {
    if (covered_[i]) continue;
    const FragmentState& fragment = table_.state.fragments[i];
    run.fragments.push_back({fragment.content(), static_cast<uint32_t>(fragment.rows)});
    firsts[i] = first;
    first += static_cast<uint32_t>(fragment.rows);
  }
  const arrow::UInt64Array& ids = RowIdsOf(*read_);
  for (int64_t row = 0; row < read_->num_rows(); ++row) {
    const std::optional<uint64_t> place = PlaceOf(ids.Value(row));
    run.entries.push_back(KeyRun::EntryOf(read_keys_[static_cast<size_t>(row)],
                                          firsts[*place >> 32] + NumberOf(*place)));
  }
  run.Sort();
  return run;
}

}  // namespace metaxy::internal
