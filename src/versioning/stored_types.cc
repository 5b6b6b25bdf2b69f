#include "versioning/stored_types.h"

#include <arrow/array.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "float_text.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

std::shared_ptr<arrow::Field> StoredField(const std::shared_ptr<arrow::Field>& field) {
  return arrow::field(field->name(), StoredType(field->type()), /*nullable=*/true);
}

template <class ArrayType>
arrow::Result<std::shared_ptr<arrow::Array>> FloatTexts(const arrow::Array& array) {
  const auto& values = static_cast<const ArrayType&>(array);
  arrow::LargeStringBuilder builder;
  for (int64_t i = 0; i < values.length(); ++i) {
    ARROW_RETURN_NOT_OK(values.IsNull(i) ? builder.AppendNull()
                                         : builder.Append(StoredFloatText(values.Value(i))));
  }
  return builder.Finish();
}

// Floats as texts where Arrow's own cast writes them in another way than LanceDB does ("1" for
// "1.0"): a version that was given as a float is hashed as this text. Null where Arrow's cast is
// right.
arrow::Result<std::shared_ptr<arrow::Array>> CastFloatsToTexts(const arrow::Array& values,
                                                               const arrow::DataType& type) {
  if (type.id() != arrow::Type::LARGE_STRING) return nullptr;
  if (values.type_id() == arrow::Type::DOUBLE) return FloatTexts<arrow::DoubleArray>(values);
  if (values.type_id() == arrow::Type::FLOAT) return FloatTexts<arrow::FloatArray>(values);
  return nullptr;
}

// Structs are cast member by member, by name: Arrow matches members by position, and a member may
// be missing.
arrow::Result<std::shared_ptr<arrow::Array>> CastStruct(const arrow::StructArray& values,
                                                        const arrow::StructType& type,
                                                        const std::string& name) {
  arrow::ArrayVector members;
  for (const auto& field : type.fields()) {
    const int index = values.struct_type()->GetFieldIndex(field->name());
    if (index < 0) {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), values.length()));
      members.push_back(std::move(nulls));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(
        auto member, CastColumn(values.field(index), field->type(), name + "." + field->name()));
    members.push_back(std::move(member));
  }
  std::shared_ptr<arrow::Buffer> validity;
  if (values.null_count() > 0) {
    arrow::TypedBufferBuilder<bool> bits;
    ARROW_RETURN_NOT_OK(bits.Reserve(values.length()));
    for (int64_t i = 0; i < values.length(); ++i) bits.UnsafeAppend(values.IsValid(i));
    ARROW_ASSIGN_OR_RAISE(validity, bits.Finish());
  }
  return std::make_shared<arrow::StructArray>(arrow::struct_(type.fields()), values.length(),
                                              std::move(members), std::move(validity));
}

}  // namespace

std::shared_ptr<arrow::DataType> MomentType() {
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
    case Type::LIST:
    case Type::LARGE_LIST: {
      const auto& value = static_cast<const arrow::BaseListType&>(*type).value_field();
      return arrow::large_list(StoredField(value)->WithName("item"));
    }
    case Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListType&>(*type);
      return arrow::fixed_size_list(StoredField(list.value_field())->WithName("item"),
                                    list.list_size());
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

std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(StoredField(field));
  return arrow::schema(std::move(fields));
}

arrow::Result<std::shared_ptr<arrow::Array>> CastColumn(
    const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& type,
    const std::string& name) {
  if (values->type()->Equals(*type)) return values;
  if (values->type_id() == arrow::Type::NA) return arrow::MakeArrayOfNull(type, values->length());
  if (values->type_id() == arrow::Type::STRUCT && type->id() == arrow::Type::STRUCT) {
    return CastStruct(static_cast<const arrow::StructArray&>(*values),
                      static_cast<const arrow::StructType&>(*type), name);
  }
  ARROW_ASSIGN_OR_RAISE(auto texts, CastFloatsToTexts(*values, *type));
  if (texts) return texts;
  const arrow::Result<arrow::Datum> cast = arrow::compute::Cast(values, type);
  if (cast.ok()) return cast->make_array();
  if (cast.status().IsNotImplemented()) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' has type {}, which cannot be stored as {}", name,
                                 values->type()->ToString(), type->ToString()));
  }
  return MakeError(
      ErrorCode::kLossyCast,
      fmt::format("column '{}' of type {} has a value that does not fit the stored type {}: {}",
                  name, values->type()->ToString(), type->ToString(), cast.status().message()));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithStoredTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  const auto schema = StoredSchema(*batch->schema());
  arrow::ArrayVector columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, CastColumn(batch->column(i), schema->field(i)->type(),
                                                  schema->field(i)->name()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::Table>> WithStoredTypes(
    const std::shared_ptr<arrow::Table>& table) {
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
