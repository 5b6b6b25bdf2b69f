#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "columns/key_columns.h"
#include "columns/row_width.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/hash/provenance.h"
#include "versioning/resolve/batch_reader.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/resolve/parent_rows.h"

namespace metaxy::internal {
namespace {

// A column of the result: a join column, a column of one dependency, or a column of nulls.
struct OutputColumn {
  enum class Source { kKey, kDependency, kNull };
  Source source;
  size_t dependency;
  std::string name;  // kKey: of the join column; kDependency: as in the dependency's table
};

class JoinedParents final : public ExpectedRows {
 public:
  static arrow::Result<std::shared_ptr<const ExpectedRows>> Make(
      std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyColumns> dependencies,
      std::vector<std::shared_ptr<const ScannedTable>> tables, RowHasher hasher,
      const std::optional<std::vector<std::string>>& columns) {
    std::shared_ptr<JoinedParents> rows(
        new JoinedParents(std::move(plan), std::move(dependencies), std::move(tables)));
    ARROW_ASSIGN_OR_RAISE(auto computer, ProvenanceComputer::Make(*rows->plan_, std::move(hasher)));
    rows->computer_ = std::make_shared<const ProvenanceComputer>(std::move(computer));
    ARROW_ASSIGN_OR_RAISE(rows->fields_, FieldsByDependency(*rows->plan_));
    ARROW_RETURN_NOT_OK(rows->PlanColumns());
    if (columns) rows->Keep(*columns);
    return rows;
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      std::shared_ptr<const Outcome> outcome, const Tuples& rows,
      const ReadPlan& wanted) const override {
    const ReadPlan plan = wanted.For(*schema_);
    auto parents = std::make_shared<std::vector<ParentRows>>();
    size_t aggregated = dependencies_.size();
    for (size_t i = 0; i < dependencies_.size(); ++i) {
      const bool groups = IsAggregated(i);
      ARROW_ASSIGN_OR_RAISE(
          ParentRows parent,
          ParentRows::Make({.table = tables_[i],
                            .columns = StoredColumns(i),
                            .fields = fields_[i],
                            .position_column = i,
                            .group_column = groups ? std::optional(aggregated) : std::nullopt},
                           *outcome, rows, plan));
      aggregated += groups ? 1 : 0;
      parents->push_back(std::move(parent));
    }
    return std::make_shared<BatchReader>(
        schema_, rows.size(), plan,
        [self = shared_from_this(), this, parents, keep = std::move(outcome)](
            size_t begin, size_t count) { return MakeBatch(parents.get(), begin, count); });
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> FromScan(
      const arrow::RecordBatch& scanned) const override {
    // A table that never had the column has no version of any field.
    const auto by_field = scanned.GetColumnByName(std::string(kDataVersionByField));
    std::vector<VersionStrings> versions;
    for (size_t i = 0; by_field && i < fields_.front().size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(versions.emplace_back(),
                            VersionStrings::Extract(by_field, fields_.front()[i].ToStructKey()));
    }
    const DependencyColumns& stored = dependencies_.front();
    const auto column =
        [&](const OutputColumn& wanted) -> arrow::Result<std::shared_ptr<arrow::Array>> {
      if (wanted.source != OutputColumn::Source::kKey) return scanned.GetColumnByName(wanted.name);
      ARROW_ASSIGN_OR_RAISE(const std::string name, stored.StoredName(wanted.name));
      return scanned.GetColumnByName(name);
    };
    const auto read = [&](size_t row, std::optional<std::string_view>* of_row) {
      const auto place = static_cast<int64_t>(row);
      for (size_t i = 0; i < versions.size(); ++i)
        of_row[i] =
            versions[i].IsNull(place) ? std::nullopt : std::optional(versions[i].Get(place));
    };
    return Assemble(static_cast<size_t>(scanned.num_rows()), column, read);
  }

 private:
  JoinedParents(std::shared_ptr<const FeaturePlan> plan,
                std::vector<DependencyColumns> dependencies,
                std::vector<std::shared_ptr<const ScannedTable>> tables)
      : plan_(std::move(plan)),
        dependencies_(std::move(dependencies)),
        tables_(std::move(tables)),
        order_(JoinOrder(plan_->feature())),
        full_join_(dependencies_.size() > 1 && IsFullJoin(plan_->feature())) {}

  bool IsAggregated(size_t dependency) const {
    return dependencies_[dependency].dep().lineage.type == LineageRelationship::Type::kAggregation;
  }

  arrow::Status PlanColumns() {
    arrow::FieldVector fields;
    std::map<std::string, size_t> owners;
    const std::vector<std::string> join_columns = plan_->join_columns();
    ARROW_RETURN_NOT_OK(CheckJoinColumns(join_columns));
    int with_deleted_at = 0;
    // Columns are in the order in which their dependencies are joined.
    for (size_t index : order_) {
      const DependencyColumns& columns = dependencies_[index];
      with_deleted_at += columns.has_deleted_at() ? 1 : 0;
      for (const DependencyColumns::Column& column : columns.output()) {
        const bool key = std::find(join_columns.begin(), join_columns.end(), column.renamed) !=
                         join_columns.end();
        const auto [owner, added] = owners.emplace(column.renamed, index);
        if (!added && key) continue;
        if (!added) return Collision(column.renamed, owner->second, index);
        if (key) {
          columns_.push_back({OutputColumn::Source::kKey, index, column.renamed});
          ARROW_ASSIGN_OR_RAISE(auto field, KeyField(column.renamed));
          fields.push_back(std::move(field));
        } else {
          columns_.push_back({OutputColumn::Source::kDependency, index, column.stored});
          fields.push_back(
              columns.stored_schema()->GetFieldByName(column.stored)->WithName(column.renamed));
        }
      }
    }
    // The reference passes the parents' deletion timestamps through: one column, and a second one
    // for further parents.
    const auto deleted_at = TimestampColumnType();
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

  // Leaves out the columns of dependencies that are not among these.
  void Keep(const std::vector<std::string>& names) {
    std::vector<OutputColumn> kept;
    arrow::FieldVector fields;
    for (size_t i = 0; i < static_cast<size_t>(schema_->num_fields()); ++i) {
      const auto& field = schema_->field(static_cast<int>(i));
      if (i < columns_.size()) {
        if (columns_[i].source == OutputColumn::Source::kDependency &&
            std::find(names.begin(), names.end(), field->name()) == names.end())
          continue;
        kept.push_back(columns_[i]);
      }
      fields.push_back(field);
    }
    columns_ = std::move(kept);
    schema_ = arrow::schema(std::move(fields));
  }

  arrow::Status Collision(const std::string& column, size_t first, size_t second) const {
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "feature '{}' would get column '{}' from both '{}' and '{}'; rename it in one of the "
            "dependencies, or select other columns",
            plan_->feature().key.ToString(), column, dependencies_[first].dep().feature.ToString(),
            dependencies_[second].dep().feature.ToString()));
  }

