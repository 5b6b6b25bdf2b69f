#include "store/rebased_rows.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "columns/set_column.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using Array = std::shared_ptr<arrow::Array>;

constexpr std::array<std::string_view, 4> kReplacedColumns = {kProvenance, kProvenanceByField,
                                                              kFeatureVersion, kProjectVersion};

arrow::Result<Array> RequireColumn(const FeatureKey& feature, const arrow::RecordBatch& rows,
                                   std::string_view name) {
  if (Array column = rows.GetColumnByName(std::string(name))) return column;
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("rows of feature '{}' cannot be rebased without column '{}'; they "
                  "have: {}",
                  feature.ToString(), name, fmt::join(rows.schema()->field_names(), ", ")));
}

arrow::Result<Array> NullWhere(const arrow::Datum& condition, const Array& values) {
  ARROW_ASSIGN_OR_RAISE(const auto nulls, arrow::MakeArrayOfNull(values->type(), values->length()));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum result, arrow::compute::IfElse(condition, nulls, values));
  return result.make_array();
}

// A data version that equals the provenance is not a custom one, so it follows the new provenance.
// If either is null this is undecidable, and it stays.
arrow::Result<Batch> ForgetOwnDataVersions(const FeatureKey& feature, Batch rows) {
  ARROW_ASSIGN_OR_RAISE(const Array provenance, RequireColumn(feature, *rows, kProvenance));
  ARROW_ASSIGN_OR_RAISE(const Array version, RequireColumn(feature, *rows, kDataVersion));
  ARROW_ASSIGN_OR_RAISE(const Array by_field, RequireColumn(feature, *rows, kDataVersionByField));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum same,
                        arrow::compute::CallFunction("equal", {version, provenance}));
  ARROW_ASSIGN_OR_RAISE(same,
                        arrow::compute::CallFunction("coalesce", {same, arrow::Datum(false)}));
  ARROW_ASSIGN_OR_RAISE(const Array new_version, NullWhere(same, version));
  ARROW_ASSIGN_OR_RAISE(const Array new_by_field, NullWhere(same, by_field));
  ARROW_ASSIGN_OR_RAISE(rows, SetColumn(rows, kDataVersion, new_version));
  return SetColumn(rows, kDataVersionByField, new_by_field);
}

// Past so many parts a file for each would be too many.
constexpr int64_t kMostParts = 64;
// What the index takes for a row.
constexpr int64_t kIndexBytes = 48;

arrow::Result<Array> Repeat(const std::string& text, int64_t length) {
  return arrow::MakeArrayFromScalar(arrow::LargeStringScalar(text), length);
}

}  // namespace

arrow::Result<Batch> TakeRows(const Batch& rows, const std::vector<uint32_t>& places) {
  const arrow::UInt32Array indices(static_cast<int64_t>(places.size()),
                                   arrow::Buffer::Wrap(places));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                        arrow::compute::Take(rows, arrow::Datum(indices.data())));
  return taken.record_batch();
}

arrow::Result<std::shared_ptr<const RebasedRows>> RebasedRows::Make(
    RebaseTarget target, const std::shared_ptr<arrow::RecordBatchReader>& fresh, RebaseRoom room) {
  std::shared_ptr<RebasedRows> rows(new RebasedRows(std::move(target), std::move(room)));
  rows->fresh_schema_ = fresh->schema();
  ARROW_RETURN_NOT_OK(rows->Keep(fresh.get()));
  return rows;
}

