// Rebase beyond the memory: rows go to a file, and their keys to the parts in which their
// provenance is. Each part is then joined by itself, and what it finds goes to a file, in the order
// of the rows; in the end the rows are read again and meet what all parts have found.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>

#include <algorithm>
#include <utility>

#include "columns/set_column.h"
#include "metaxy/system_columns.h"
#include "store/rebased_rows.h"

namespace metaxy::internal {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

constexpr const char* kPlace = "place";

std::shared_ptr<arrow::Schema> KeySchema() {
  return arrow::schema({arrow::field("low", arrow::uint64()), arrow::field("high", arrow::uint64()),
                        arrow::field(kPlace, arrow::uint64())});
}

const arrow::UInt64Array& Numbers(const arrow::RecordBatch& batch, const std::string& name) {
  return static_cast<const arrow::UInt64Array&>(*batch.GetColumnByName(name));
}

class PartwiseRebase final : public arrow::RecordBatchReader {
 public:
  PartwiseRebase(std::shared_ptr<const RebasedRows> rebased,
                 std::shared_ptr<arrow::RecordBatchReader> rows,
                 std::shared_ptr<arrow::Schema> schema)
      : rebased_(std::move(rebased)), input_(std::move(rows)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(Batch* batch) override {
    batch->reset();
    if (!rows_) ARROW_RETURN_NOT_OK(Prepare());
    Batch rows;
    ARROW_RETURN_NOT_OK(rows_->ReadNext(&rows));
    if (!rows) return arrow::Status::OK();
    return Meet(rows).Value(batch);
  }

  arrow::Status Close() override { return input_->Close(); }

 private:
  // What a part has found, of which the first rows may have been used.
  struct Found {
    std::shared_ptr<arrow::RecordBatchReader> reader;
    Batch rest = nullptr;
  };

  arrow::Status Prepare() {
    const auto spilled = SpilledRows::Make(input_->schema(), rebased_->spill_directory());
    std::vector<std::shared_ptr<SpilledRows>> keys(rebased_->num_parts());
    for (auto& part : keys) part = SpilledRows::Make(KeySchema(), rebased_->spill_directory());
    for (Batch batch;;) {
      ARROW_RETURN_NOT_OK(input_->ReadNext(&batch));
      if (!batch) break;
      ARROW_RETURN_NOT_OK(spilled->Append(*batch));
      ARROW_RETURN_NOT_OK(SplitKeys(*batch, keys));
    }
    for (size_t part = 0; part < keys.size(); ++part) {
      ARROW_RETURN_NOT_OK(Join(part, keys[part].get()));
      keys[part].reset();
    }
    begin_ = 0;
    return spilled->Open().Value(&rows_);
  }

  arrow::Status SplitKeys(const arrow::RecordBatch& batch,
                          const std::vector<std::shared_ptr<SpilledRows>>& keys) {
    std::vector<KeyHash> hashes;
    std::vector<size_t> parts;
    ARROW_RETURN_NOT_OK(rebased_->Split(batch, &hashes, &parts));
    for (size_t part = 0; part < keys.size(); ++part) {
      arrow::UInt64Builder low;
      arrow::UInt64Builder high;
      arrow::UInt64Builder place;
      for (size_t row = 0; row < parts.size(); ++row) {
        if (parts[row] != part) continue;
        ARROW_RETURN_NOT_OK(low.Append(hashes[row].low));
        ARROW_RETURN_NOT_OK(high.Append(hashes[row].high));
        ARROW_RETURN_NOT_OK(place.Append(begin_ + row));
      }
      if (low.length() == 0) continue;
      const int64_t length = low.length();
      arrow::ArrayVector columns(3);
      ARROW_RETURN_NOT_OK(low.Finish(&columns[0]));
      ARROW_RETURN_NOT_OK(high.Finish(&columns[1]));
      ARROW_RETURN_NOT_OK(place.Finish(&columns[2]));
      ARROW_RETURN_NOT_OK(
          keys[part]->Append(*arrow::RecordBatch::Make(KeySchema(), length, std::move(columns))));
    }
    begin_ += parts.size();
    return arrow::Status::OK();
  }

  // The provenance of the part's rows, with the places of the rows that get it.
  arrow::Status Join(size_t part, SpilledRows* keys) {
    ARROW_ASSIGN_OR_RAISE(const FreshRows fresh, rebased_->Load(part));
    ARROW_ASSIGN_OR_RAISE(const Batch provenance, Provenance(*fresh.rows));
    ARROW_ASSIGN_OR_RAISE(const auto schema,
                          provenance->schema()->AddField(provenance->num_columns(),
                                                         arrow::field(kPlace, arrow::uint64())));
    const auto found = SpilledRows::Make(schema, rebased_->spill_directory());
    ARROW_ASSIGN_OR_RAISE(const auto reader, keys->Open());
    for (Batch batch;;) {
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (!batch) break;
      const auto count = static_cast<size_t>(batch->num_rows());
      std::vector<KeyHash> hashes(count);
      std::vector<uint32_t> numbers(count);
      for (size_t i = 0; i < count; ++i) {
        const auto row = static_cast<int64_t>(i);
        hashes[i] = {Numbers(*batch, "low").Value(row), Numbers(*batch, "high").Value(row)};
        numbers[i] = static_cast<uint32_t>(i);
      }
      RebaseMatches matches;
      rebased_->Match(fresh, hashes.data(), numbers.data(), count, &matches);
      if (matches.old_rows.empty()) continue;
      ARROW_ASSIGN_OR_RAISE(const Batch taken, TakeRows(provenance, matches.fresh_rows));
      ARROW_ASSIGN_OR_RAISE(const Batch places, TakeRows(batch, matches.old_rows));
      ARROW_ASSIGN_OR_RAISE(const Batch rows,
                            taken->AddColumn(taken->num_columns(), schema->fields().back(),
                                             places->GetColumnByName(kPlace)));
      ARROW_RETURN_NOT_OK(found->Append(*rows));
    }
    ARROW_ASSIGN_OR_RAISE(auto found_rows, found->Open());
    found_.push_back({std::move(found_rows)});
    return arrow::Status::OK();
  }

  static arrow::Result<Batch> Provenance(const arrow::RecordBatch& rows) {
    std::vector<int> columns;
    for (const std::string_view name : {kProvenance, kProvenanceByField})
      columns.push_back(rows.schema()->GetFieldIndex(std::string(name)));
    return rows.SelectColumns(columns);
  }

  // The next rows with what was found for them.
  arrow::Result<Batch> Meet(const Batch& rows) {
    const uint64_t end = begin_ + static_cast<uint64_t>(rows->num_rows());
    arrow::RecordBatchVector pieces;
    for (Found& found : found_) ARROW_RETURN_NOT_OK(TakeUpTo(end, &found, &pieces));
    std::vector<std::pair<uint32_t, uint32_t>> order;  // place in `rows`, number in `pieces`
    for (const Batch& piece : pieces) {
      const arrow::UInt64Array& places = Numbers(*piece, kPlace);
      for (int64_t i = 0; i < places.length(); ++i) {
        order.emplace_back(static_cast<uint32_t>(places.Value(i) - begin_),
                           static_cast<uint32_t>(order.size()));
      }
    }
    std::sort(order.begin(), order.end());
    std::vector<uint32_t> old_rows;
    std::vector<uint32_t> found_rows;
    for (const auto& [place, number] : order) {
      old_rows.push_back(place);
      found_rows.push_back(number);
    }
    Batch found;
    if (pieces.empty()) {
      ARROW_ASSIGN_OR_RAISE(found, arrow::RecordBatch::MakeEmpty(rebased_->fresh_schema()));
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(pieces));
      ARROW_ASSIGN_OR_RAISE(found, table->CombineChunksToBatch());
    }
    begin_ = end;
    return rebased_->Combine(rows, old_rows, found, found_rows);
  }

  // Rows for places before `end`; a part has them in ascending order.
  static arrow::Status TakeUpTo(uint64_t end, Found* found, arrow::RecordBatchVector* pieces) {
    while (true) {
      if (!found->rest) ARROW_RETURN_NOT_OK(found->reader->ReadNext(&found->rest));
      if (!found->rest) return arrow::Status::OK();
      const arrow::UInt64Array& places = Numbers(*found->rest, kPlace);
      const uint64_t* const first = places.raw_values();
      const int64_t count = std::lower_bound(first, first + places.length(), end) - first;
      if (count > 0) pieces->push_back(found->rest->Slice(0, count));
      if (count < places.length()) {
        if (count > 0) found->rest = found->rest->Slice(count);
        return arrow::Status::OK();
      }
      found->rest.reset();
    }
  }

  std::shared_ptr<const RebasedRows> rebased_;
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::vector<Found> found_;
  uint64_t begin_ = 0;  // of the next rows
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> RebaseInParts(
    std::shared_ptr<const RebasedRows> rebased, std::shared_ptr<arrow::RecordBatchReader> rows,
    std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<PartwiseRebase>(std::move(rebased), std::move(rows), std::move(schema));
}

}  // namespace metaxy::internal
