#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/expected_rows.h"
#include "versioning/joined_rows.h"
#include "versioning/row_index.h"
#include "versioning/stored_types.h"

namespace metaxy::internal {
namespace {

// A column of the result: a join column, a column of one dependency, or a column of nulls.
struct OutputColumn {
  enum class Source { kKey, kDependency, kNull };
  Source source;
  size_t index;        // of the key column, or of the dependency
  std::string stored;  // kDependency: name in the dependency's table
};

class ParentRows final : public ExpectedRows {
 public:
  static arrow::Result<std::unique_ptr<ExpectedRows>> Make(std::shared_ptr<const FeaturePlan> plan,
                                                           std::vector<DependencyRows> dependencies,
                                                           RowHasher hasher) {
    std::unique_ptr<ParentRows> rows(new ParentRows(std::move(plan), std::move(dependencies)));
    ARROW_ASSIGN_OR_RAISE(rows->joined_, JoinDependencies(*rows->plan_, rows->dependencies_));
    ARROW_ASSIGN_OR_RAISE(auto computer,
                          ProvenanceComputer::Make(*rows->plan_, rows->dependencies_, rows->joined_,
                                                   std::move(hasher)));
    rows->computer_ = std::make_unique<ProvenanceComputer>(std::move(computer));
    ARROW_RETURN_NOT_OK(rows->PlanColumns());
    return rows;
  }

  uint32_t num_rows() const override { return joined_.num_rows; }
  const KeyColumns& keys() const override { return joined_.keys; }
  uint32_t KeyRow(uint32_t row) const override { return joined_.KeyRow(row); }
  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  void Provenance(uint32_t row, RowProvenance* result) const override {
    computer_->Compute(row, result);
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Materialize(
      std::span<const uint32_t> rows) const override {
    std::vector<std::shared_ptr<arrow::RecordBatch>> fetched(dependencies_.size());
    for (size_t i = 0; i < dependencies_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(fetched[i], Fetch(i, rows));
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (size_t i = 0; i < columns_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          auto array,
          MakeColumn(columns_[i], schema_->field(static_cast<int>(i))->type(), rows, fetched));
      arrays.push_back(std::move(array));
    }
    ARROW_RETURN_NOT_OK(AppendVersions(rows, &arrays));
    return arrow::RecordBatch::Make(schema_, static_cast<int64_t>(rows.size()), std::move(arrays));
  }

 private:
  ParentRows(std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyRows> dependencies)
      : plan_(std::move(plan)), dependencies_(std::move(dependencies)) {}

  arrow::Status PlanColumns() {
    arrow::FieldVector fields;
    std::map<std::string, size_t> owners;
    const std::vector<std::string>& join_columns = joined_.keys.names();
    int with_deleted_at = 0;
    // Columns stand in the order in which their dependencies are joined.
    const std::vector<size_t> order = JoinOrder(plan_->feature());
    for (size_t index : order) {
      const DependencyColumns& columns = dependencies_[index].columns;
      with_deleted_at += columns.has_deleted_at() ? 1 : 0;
      for (const DependencyColumns::Column& column : columns.output()) {
        const auto key = std::find(join_columns.begin(), join_columns.end(), column.renamed);
        const auto [owner, added] = owners.emplace(column.renamed, index);
        if (key != join_columns.end()) {
          if (!added) continue;
          const auto position = static_cast<size_t>(key - join_columns.begin());
          columns_.push_back({OutputColumn::Source::kKey, position, {}});
          fields.push_back(arrow::field(column.renamed, joined_.keys.arrays()[position]->type()));
          continue;
        }
        if (!added) return Collision(column.renamed, owner->second, index);
        columns_.push_back({OutputColumn::Source::kDependency, index, column.stored});
        fields.push_back(arrow::field(
            column.renamed, columns.stored_schema()->GetFieldByName(column.stored)->type()));
      }
    }
    // The reference lets the parents' deletion times through: one column, and a second one for
    // further parents.
    const auto deleted_at = MomentType();
    for (int i = 0; i < std::min(with_deleted_at, 2); ++i) {
      columns_.push_back({OutputColumn::Source::kNull, 0, {}});
      fields.push_back(
          arrow::field(std::string(kDeletedAt) + (i == 0 ? "" : "_right"), deleted_at));
    }
    arrow::FieldVector members;
    for (const FieldSpec& field : plan_->feature().fields) {
      members.push_back(arrow::field(field.key.ToStructKey(), arrow::large_utf8()));
    }
    fields.push_back(arrow::field(std::string(kProvenanceByField), arrow::struct_(members)));
    fields.push_back(arrow::field(std::string(kProvenance), arrow::large_utf8()));
    fields.push_back(arrow::field(std::string(kDataVersion), arrow::large_utf8()));
    fields.push_back(arrow::field(std::string(kDataVersionByField), arrow::struct_(members)));
    schema_ = arrow::schema(std::move(fields));
    return arrow::Status::OK();
  }

  arrow::Status Collision(const std::string& column, size_t first, size_t second) const {
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "feature '{}' would get column '{}' from both '{}' and '{}'; rename it in one of the "
            "dependencies, or select other columns",
            plan_->feature().key.ToString(), column,
            dependencies_[first].columns.dep().feature.ToString(),
            dependencies_[second].columns.dep().feature.ToString()));
  }