// In memory as long as half of the budget has room for them: they are there twice when they are put
// together.
arrow::Status RebasedRows::Keep(arrow::RecordBatchReader* fresh) {
  const int64_t most = room_.memory.memory_usage() / 2;
  arrow::RecordBatchVector kept;
  int64_t bytes = 0;
  int64_t num_rows = 0;
  for (Batch batch;;) {
    ARROW_RETURN_NOT_OK(fresh->ReadNext(&batch));
    if (!batch) break;
    if (!parts_.empty()) {
      ARROW_RETURN_NOT_OK(SplitInto(batch));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t size, arrow::util::ReferencedBufferSize(*batch));
    bytes += size + batch->num_rows() * kIndexBytes;
    num_rows += batch->num_rows();
    kept.push_back(std::move(batch));
    if (bytes <= most) continue;
    const int64_t all = bytes / num_rows * std::max(room_.expected_rows, num_rows);
    // Parts are not of equal size.
    const int64_t wanted = all * 2 / std::max<int64_t>(most, 1) + 1;
    parts_.resize(static_cast<size_t>(std::clamp<int64_t>(wanted, 2, kMostParts)));
    for (auto& part : parts_) part = SpilledRows::Make(fresh_schema_, room_.spill_directory);
    for (Batch& early : kept) {
      ARROW_RETURN_NOT_OK(SplitInto(early));
      early.reset();
    }
    kept.clear();
  }
  return parts_.empty() ? Index(kept).Value(&whole_) : arrow::Status::OK();
}

arrow::Status RebasedRows::SplitInto(const Batch& rows) {
  std::vector<KeyHash> hashes;
  std::vector<size_t> parts;
  ARROW_RETURN_NOT_OK(Split(*rows, &hashes, &parts));
  std::vector<std::vector<uint32_t>> places(parts_.size());
  for (size_t row = 0; row < parts.size(); ++row) {
    // A null matches nothing.
    if (parts[row] < parts_.size()) places[parts[row]].push_back(static_cast<uint32_t>(row));
  }
  for (size_t part = 0; part < parts_.size(); ++part) {
    if (places[part].empty()) continue;
    ARROW_ASSIGN_OR_RAISE(const Batch taken, TakeRows(rows, places[part]));
    ARROW_RETURN_NOT_OK(parts_[part]->Append(*taken));
  }
  return arrow::Status::OK();
}

arrow::Status RebasedRows::Split(const arrow::RecordBatch& rows, std::vector<KeyHash>* hashes,
                                 std::vector<size_t>* parts) const {
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeysOf(rows));
  keys.Hash(hasher_, hashes);
  parts->resize(hashes->size());
  const size_t count = std::max<size_t>(parts_.size(), 1);
  for (size_t row = 0; row < hashes->size(); ++row) {
    (*parts)[row] = keys.HasNull(static_cast<int64_t>(row)) ? count : (*hashes)[row].high % count;
  }
  return arrow::Status::OK();
}

arrow::Result<FreshRows> RebasedRows::Index(const arrow::RecordBatchVector& batches) const {
  FreshRows fresh;
  ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(fresh_schema_, batches));
  ARROW_ASSIGN_OR_RAISE(fresh.rows, table->CombineChunksToBatch());
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeysOf(*fresh.rows));
  std::vector<KeyHash> hashes;
  keys.Hash(hasher_, &hashes);
  fresh.index = RowIndex(hashes.size());
  for (size_t row = 0; row < hashes.size(); ++row) {
    if (!keys.HasNull(static_cast<int64_t>(row)))
      fresh.index.Add(hashes[row], static_cast<uint32_t>(row));
  }
  return fresh;
}

arrow::Result<FreshRows> RebasedRows::Load(size_t part) const {
  ARROW_ASSIGN_OR_RAISE(const auto reader, parts_[part]->Open());
  ARROW_ASSIGN_OR_RAISE(const arrow::RecordBatchVector batches, reader->ToRecordBatches());
  return Index(batches);
}

void RebasedRows::Match(const FreshRows& fresh, const KeyHash* hashes, const uint32_t* places,
                        size_t count, RebaseMatches* matches) const {
  for (size_t i = 0; i < count; ++i) {
    uint32_t match = fresh.index.Find(hashes[i]);
    for (; match != kNoRow; match = fresh.index.Next(match)) {
      matches->old_rows.push_back(places[i]);
      matches->fresh_rows.push_back(match);
      if (!target_.repeat_matches) break;
    }
  }
}

arrow::Result<KeyColumns> RebasedRows::KeysOf(const arrow::RecordBatch& rows) const {
  std::vector<Array> arrays;
  for (const std::string& name : target_.join_columns) {
    ARROW_ASSIGN_OR_RAISE(Array column, RequireColumn(target_.feature, rows, name));
    arrays.push_back(std::move(column));
  }
  return KeyColumns::Make(std::move(arrays), target_.join_columns);
}

