// Rows of some keys as tables of their own, and as a key run.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>

#include <algorithm>

#include "metaxy/errors.h"
#include "versioning/delta/keyed_rows.h"
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

arrow::Result<std::vector<KeyedRows::Chosen>> KeyedRows::Choose(Rows which) const {
  std::vector<Chosen> rows;
  const int64_t num_read = read_ ? read_->num_rows() : 0;
  for (int64_t row = 0; row < num_read; ++row) {
    if (which != Rows::kRead &&
        !std::binary_search(keys_.begin(), keys_.end(), read_keys_[static_cast<size_t>(row)]))
      continue;
    ARROW_ASSIGN_OR_RAISE(const uint64_t place, PlaceOf(RowIdsOf(*read_).Value(row)));
    if (which != Rows::kBefore || !fragments_[place >> 32].is_new)
      rows.push_back({place, row, std::nullopt});
  }
  if (which != Rows::kRead) {
    for (int64_t row = 0; row < taken_->num_rows(); ++row) {
      ARROW_ASSIGN_OR_RAISE(const uint64_t place, PlaceOf(RowIdsOf(*taken_).Value(row)));
      rows.push_back({place, num_read + row, std::nullopt});
    }
    for (const Remembered& row : remembered_) rows.push_back({row.place, -1, row.row});
  }
  if (which == Rows::kBefore) {
    for (const Remembered& row : removed_) rows.push_back({row.place, -1, row.row});
  }
  std::sort(rows.begin(), rows.end(),
            [](const Chosen& a, const Chosen& b) { return a.place < b.place; });
  return rows;
}

// Columns of rows that are remembered are null: nobody will look at them.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> KeyedRows::Collect(
    const std::vector<Chosen>& rows) const {
  arrow::Int64Builder indices;
  arrow::UInt64Builder ids;
  ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(rows.size())));
  ARROW_RETURN_NOT_OK(ids.Reserve(static_cast<int64_t>(rows.size())));
  for (const Chosen& row : rows) {
    if (row.summary) {
      indices.UnsafeAppendNull();
    } else {
      indices.UnsafeAppend(row.row);
    }
    ids.UnsafeAppend(
        RowIdOf(fragments_[row.place >> 32].state.id, static_cast<uint32_t>(row.place)));
  }
  ARROW_ASSIGN_OR_RAISE(const auto index_array, indices.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto id_array, ids.Finish());

  arrow::RecordBatchVector parts = {taken_};
  if (read_) {
    ARROW_ASSIGN_OR_RAISE(auto read, WithSchema(*read_, taken_->schema()));
    parts.insert(parts.begin(), std::move(read));
  }
  ARROW_ASSIGN_OR_RAISE(const auto all, arrow::Table::FromRecordBatches(parts));
  ARROW_ASSIGN_OR_RAISE(const auto batch, all->CombineChunksToBatch());
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum selected,
      arrow::compute::Take(batch, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  const int last = batch->num_columns() - 1;
  return selected.record_batch()->SetColumn(last, batch->schema()->field(last), id_array);
}

arrow::Result<KeyedRows::Selection> KeyedRows::Select(Rows which) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<Chosen> rows, Choose(which));
  ARROW_ASSIGN_OR_RAISE(auto batch, Collect(rows));
  std::vector<std::optional<RowSummary>> summaries;
  summaries.reserve(rows.size());
  int64_t read = 0;
  for (const Chosen& row : rows) {
    summaries.push_back(row.summary);
    if (row.row >= 0 && read_ && row.row < read_->num_rows()) ++read;
  }
  if (which == Rows::kNow) now_has_all_read_ = read == (read_ ? read_->num_rows() : 0);
  return Selection{
      std::make_shared<SelectedRows>(table_.table, table_.scan.request.columns, std::move(batch)),
      std::make_shared<RowRecall>(std::move(summaries))};
}

KeyRun KeyedRows::NewRun(const RowRecall& read) const {
  KeyRun run{.seed = hasher_.seed()};
  std::vector<FragmentState> states;
  std::vector<uint32_t> firsts(fragments_.size(), 0);
  uint32_t places = 0;
  for (size_t i = 0; i < fragments_.size(); ++i) {
    if (!NeedsReading(fragments_[i])) continue;
    states.push_back(fragments_[i].state);
    firsts[i] = places;
    places += static_cast<uint32_t>(fragments_[i].state.rows);
  }
  if (states.empty() || !read_) return run;
  run.fragments = WithDeletedRows(*table_.table, states);
  const auto scanned = Choose(now_has_all_read_ ? Rows::kNow : Rows::kRead);
  if (!scanned.ok() || scanned->size() != read.rows().size()) return {};
  StampNumbers stamps;
  KeyRun::Summaries summaries{.layout = SummaryLayout(table_.scan.with_join)};
  summaries.words.resize(places * summaries.layout.words());
  bool complete = true;
  for (size_t i = 0; i < scanned->size(); ++i) {
    const Chosen& row = (*scanned)[i];
    if (row.row < 0 || row.row >= read_->num_rows()) continue;
    const uint32_t place = firsts[row.place >> 32] + static_cast<uint32_t>(row.place);
    run.entries.push_back(KeyRun::EntryOf(read_keys_[static_cast<size_t>(row.row)], place));
    const std::optional<RowSummary>& summary = read.rows()[i];
    const uint32_t stamp = summary ? stamps.NumberOf({summary->timestamp, summary->flags}) : 0;
    complete = complete && stamp != 0;
    if (complete)
      summaries.layout.Encode(*summary, stamp, &summaries.words[place * summaries.layout.words()]);
  }
  if (complete) {
    summaries.stamps = stamps.stamps();
    run.summaries = std::move(summaries);
  }
  run.Sort();
  return run;
}

}  // namespace metaxy::internal
