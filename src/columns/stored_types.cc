#include "columns/stored_types.h"

#include <arrow/extension_type.h>
#include <fmt/format.h>

#include <optional>
#include <string>

#include "columns/categories.h"
#include "columns/entry_list.h"
#include "columns/time_zone.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

arrow::TimeUnit::type NoSeconds(arrow::TimeUnit::type unit) {
  return unit == arrow::TimeUnit::SECOND ? arrow::TimeUnit::MILLI : unit;
}

// A zone that Polars does not know makes the whole table unreadable for the Python package.
arrow::Status CheckZones(const arrow::DataType& type, const std::string& column) {
  if (type.id() == arrow::Type::TIMESTAMP) {
    const std::string& zone = static_cast<const arrow::TimestampType&>(type).timezone();
    if (zone.empty() || TimeZone::Find(zone)) return arrow::Status::OK();
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "column '{}' of type {} cannot be stored: the Python package does not know the "
            "time zone '{}'; convert the values to UTC or another zone of the IANA database",
            column, type.ToString(), zone));
  }
  if (type.id() == arrow::Type::DICTIONARY)
    return CheckZones(*static_cast<const arrow::DictionaryType&>(type).value_type(), column);
  for (const auto& field : type.fields()) ARROW_RETURN_NOT_OK(CheckZones(*field->type(), column));
  return arrow::Status::OK();
}

arrow::Status CheckZones(const arrow::Schema& schema) {
  for (const auto& field : schema.fields())
    ARROW_RETURN_NOT_OK(CheckZones(*field->type(), field->name()));
  return arrow::Status::OK();
}

// Lists, maps and structs; any other type is stored as it is.
std::shared_ptr<arrow::DataType> StoredNestedType(const std::shared_ptr<arrow::DataType>& type) {
  using arrow::Type;
  switch (type->id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW: {
      const auto& value = static_cast<const arrow::BaseListType&>(*type).value_field();
      return arrow::large_list(StoredField(value)->WithName("item"));
    }
    case Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListType&>(*type);
      return arrow::fixed_size_list(StoredField(list.value_field())->WithName("item"),
                                    list.list_size());
    }
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return arrow::map(StoredType(map.key_type()), StoredType(map.item_type()));
    }
    case Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) fields.push_back(StoredField(field));
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

}  // namespace

std::shared_ptr<arrow::Field> StoredField(const std::shared_ptr<arrow::Field>& field) {
  if (IsTextDictionary(*field->type())) return StoredCategories(*field);
  if (IsPolarsMap(*field)) {
    const auto& entry = static_cast<const arrow::StructType&>(*field->type()->field(0)->type());
    return arrow::field(field->name(),
                        arrow::map(StoredType(entry.GetFieldByName("key")->type()),
                                   StoredType(entry.GetFieldByName("value")->type())));
  }
  return arrow::field(field->name(), StoredType(field->type()), /*nullable=*/true);
}

std::shared_ptr<arrow::DataType> TimestampColumnType() {
  return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

std::shared_ptr<arrow::DataType> StoredType(const std::shared_ptr<arrow::DataType>& type) {
  using arrow::Type;
  switch (type->id()) {
    case Type::STRING:
    case Type::STRING_VIEW:
      return arrow::large_utf8();
    case Type::BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return arrow::large_binary();
    case Type::DATE64:
      return arrow::timestamp(arrow::TimeUnit::MILLI);
    case Type::TIMESTAMP: {
      const auto& timestamps = static_cast<const arrow::TimestampType&>(*type);
      const std::optional<TimeZone> zone = TimeZone::Find(timestamps.timezone());
      return arrow::timestamp(NoSeconds(timestamps.unit()),
                              zone ? zone->name() : timestamps.timezone());
    }
    case Type::DURATION:
      return arrow::duration(NoSeconds(static_cast<const arrow::DurationType&>(*type).unit()));
    case Type::TIME32:
    case Type::TIME64:
      return arrow::time64(arrow::TimeUnit::NANO);
    case Type::DECIMAL32:
    case Type::DECIMAL64: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      return arrow::decimal128(decimal.precision(), decimal.scale());
    }
    case Type::EXTENSION:
      return StoredType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    case Type::RUN_END_ENCODED:
      return StoredType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type());
    case Type::DICTIONARY:
      return IsTextDictionary(*type)
                 ? StoredCategories(*arrow::field("", type))->type()
                 : StoredType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    default:
      return StoredNestedType(type);
  }
}

std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(StoredField(field));
  return arrow::schema(std::move(fields));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithStoredTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_RETURN_NOT_OK(CheckZones(*batch->schema()));
  const auto schema = StoredSchema(*batch->schema());
  arrow::ArrayVector columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        auto column, CastColumn(batch->column(i), *schema->field(i), schema->field(i)->name()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::Table>> WithStoredTypes(
    const std::shared_ptr<arrow::Table>& table) {
  ARROW_RETURN_NOT_OK(CheckZones(*table->schema()));
  arrow::TableBatchReader reader(*table);
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(reader.ReadNext(&batch));
    if (!batch) break;
    ARROW_ASSIGN_OR_RAISE(batch, WithStoredTypes(batch));
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(StoredSchema(*table->schema()), batches);
}

}  // namespace metaxy::internal