arrow::Status RebasedRows::CheckComparable(const arrow::Schema& rows) const {
  for (const std::string& name : target_.join_columns) {
    ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(*fresh_schema_->GetFieldByName(name)->type(),
                                                    *rows.GetFieldByName(name)->type(), name));
  }
  return arrow::Status::OK();
}

arrow::Result<Batch> RebasedRows::RebaseBatch(const Batch& rows) const {
  std::vector<KeyHash> hashes;
  std::vector<size_t> parts;
  ARROW_RETURN_NOT_OK(Split(*rows, &hashes, &parts));
  std::vector<KeyHash> wanted;
  std::vector<uint32_t> places;
  for (size_t row = 0; row < hashes.size(); ++row) {
    if (parts[row] > 0) continue;
    wanted.push_back(hashes[row]);
    places.push_back(static_cast<uint32_t>(row));
  }
  RebaseMatches matches;
  Match(whole_, wanted.data(), places.data(), places.size(), &matches);
  return Combine(rows, matches.old_rows, whole_.rows, matches.fresh_rows);
}

arrow::Result<Batch> RebasedRows::Combine(const Batch& rows, const std::vector<uint32_t>& old_rows,
                                          const Batch& found,
                                          const std::vector<uint32_t>& found_rows) const {
  ARROW_ASSIGN_OR_RAISE(Batch kept, ForgetOwnDataVersions(target_.feature, rows));
  for (std::string_view name : kReplacedColumns) {
    const int index = kept->schema()->GetFieldIndex(std::string(name));
    if (index < 0) continue;
    ARROW_ASSIGN_OR_RAISE(kept, kept->RemoveColumn(index));
  }
  ARROW_ASSIGN_OR_RAISE(kept, TakeRows(kept, old_rows));
  ARROW_ASSIGN_OR_RAISE(const Batch fresh, TakeRows(found, found_rows));
  for (std::string_view name : {kProvenance, kProvenanceByField}) {
    ARROW_ASSIGN_OR_RAISE(const Array column, RequireColumn(target_.feature, *fresh, name));
    ARROW_ASSIGN_OR_RAISE(kept, SetColumn(kept, name, column));
  }
  ARROW_ASSIGN_OR_RAISE(const Array feature_version,
                        Repeat(target_.feature_version, kept->num_rows()));
  ARROW_ASSIGN_OR_RAISE(const Array project_version,
                        Repeat(target_.project_version, kept->num_rows()));
  ARROW_ASSIGN_OR_RAISE(kept, SetColumn(kept, kFeatureVersion, feature_version));
  return SetColumn(kept, kProjectVersion, project_version);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> RebasedRows::Rebase(
    std::shared_ptr<arrow::RecordBatchReader> rows) const {
  ARROW_ASSIGN_OR_RAISE(auto schema, SchemaFor(rows->schema()));
  if (!parts_.empty()) return RebaseInParts(shared_from_this(), std::move(rows), std::move(schema));
  return MapBatches(
      std::move(rows), std::move(schema),
      [self = shared_from_this()](const Batch& batch) { return self->RebaseBatch(batch); });
}

arrow::Result<std::shared_ptr<arrow::Schema>> RebasedRows::SchemaFor(
    const std::shared_ptr<arrow::Schema>& schema) const {
  ARROW_ASSIGN_OR_RAISE(const Batch empty, arrow::RecordBatch::MakeEmpty(schema));
  ARROW_RETURN_NOT_OK(KeysOf(*empty).status());
  ARROW_RETURN_NOT_OK(CheckComparable(*schema));
  ARROW_ASSIGN_OR_RAISE(const Batch fresh, arrow::RecordBatch::MakeEmpty(fresh_schema_));
  ARROW_ASSIGN_OR_RAISE(const Batch rebased, Combine(empty, {}, fresh, {}));
  return rebased->schema();
}

}  // namespace metaxy::internal
