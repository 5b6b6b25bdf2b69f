#include "store/rebased_rows.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "columns/set_column.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

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

arrow::Result<Batch> TakeRows(const Batch& rows, const std::vector<uint32_t>& positions) {
  const arrow::UInt32Array indices(static_cast<int64_t>(positions.size()),
                                   arrow::Buffer::Wrap(positions));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                        arrow::compute::Take(rows, arrow::Datum(indices.data())));
  return taken.record_batch();
}

arrow::Result<Array> Repeat(const std::string& text, int64_t length) {
  return arrow::MakeArrayFromScalar(arrow::LargeStringScalar(text), length);
}

}  // namespace

arrow::Result<std::shared_ptr<const RebasedRows>> RebasedRows::Make(
    RebaseTarget target, const std::shared_ptr<arrow::Table>& fresh) {
  std::shared_ptr<RebasedRows> rows(new RebasedRows(std::move(target)));
  ARROW_ASSIGN_OR_RAISE(rows->fresh_, fresh->CombineChunksToBatch());
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, rows->KeysOf(*rows->fresh_));
  std::vector<KeyHash> hashes;
  keys.Hash(rows->hasher_, &hashes);
  rows->index_ = RowIndex(hashes.size());
  for (size_t row = 0; row < hashes.size(); ++row) {
    // A null matches nothing.
    if (!keys.HasNull(static_cast<int64_t>(row)))
      rows->index_.Add(hashes[row], static_cast<uint32_t>(row));
  }
  return rows;
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
    ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(*fresh_->schema()->GetFieldByName(name)->type(),
                                                    *rows.GetFieldByName(name)->type(), name));
  }
  return arrow::Status::OK();
}

arrow::Result<Batch> RebasedRows::Rebase(const Batch& rows) const {
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeysOf(*rows));
  ARROW_RETURN_NOT_OK(CheckComparable(*rows->schema()));
  ARROW_ASSIGN_OR_RAISE(Batch kept, ForgetOwnDataVersions(target_.feature, rows));
  for (std::string_view name : kReplacedColumns) {
    const int index = kept->schema()->GetFieldIndex(std::string(name));
    if (index < 0) continue;
    ARROW_ASSIGN_OR_RAISE(kept, kept->RemoveColumn(index));
  }
  std::vector<KeyHash> hashes;
  keys.Hash(hasher_, &hashes);
  std::vector<uint32_t> old_rows;
  std::vector<uint32_t> fresh_rows;
  for (int64_t row = 0; row < rows->num_rows(); ++row) {
    if (keys.HasNull(row)) continue;
    uint32_t match = index_.Find(hashes[static_cast<size_t>(row)]);
    for (; match != kNoRow; match = index_.Next(match)) {
      old_rows.push_back(static_cast<uint32_t>(row));
      fresh_rows.push_back(match);
      if (!target_.repeat_matches) break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(kept, TakeRows(kept, old_rows));
  ARROW_ASSIGN_OR_RAISE(const Batch found, TakeRows(fresh_, fresh_rows));
  for (std::string_view name : {kProvenance, kProvenanceByField}) {
    ARROW_ASSIGN_OR_RAISE(const Array column, RequireColumn(target_.feature, *found, name));
    ARROW_ASSIGN_OR_RAISE(kept, SetColumn(kept, name, column));
  }
  ARROW_ASSIGN_OR_RAISE(const Array feature_version,
                        Repeat(target_.feature_version, kept->num_rows()));
  ARROW_ASSIGN_OR_RAISE(const Array project_version,
                        Repeat(target_.project_version, kept->num_rows()));
  ARROW_ASSIGN_OR_RAISE(kept, SetColumn(kept, kFeatureVersion, feature_version));
  return SetColumn(kept, kProjectVersion, project_version);
}

arrow::Result<std::shared_ptr<arrow::Schema>> RebasedRows::SchemaFor(
    const std::shared_ptr<arrow::Schema>& schema) const {
  ARROW_ASSIGN_OR_RAISE(const Batch empty, arrow::RecordBatch::MakeEmpty(schema));
  ARROW_ASSIGN_OR_RAISE(const Batch rebased, Rebase(empty));
  return rebased->schema();
}

}  // namespace metaxy::internal
