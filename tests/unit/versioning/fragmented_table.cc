#include "fragmented_table.h"

namespace metaxy::testing {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

std::shared_ptr<internal::MemoryTable> RowsOf(const std::shared_ptr<arrow::Schema>& schema,
                                              const std::vector<TestFragment>& fragments) {
  std::vector<std::shared_ptr<arrow::Table>> parts = {Get(arrow::Table::MakeEmpty(schema))};
  for (const TestFragment& fragment : fragments) parts.push_back(fragment.Live());
  return Get(internal::MemoryTable::Make(Get(arrow::ConcatenateTables(parts))));
}

std::vector<uint64_t> IdsOf(const std::vector<TestFragment>& fragments) {
  std::vector<uint64_t> ids;
  for (const TestFragment& fragment : fragments) {
    for (const int64_t row : fragment.LiveRows())
      ids.push_back(internal::RowIdOf(fragment.id, static_cast<uint32_t>(row)));
  }
  return ids;
}

// The same rows; their ids are addresses instead of positions.
arrow::Result<Reader> WithIds(arrow::Result<Reader> scan, const std::vector<uint64_t>& ids,
                              const internal::ScanRequest& request) {
  if (!request.with_row_id) return scan;
  ARROW_ASSIGN_OR_RAISE(const auto reader, std::move(scan));
  arrow::RecordBatchVector batches;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    if (!batch) break;
    const int last = batch->num_columns() - 1;
    const auto& positions = static_cast<const arrow::UInt64Array&>(*batch->column(last));
    std::vector<uint64_t> addresses;
    for (int64_t row = 0; row < positions.length(); ++row)
      addresses.push_back(ids[positions.Value(row)]);
    const auto column = std::make_shared<arrow::UInt64Array>(
        positions.length(), arrow::Buffer::FromVector(std::move(addresses)));
    ARROW_ASSIGN_OR_RAISE(auto changed,
                          batch->SetColumn(last, batch->schema()->field(last), column));
    batches.push_back(std::move(changed));
  }
  return arrow::RecordBatchReader::Make(std::move(batches), reader->schema());
}

}  // namespace

FragmentedSnapshot::FragmentedSnapshot(const std::shared_ptr<arrow::Schema>& schema,
                                       std::vector<TestFragment> fragments, uint64_t version,
                                       std::map<uint64_t, internal::Rewrite> rewrites,
                                       std::atomic<int64_t>* reads)
    : fragments_(std::move(fragments)),
      ids_(IdsOf(fragments_)),
      version_(version),
      rewrites_(std::move(rewrites)),
      reads_(reads),
      rows_(RowsOf(schema, fragments_)) {}

arrow::Result<Reader> FragmentedSnapshot::Scan(const internal::ScanRequest& request) const {
  ++*reads_;
  if (!request.fragments) return WithIds(rows_->Scan(request), ids_, request);
  std::vector<TestFragment> chosen;
  for (const TestFragment& fragment : fragments_) {
    const auto& wanted = *request.fragments;
    if (std::find(wanted.begin(), wanted.end(), fragment.id) != wanted.end())
      chosen.push_back(fragment);
  }
  return WithIds(RowsOf(schema(), chosen)->Scan(request), IdsOf(chosen), request);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> FragmentedSnapshot::Take(
    std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const {
  ++*reads_;
  return rows_->Take(Positions(row_ids), columns);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> FragmentedSnapshot::TakeMembers(
    std::span<const uint64_t> row_ids, const std::vector<internal::ColumnPath>& columns) const {
  ++*reads_;
  const internal::ScanRequest request{.columns = columns};
  ARROW_ASSIGN_OR_RAISE(const auto scan, WithIds(rows_->Scan(request), ids_, request));
  ARROW_ASSIGN_OR_RAISE(const auto all, scan->ToTable());
  ARROW_ASSIGN_OR_RAISE(const auto batch, all->CombineChunksToBatch());
  const std::vector<uint64_t> positions = Positions(row_ids);
  const arrow::UInt64Array indices(static_cast<int64_t>(positions.size()),
                                   arrow::Buffer::Wrap(positions.data(), positions.size()));
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken,
                        arrow::compute::Take(batch, arrow::Datum(indices.data())));
  return taken.record_batch();
}

arrow::Result<std::optional<internal::TableState>> FragmentedSnapshot::State(
    const std::vector<internal::ColumnPath>& columns) const {
  internal::TableState state{.version = version_};
  for (const internal::ColumnPath& path : columns) {
    const auto field = schema()->GetFieldByName(path.column);
    state.columns.push_back({path, field ? field->ToString() : ""});
  }
  for (const TestFragment& fragment : fragments_) state.fragments.push_back(fragment.State());
  return state;
}

arrow::Result<std::vector<internal::Rewrite>> FragmentedSnapshot::Rewrites(
    const std::vector<internal::ColumnPath>& /*columns*/, uint64_t since, uint64_t most) const {
  std::vector<internal::Rewrite> found;
  for (auto it = rewrites_.rbegin(); it != rewrites_.rend(); ++it) {
    if (it->first > since && it->first + most > version_) found.push_back(it->second);
  }
  return found;
}

arrow::Result<std::vector<uint64_t>> FragmentedSnapshot::DeletedRows(
    std::span<const uint64_t> fragments) const {
  std::vector<uint64_t> rows;
  for (const TestFragment& fragment : fragments_) {
    if (std::find(fragments.begin(), fragments.end(), fragment.id) == fragments.end()) continue;
    for (const int64_t row : fragment.deleted)
      rows.push_back(internal::RowIdOf(fragment.id, static_cast<uint32_t>(row)));
  }
  return rows;
}

std::vector<uint64_t> FragmentedSnapshot::Positions(std::span<const uint64_t> row_ids) const {
  std::vector<uint64_t> positions;
  for (const uint64_t id : row_ids) {
    const auto found = std::find(ids_.begin(), ids_.end(), id);
    EXPECT_NE(found, ids_.end());
    positions.push_back(static_cast<uint64_t>(found - ids_.begin()));
  }
  return positions;
}

}  // namespace metaxy::testing