  arrow::Result<std::shared_ptr<arrow::Field>> StoredField(size_t dependency,
                                                           const std::string& name) const {
    ARROW_ASSIGN_OR_RAISE(const std::string stored, dependencies_[dependency].StoredName(name));
    return dependencies_[dependency].stored_schema()->GetFieldByName(stored);
  }

  // Join columns have the type of the parent that is joined first; if values of several parents are
  // combined whose category lists differ, they are strings.
  arrow::Result<std::shared_ptr<arrow::Field>> KeyField(const std::string& name) const {
    ARROW_ASSIGN_OR_RAISE(const auto first, StoredField(order_.front(), name));
    if (full_join_ && first->type()->id() == arrow::Type::DICTIONARY) {
      for (const size_t dependency : order_) {
        ARROW_ASSIGN_OR_RAISE(const auto other, StoredField(dependency, name));
        if (!other->WithName(name)->Equals(*first->WithName(name), /*check_metadata=*/true)) {
          return arrow::field(
              name, static_cast<const arrow::DictionaryType&>(*first->type()).value_type());
        }
      }
    }
    return first->WithName(name);
  }

  arrow::Status CheckJoinColumns(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      for (size_t i = 1; i < order_.size(); ++i) {
        for (size_t known = 0; known < i; ++known) {
          ARROW_ASSIGN_OR_RAISE(const auto left, StoredField(order_[known], name));
          ARROW_ASSIGN_OR_RAISE(const auto right, StoredField(order_[i], name));
          ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(*left->type(), *right->type(), name));
        }
      }
    }
    return arrow::Status::OK();
  }

  // Everything that is fetched of a dependency.
  std::vector<std::string> StoredColumns(size_t dependency) const {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const OutputColumn& column : columns_) {
      if (column.source == OutputColumn::Source::kDependency && column.dependency == dependency)
        add(column.name);
      // The key of a joined row is that of the parent that is joined first, if it has a row there.
      if (column.source == OutputColumn::Source::kKey &&
          (full_join_ || dependency == order_.front()))
        add(*dependencies_[dependency].StoredName(column.name));
    }
    return names;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch(std::vector<ParentRows>* parents,
                                                               size_t begin, size_t count) const {
    for (ParentRows& parent : *parents) ARROW_RETURN_NOT_OK(parent.Fetch(begin, count));
    const auto column =
        [&](const OutputColumn& wanted) -> arrow::Result<std::shared_ptr<arrow::Array>> {
      if (wanted.source == OutputColumn::Source::kKey) return KeyColumn(*parents, wanted.name);
      return (*parents)[wanted.dependency].rows()->GetColumnByName(wanted.name);
    };
    return Assemble(count, column, [&](size_t row, std::optional<std::string_view>* versions) {
      for (size_t i = 0; i < parents->size(); ++i)
        (*parents)[i].ReadVersions(row, versions + computer_->FirstVersion(i));
    });
  }

