#include "versioning/resolve/provenance_columns.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "columns/set_column.h"
#include "columns/version_strings.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/hash/provenance.h"

namespace metaxy::internal {
namespace {

std::string ColumnOf(std::string_view column, const FeatureDep& dep) {
  return std::string(column) + dep.feature.ToColumnSuffix();
}

arrow::Status CheckColumns(const FeatureSpec& feature, const arrow::Schema& schema) {
  std::vector<std::string> missing;
  for (const FeatureDep& dep : feature.deps) {
    const std::string column = ColumnOf(kDataVersionByField, dep);
    if (schema.GetFieldIndex(column) < 0)
      missing.push_back(fmt::format("'{}' (of feature '{}')", column, dep.feature.ToString()));
  }
  if (missing.empty()) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("to compute the provenance of feature '{}' the rows need: {}; rename "
                  "metaxy_data_version_by_field of each parent so before joining them",
                  feature.key.ToString(), fmt::join(missing, ", ")));
}

// The versions of those fields of a parent that something depends on. All of its fields must be
// present.
arrow::Result<std::vector<VersionStrings>> VersionsOf(
    const FeatureSpec& parent, const std::vector<FieldKey>& fields, const std::string& column,
    const std::shared_ptr<arrow::Array>& by_field) {
  for (const FieldSpec& field : parent.fields) {
    const std::string member = field.key.ToStructKey();
    if (by_field->type_id() == arrow::Type::STRUCT &&
        static_cast<const arrow::StructType&>(*by_field->type()).GetFieldIndex(member) < 0) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' has no member '{}', but feature '{}' has a field "
                                   "'{}'; its type is {}",
                                   column, member, parent.key.ToString(), field.key.ToString(),
                                   by_field->type()->ToString()));
    }
  }
  std::vector<VersionStrings> versions;
  for (const FieldKey& field : fields) {
    arrow::Result<VersionStrings> texts = VersionStrings::Extract(by_field, field.ToStructKey());
    if (!texts.ok()) return WithContext(texts.status(), fmt::format("column '{}'", column));
    versions.push_back(std::move(*texts));
  }
  return versions;
}

struct VersionColumns {
  std::shared_ptr<arrow::Array> by_field;
  std::shared_ptr<arrow::Array> whole;
};

arrow::Result<VersionColumns> ComputeColumns(const FeatureSpec& spec,
                                             const ProvenanceComputer& computer,
                                             const std::vector<VersionStrings>& versions,
                                             int64_t num_rows) {
  arrow::FieldVector members;
  for (const FieldSpec& field : spec.fields)
    members.push_back(arrow::field(field.key.ToStructKey(), arrow::large_utf8()));
  std::vector<arrow::LargeStringBuilder> fields(members.size());
  arrow::LargeStringBuilder whole;
  const auto append = [](arrow::LargeStringBuilder& builder, const HashText& hash) {
    return hash.null ? builder.AppendNull() : builder.Append(hash.view());
  };
  RowProvenance provenance;
  std::vector<std::optional<std::string_view>> texts(versions.size());
  for (int64_t row = 0; row < num_rows; ++row) {
    for (size_t i = 0; i < versions.size(); ++i) {
      texts[i] = versions[i].IsNull(row) ? std::nullopt : std::optional(versions[i].Get(row));
    }
    computer.Compute(texts, &provenance);
    for (size_t i = 0; i < fields.size(); ++i)
      ARROW_RETURN_NOT_OK(append(fields[i], provenance.fields[i]));
    ARROW_RETURN_NOT_OK(append(whole, provenance.whole));
  }
  arrow::ArrayVector arrays(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) ARROW_RETURN_NOT_OK(fields[i].Finish(&arrays[i]));
  VersionColumns columns;
  ARROW_RETURN_NOT_OK(whole.Finish(&columns.whole));
  columns.by_field = std::make_shared<arrow::StructArray>(arrow::struct_(std::move(members)),
                                                          num_rows, std::move(arrays));
  return columns;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithoutColumn(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::string& name) {
  const int index = rows->schema()->GetFieldIndex(name);
  if (index < 0) return rows;
  return rows->RemoveColumn(index);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> AddProvenance(
    const FeaturePlan& plan, const RowHasher& hasher,
    const std::shared_ptr<arrow::RecordBatch>& rows) {
  const FeatureSpec& feature = plan.feature();
  ARROW_RETURN_NOT_OK(CheckColumns(feature, *rows->schema()));
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsByDependency(plan));
  std::vector<VersionStrings> versions;
  for (size_t i = 0; i < feature.deps.size(); ++i) {
    const std::string column = ColumnOf(kDataVersionByField, feature.deps[i]);
    ARROW_ASSIGN_OR_RAISE(
        std::vector<VersionStrings> more,
        VersionsOf(plan.parents()[i], fields[i], column, rows->GetColumnByName(column)));
    std::move(more.begin(), more.end(), std::back_inserter(versions));
  }
  ARROW_ASSIGN_OR_RAISE(const auto computer, ProvenanceComputer::Make(plan, hasher));
  ARROW_ASSIGN_OR_RAISE(const VersionColumns columns,
                        ComputeColumns(feature, computer, versions, rows->num_rows()));
  std::shared_ptr<arrow::RecordBatch> result = rows;
  for (const FeatureDep& dep : feature.deps) {
    for (std::string_view name : {kProvenance, kProvenanceByField, kDataVersionByField}) {
      ARROW_ASSIGN_OR_RAISE(result, WithoutColumn(result, ColumnOf(name, dep)));
    }
  }
  ARROW_ASSIGN_OR_RAISE(result, SetColumn(result, kProvenanceByField, columns.by_field));
  ARROW_ASSIGN_OR_RAISE(result, SetColumn(result, kProvenance, columns.whole));
  ARROW_ASSIGN_OR_RAISE(result, SetColumn(result, kDataVersion, columns.whole));
  return SetColumn(result, kDataVersionByField, columns.by_field);
}

}  // namespace metaxy::internal
