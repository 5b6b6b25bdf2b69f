#include "metaxy/row_type.h"

#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "columns/set_column.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

std::string NameOf(const CellPath& path) {
  return path.member.empty() ? path.column : path.column + "." + path.member;
}

// The first sentence of an Arrow message, on one line.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

arrow::Result<std::shared_ptr<arrow::Array>> FindColumn(const arrow::RecordBatch& rows,
                                                        const CellPath& path) {
  auto column = rows.GetColumnByName(path.column);
  if (!column) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the rows have no column '{}', or more than one; they have: {}",
                                 path.column, fmt::join(rows.schema()->field_names(), ", ")));
  }
  if (path.member.empty()) return column;
  if (column->type_id() != arrow::Type::STRUCT) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' is not a struct but {}, so it has no member '{}'",
                                 path.column, column->type()->ToString(), path.member));
  }
  const auto& members = static_cast<const arrow::StructArray&>(*column);
  const int index = members.struct_type()->GetFieldIndex(path.member);
  if (index < 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' has no member '{}'; it is {}", path.column,
                                 path.member, column->type()->ToString()));
  }
  return members.GetFlattenedField(index);
}

// Versions by field are structs in most tables and maps in some.
arrow::Result<std::shared_ptr<arrow::Array>> StructAsMap(const arrow::StructArray& values) {
  std::vector<std::shared_ptr<arrow::LargeStringArray>> members;
  for (int i = 0; i < values.num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto member, values.GetFlattenedField(i));
    ARROW_ASSIGN_OR_RAISE(const auto texts, arrow::compute::Cast(*member, arrow::large_utf8()));
    members.push_back(std::static_pointer_cast<arrow::LargeStringArray>(texts));
  }
  auto keys = std::make_shared<arrow::LargeStringBuilder>();
  auto items = std::make_shared<arrow::LargeStringBuilder>();
  arrow::MapBuilder builder(arrow::default_memory_pool(), keys, items);
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    ARROW_RETURN_NOT_OK(builder.Append());
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i]->IsNull(row)) continue;
      ARROW_RETURN_NOT_OK(keys->Append(values.struct_type()->field(static_cast<int>(i))->name()));
      ARROW_RETURN_NOT_OK(items->Append(members[i]->GetView(row)));
    }
  }
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> CastTo(const std::shared_ptr<arrow::Array>& values,
                                                    const std::shared_ptr<arrow::DataType>& type) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  if (values->type_id() == arrow::Type::STRUCT && type->id() == arrow::Type::MAP)
    return StructAsMap(static_cast<const arrow::StructArray&>(*values));
  return arrow::compute::Cast(*values, type);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> FindValues(
    const arrow::RecordBatch& rows, const CellPath& path,
    const std::shared_ptr<arrow::DataType>& type, bool nullable) {
  ARROW_ASSIGN_OR_RAISE(auto values, FindColumn(rows, path));
  if (!values->type()->Equals(*type)) {
    auto cast = CastTo(values, type);
    if (!cast.ok()) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' is {} and cannot be read as {}: {}", NameOf(path),
                                   values->type()->ToString(), type->ToString(),
                                   FirstLine(cast.status().message())));
    }
    values = std::move(cast).ValueUnsafe();
  }
  if (!nullable && values->null_count() > 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' has {} nulls; read it into a std::optional",
                                 NameOf(path), values->null_count()));
  }
  return values;
}

arrow::Result<std::shared_ptr<arrow::Table>> MakeTable(
    const std::vector<CellPath>& paths, const std::vector<std::shared_ptr<arrow::Array>>& values) {
  struct Column {
    std::string name;
    arrow::FieldVector members;  // None: a column that is not a struct.
    arrow::ArrayVector values;
  };
  std::vector<Column> columns;
  for (size_t i = 0; i < paths.size(); ++i) {
    const CellPath& path = paths[i];
    auto column = std::find_if(columns.begin(), columns.end(),
                               [&](const Column& other) { return other.name == path.column; });
    const bool is_new = column == columns.end();
    if (is_new) column = columns.insert(column, Column{path.column, {}, {}});
    const bool twice =
        !is_new && (path.member.empty() || column->members.empty() ||
                    std::any_of(column->members.begin(), column->members.end(),
                                [&](const auto& field) { return field->name() == path.member; }));
    if (twice) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' is named twice", NameOf(path)));
    }
    if (!path.member.empty()) {
      column->members.push_back(arrow::field(path.member, values[i]->type()));
    }
    column->values.push_back(values[i]);
  }
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    std::shared_ptr<arrow::Array> array = column.values.front();
    if (!column.members.empty()) {
      ARROW_ASSIGN_OR_RAISE(array, arrow::StructArray::Make(column.values, column.members));
    }
    fields.push_back(arrow::field(column.name, array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), arrays);
}

arrow::Result<std::shared_ptr<arrow::Table>> AddColumns(const std::shared_ptr<arrow::Table>& rows,
                                                        const arrow::Table& more) {
  if (!rows) return MakeError(ErrorCode::kInvalidInput, "the rows are null; pass a table");
  if (rows->num_rows() != more.num_rows()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format(
            "{} rows of new columns were given for a table of {} rows; pass one for each row",
            more.num_rows(), rows->num_rows()));
  }
  std::shared_ptr<arrow::Table> result = rows;
  for (int i = 0; i < more.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(result,
                          SetColumn(result, more.schema()->field(i)->name(), more.column(i)));
  }
  return result;
}

}  // namespace metaxy::internal