  // Rows of the result: `column` has those columns that are not null, `read` sets the versions of a
  // row.
  template <class Column, class Read>
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Assemble(size_t count, const Column& column,
                                                              const Read& read) const {
    const auto rows = static_cast<int64_t>(count);
    arrow::ArrayVector arrays;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].source == OutputColumn::Source::kNull) {
        const auto& type = schema_->field(static_cast<int>(i))->type();
        ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), arrow::MakeArrayOfNull(type, rows));
      } else {
        ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), column(columns_[i]));
      }
    }
    ARROW_RETURN_NOT_OK(AppendVersions(count, read, &arrays));
    return arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
  }

  arrow::Result<std::shared_ptr<arrow::Array>> KeyColumn(const std::vector<ParentRows>& parents,
                                                         const std::string& name) const {
    const auto column = [&](size_t dependency) {
      return parents[dependency].rows()->GetColumnByName(
          *dependencies_[dependency].StoredName(name));
    };
    if (!full_join_) return column(order_.front());
    const std::shared_ptr<arrow::DataType>& type = schema_->GetFieldByName(name)->type();
    // One concatenated column of all parents, from which each row takes the first value there is.
    arrow::ArrayVector parts;
    for (const size_t dependency : order_) {
      ARROW_ASSIGN_OR_RAISE(arrow::Datum part, arrow::compute::Cast(column(dependency), type));
      parts.push_back(part.make_array());
    }
    arrow::Int64Builder indices;
    const int64_t rows = parts.front()->length();
    for (int64_t row = 0; row < rows; ++row) {
      size_t owner = 0;
      while (owner + 1 < order_.size() && !parents[order_[owner]].has_row(row)) ++owner;
      ARROW_RETURN_NOT_OK(indices.Append(static_cast<int64_t>(owner) * rows + row));
    }
    ARROW_ASSIGN_OR_RAISE(const auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto all, arrow::Concatenate(parts));
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(all, index_array));
    return taken.make_array();
  }

  // The four version columns, which are pairwise equal: data versions equal the provenance until a
  // user sets them.
  template <class Read>
  arrow::Status AppendVersions(size_t count, const Read& read, arrow::ArrayVector* arrays) const {
    const size_t num_fields = plan_->feature().fields.size();
    std::vector<arrow::LargeStringBuilder> fields(num_fields);
    arrow::LargeStringBuilder whole;
    for (arrow::LargeStringBuilder& field : fields)
      ARROW_RETURN_NOT_OK(field.Reserve(static_cast<int64_t>(count)));
    ARROW_RETURN_NOT_OK(whole.Reserve(static_cast<int64_t>(count)));
    const auto append = [](arrow::LargeStringBuilder& builder, const HashText& hash) {
      return hash.null ? builder.AppendNull() : builder.Append(hash.view());
    };
    std::vector<std::optional<std::string_view>> versions(computer_->num_versions());
    RowProvenance provenance;
    for (size_t row = 0; row < count; ++row) {
      read(row, versions.data());
      computer_->Compute(versions, &provenance);
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
        std::make_shared<arrow::StructArray>(type, static_cast<int64_t>(count), members);
    arrays->insert(arrays->end(), {by_field, hashes, hashes, by_field});
    return arrow::Status::OK();
  }

  std::shared_ptr<const FeaturePlan> plan_;
  std::vector<DependencyColumns> dependencies_;
  std::vector<std::shared_ptr<const ScannedTable>> tables_;
  std::vector<size_t> order_;
  bool full_join_;
  std::shared_ptr<const ProvenanceComputer> computer_;
  std::vector<std::vector<FieldKey>> fields_;
  std::vector<OutputColumn> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::vector<std::string> KeptColumns(const DependencyColumns& dependency) {
  std::vector<std::string> names;
  for (const DependencyColumns::Column& column : dependency.output())
    names.push_back(column.stored);
  return names;
}

arrow::Result<std::shared_ptr<const ExpectedRows>> ExpectedFromParents(
    std::shared_ptr<const FeaturePlan> plan, std::vector<DependencyColumns> dependencies,
    std::vector<std::shared_ptr<const ScannedTable>> tables, RowHasher hasher,
    const std::optional<std::vector<std::string>>& columns) {
  return JoinedParents::Make(std::move(plan), std::move(dependencies), std::move(tables),
                             std::move(hasher), columns);
}

}  // namespace metaxy::internal