  // The columns that are wanted of a dependency, a row per joined row; nulls where the dependency
  // has no row.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Fetch(size_t index,
                                                           std::span<const uint32_t> rows) const {
    std::vector<std::string> stored;
    for (const OutputColumn& column : columns_) {
      if (column.source == OutputColumn::Source::kDependency && column.index == index)
        stored.push_back(column.stored);
    }
    if (stored.empty()) return nullptr;
    const NarrowRows& narrow = dependencies_[index].rows;
    const std::vector<uint32_t>& positions = joined_.rows[index];
    std::vector<uint32_t> wanted;
    for (uint32_t row : rows) {
      if (positions[row] != kNoRow) wanted.push_back(positions[row]);
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<uint64_t> row_ids;
    row_ids.reserve(wanted.size());
    for (uint32_t position : wanted) row_ids.push_back(narrow.row_ids[position]);
    ARROW_ASSIGN_OR_RAISE(auto batch, narrow.table->Take(row_ids, stored));
    arrow::UInt32Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(rows.size())));
    for (uint32_t row : rows) {
      if (positions[row] == kNoRow) {
        indices.UnsafeAppendNull();
      } else {
        const auto place =
            std::lower_bound(wanted.begin(), wanted.end(), positions[row]) - wanted.begin();
        indices.UnsafeAppend(static_cast<uint32_t>(place));
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(batch, index_array));
    return taken.record_batch();
  }

  arrow::Result<std::shared_ptr<arrow::Array>> MakeColumn(
      const OutputColumn& column, const std::shared_ptr<arrow::DataType>& type,
      std::span<const uint32_t> rows,
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& fetched) const {
    switch (column.source) {
      case OutputColumn::Source::kDependency:
        return fetched[column.index]->GetColumnByName(column.stored);
      case OutputColumn::Source::kNull:
        return arrow::MakeArrayOfNull(type, static_cast<int64_t>(rows.size()));
      case OutputColumn::Source::kKey:
        break;
    }
    arrow::UInt32Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(rows.size())));
    for (uint32_t row : rows) indices.UnsafeAppend(joined_.KeyRow(row));
    ARROW_ASSIGN_OR_RAISE(auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                          arrow::compute::Take(joined_.keys.arrays()[column.index], index_array));
    return taken.make_array();
  }

  // The four columns of versions, which are the same twice: data versions are the provenance until
  // a user sets them.
  arrow::Status AppendVersions(std::span<const uint32_t> rows,
                               std::vector<std::shared_ptr<arrow::Array>>* arrays) const {
    const size_t num_fields = plan_->feature().fields.size();
    std::vector<arrow::LargeStringBuilder> fields(num_fields);
    arrow::LargeStringBuilder whole;
    const auto append = [](arrow::LargeStringBuilder& builder, const HashText& hash) {
      return hash.null ? builder.AppendNull() : builder.Append(hash.view());
    };
    RowProvenance provenance;
    for (uint32_t row : rows) {
      computer_->Compute(row, &provenance);
      for (size_t i = 0; i < num_fields; ++i)
        ARROW_RETURN_NOT_OK(append(fields[i], provenance.fields[i]));
      ARROW_RETURN_NOT_OK(append(whole, provenance.whole));
    }
    arrow::ArrayVector members(num_fields);
    for (size_t i = 0; i < num_fields; ++i) ARROW_RETURN_NOT_OK(fields[i].Finish(&members[i]));
    std::shared_ptr<arrow::Array> hashes;
    ARROW_RETURN_NOT_OK(whole.Finish(&hashes));
    const auto type = schema_->GetFieldByName(std::string(kProvenanceByField))->type();
    const auto by_field =
        std::make_shared<arrow::StructArray>(type, static_cast<int64_t>(rows.size()), members);
    arrays->insert(arrays->end(), {by_field, hashes, hashes, by_field});
    return arrow::Status::OK();
  }

  std::shared_ptr<const FeaturePlan> plan_;
  std::vector<DependencyRows> dependencies_;
  JoinedRows joined_;
  std::unique_ptr<ProvenanceComputer> computer_;
  std::vector<OutputColumn> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::unique_ptr<ExpectedRows>> ExpectedFromParents(
    std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyRows> dependencies,
    RowHasher hasher) {
  return ParentRows::Make(std::move(plan), std::move(dependencies), std::move(hasher));
}

}  // namespace metaxy::internal
