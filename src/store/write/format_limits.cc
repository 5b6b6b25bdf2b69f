#include "store/write/format_limits.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"
#include "store/write/lossy_value.h"
#include "store/write/promoted_types.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {
namespace {

constexpr FileFormat kFirstWithNullStructs{2, 1};
constexpr FileFormat kFirstWithMaps{2, 2};

// What a new column of a type has that files of a format cannot hold; empty if nothing. A struct
// would be null in the rows that are there; the items of a list need not be null.
std::string_view FindUnsupported(const arrow::DataType& type, FileFormat format, bool is_item) {
  if (type.id() == arrow::Type::MAP) return "a map";
  const bool is_struct = type.id() == arrow::Type::STRUCT;
  if (is_struct && !is_item && format < kFirstWithNullStructs) return "a struct";
  for (const auto& field : type.fields()) {
    const auto found = FindUnsupported(*field->type(), format, is_item || !is_struct);
    if (!found.empty()) return found;
  }
  return {};
}

template <typename List>
arrow::Result<bool> HasNullStruct(const arrow::Array& values);

arrow::Result<bool> HasNullStructIn(const arrow::Array& values) {
  using arrow::Type;
  switch (values.type_id()) {
    case Type::STRUCT: {
      if (values.null_count() > 0) return true;
      const auto& structs = static_cast<const arrow::StructArray&>(values);
      for (int i = 0; i < structs.num_fields(); ++i) {
        ARROW_ASSIGN_OR_RAISE(const bool found, HasNullStructIn(*structs.field(i)));
        if (found) return true;
      }
      return false;
    }
    case Type::LIST:
      return HasNullStruct<arrow::ListArray>(values);
    case Type::LARGE_LIST:
      return HasNullStruct<arrow::LargeListArray>(values);
    default:
      return false;
  }
}

template <typename List>
arrow::Result<bool> HasNullStruct(const arrow::Array& values) {
  ARROW_ASSIGN_OR_RAISE(const auto flat, static_cast<const List&>(values).Flatten());
  return HasNullStructIn(*flat);
}

// What a table of this format refuses in the rows that it is given.
class Limits {
 public:
  Limits(const StoredTable& table, FileFormat format, const std::vector<std::string>& id_columns)
      : name_(table.name()), stored_(table.schema()), format_(format), id_columns_(id_columns) {}

  arrow::Status CheckTypes(const arrow::Schema& rows) const {
    for (const auto& field : MissingFields(stored_->fields(), rows.fields())) {
      // A struct that is there stands for the members that it lacks.
      const bool is_there = stored_->GetFieldIndex(field->name()) >= 0;
      const auto types = is_there ? field->type()->fields() : arrow::FieldVector{field};
      for (const auto& type : types) {
        const auto what = FindUnsupported(*type->type(), format_, false);
        if (what.empty()) continue;
        return Refuse(field->name(), fmt::format("has {}", what),
                      "Convert it to a list of structs");
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status CheckValues(const arrow::RecordBatch& rows) const {
    if (format_ >= kFirstWithNullStructs || rows.num_rows() == 0) return arrow::Status::OK();
    for (const auto& field : stored_->fields()) {
      if (field->type()->id() != arrow::Type::STRUCT) continue;
      const auto column = rows.GetColumnByName(field->name());
      if (!column)
        return Refuse(field->name(), "is missing, which makes it null in place of a struct",
                      kGiveMembers);
      if (column->null_count() > 0) ARROW_RETURN_NOT_OK(RefuseNull(rows, *field, *column));
    }
    for (int i = 0; i < rows.num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const bool found, HasNullStructIn(*rows.column(i)));
      if (found) return RefuseNull(rows, *rows.schema()->field(i), *rows.column(i));
    }
    return arrow::Status::OK();
  }

 private:
  static constexpr std::string_view kGiveMembers = "Give structs whose members are null";

  arrow::Status RefuseNull(const arrow::RecordBatch& rows, const arrow::Field& field,
                           const arrow::Array& column) const {
    const bool is_struct = column.type_id() == arrow::Type::STRUCT;
    const int64_t row = FindRefusedRow(column, [&](const auto& part) {
      if (part->null_count() > 0 && (is_struct || !arrow::is_nested(column.type_id())))
        return false;
      const auto found = HasNullStructIn(*part);
      return found.ok() && !*found;
    });
    return Refuse(field.name(),
                  fmt::format("has a null in place of a struct in row {}{}", row + 1,
                              NameOfRow(rows, id_columns_, row)),
                  kGiveMembers);
  }

  arrow::Status Refuse(const std::string& column, std::string_view what,
                       std::string_view remedy) const {
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "column {} {}, for which the files of table {}, of format {}.{}, have no place; "
            "nothing was written. {}, or write all rows to a table of format 2.2",
            Quote(column), what, Quote(name_), format_.major, format_.minor, remedy));
  }

  std::string name_;
  std::shared_ptr<arrow::Schema> stored_;
  FileFormat format_;
  std::vector<std::string> id_columns_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithinFormat(
    const StoredTable& table, std::shared_ptr<arrow::RecordBatchReader> rows,
    const std::vector<std::string>& id_columns) {
  ARROW_ASSIGN_OR_RAISE(const FileFormat format, table.file_format());
  if (format == FileFormat{} || format >= kFirstWithMaps) return rows;
  const Limits limits(table, format, id_columns);
  ARROW_RETURN_NOT_OK(limits.CheckTypes(*rows->schema()));
  const auto schema = rows->schema();
  return MapBatches(
      std::move(rows), schema,
      [limits](const auto& batch) -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        ARROW_RETURN_NOT_OK(limits.CheckValues(*batch));
        return batch;
      });
}

}  // namespace metaxy::internal
