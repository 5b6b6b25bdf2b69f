#include "cli/input/plain_types.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/extension_type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Type = std::shared_ptr<arrow::DataType>;
using Data = std::shared_ptr<arrow::ArrayData>;

arrow::Result<Type> PlainType(const Type& type, const std::string& column);

// The metadata also marks a column as an extension type.
std::shared_ptr<const arrow::KeyValueMetadata> WithoutExtension(
    const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  if (metadata == nullptr || metadata->FindKey("ARROW:extension:name") < 0) return metadata;
  auto kept = std::make_shared<arrow::KeyValueMetadata>();
  for (int64_t i = 0; i < metadata->size(); ++i) {
    if (!metadata->key(i).starts_with("ARROW:extension:"))
      kept->Append(metadata->key(i), metadata->value(i));
  }
  return kept;
}

arrow::Result<std::shared_ptr<arrow::Field>> PlainField(const std::shared_ptr<arrow::Field>& field,
                                                        const std::string& column) {
  ARROW_ASSIGN_OR_RAISE(auto type, PlainType(field->type(), column));
  return field->WithType(type)->WithMetadata(WithoutExtension(field->metadata()));
}

arrow::Status Refused(const std::string& column, const arrow::DataType& type,
                      const std::string& remedy) {
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("column {} is of type {}, which tables cannot hold; {}",
                               Quote(column), type.ToString(), remedy));
}

arrow::Result<Type> PlainDecimal(const Type& type, const std::string& column) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
  if (decimal.precision() > arrow::Decimal128Type::kMaxPrecision)
    return Refused(column, *type, "decimals may have at most 38 digits");
  return arrow::decimal128(decimal.precision(), decimal.scale());
}

arrow::Result<Type> PlainNested(const Type& type, const std::string& column) {
  arrow::FieldVector fields;
  for (const auto& field : type->fields()) {
    const bool is_struct = type->id() == arrow::Type::STRUCT;
    ARROW_ASSIGN_OR_RAISE(auto plain,
                          PlainField(field, is_struct ? column + "." + field->name() : column));
    fields.push_back(std::move(plain));
  }
  switch (type->id()) {
    case arrow::Type::STRUCT:
      return arrow::struct_(fields);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0], static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::MAP:
      return std::make_shared<arrow::MapType>(
          fields[0], static_cast<const arrow::MapType&>(*type).keys_sorted());
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list(fields[0]);
    default:
      return arrow::list(fields[0]);
  }
}

arrow::Result<Type> PlainType(const Type& type, const std::string& column) {
  switch (type->id()) {
    case arrow::Type::EXTENSION:
      return PlainType(static_cast<const arrow::ExtensionType&>(*type).storage_type(), column);
    case arrow::Type::RUN_END_ENCODED:
      return PlainType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type(), column);
    case arrow::Type::STRING_VIEW:
      return arrow::large_utf8();
    case arrow::Type::BINARY_VIEW:
      return arrow::large_binary();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL256:
      return PlainDecimal(type, column);
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
      return Refused(column, *type, "write a column for each of its types");
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return Refused(column, *type, "write a duration or a number");
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto values, PlainType(dictionary.value_type(), column));
      return arrow::dictionary(dictionary.index_type(), values, dictionary.ordered());
    }
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      return PlainNested(type, column);
    default:
      return type;
  }
}

arrow::Result<Data> PlainData(Data data, const Type& type);

arrow::Result<Data> PlainArray(const std::shared_ptr<arrow::Array>& array, const Type& type) {
  return PlainData(array->data(), type);
}

arrow::MemoryPool* Pool() { return arrow::default_memory_pool(); }

// The same bytes; the types differ at most in field names.
Data WithType(const Data& data, const Type& type) {
  Data typed = data->Copy();
  typed->type = type;
  return typed;
}

// The same array with plain children; children are not sliced, so that offsets stay valid.
arrow::Result<Data> WithPlainChildren(const Data& data, const Type& type) {
  Data plain = data->Copy();
  plain->type = type;
  for (size_t i = 0; i < plain->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        plain->child_data[i],
        PlainData(plain->child_data[i], type->field(static_cast<int>(i))->type()));
  }
  return plain;
}

arrow::Result<Data> PlainData(Data data, const Type& type) {
  if (data->type->Equals(*type, /*check_metadata=*/true)) return data;
  switch (data->type->id()) {
    case arrow::Type::EXTENSION: {
      const auto array = arrow::MakeArray(data);
      return PlainArray(static_cast<const arrow::ExtensionArray&>(*array).storage(), type);
    }
    case arrow::Type::RUN_END_ENCODED: {
      // Arrow cannot decode or gather all types, so nested values come first.
      const auto& runs = static_cast<const arrow::RunEndEncodedType&>(*data->type);
      ARROW_ASSIGN_OR_RAISE(
          const Data plain,
          WithPlainChildren(data, arrow::run_end_encoded(runs.run_end_type(), type)));
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum decoded, arrow::compute::RunEndDecode(plain));
      return decoded.array();
    }
    case arrow::Type::LIST_VIEW: {
      ARROW_ASSIGN_OR_RAISE(const Data plain,
                            WithPlainChildren(data, arrow::list_view(type->field(0))));
      ARROW_ASSIGN_OR_RAISE(const auto list,
                            arrow::ListArray::FromListView(arrow::ListViewArray(plain), Pool()));
      return WithType(list->data(), type);
    }
    case arrow::Type::LARGE_LIST_VIEW: {
      ARROW_ASSIGN_OR_RAISE(const Data plain,
                            WithPlainChildren(data, arrow::large_list_view(type->field(0))));
      ARROW_ASSIGN_OR_RAISE(const auto list, arrow::LargeListArray::FromListView(
                                                 arrow::LargeListViewArray(plain), Pool()));
      return WithType(list->data(), type);
    }
    case arrow::Type::DICTIONARY: {
      Data plain = data->Copy();
      plain->type = type;
      const auto& values = static_cast<const arrow::DictionaryType&>(*type).value_type();
      ARROW_ASSIGN_OR_RAISE(plain->dictionary, PlainData(plain->dictionary, values));
      return plain;
    }
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      return WithPlainChildren(data, type);
    default: {
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast, arrow::compute::Cast(data, type));
      return cast.array();
    }
  }
}

class PlainReader : public arrow::RecordBatchReader {
 public:
  PlainReader(std::shared_ptr<arrow::RecordBatchReader> rows, std::shared_ptr<arrow::Schema> schema)
      : rows_(std::move(rows)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> next;
    ARROW_RETURN_NOT_OK(rows_->ReadNext(&next));
    if (next == nullptr) {
      batch->reset();
      return arrow::Status::OK();
    }
    return PlainBatch(*next, schema_).Value(batch);
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::Schema>> PlainSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    ARROW_ASSIGN_OR_RAISE(auto plain, PlainField(field, field->name()));
    fields.push_back(std::move(plain));
  }
  return arrow::schema(std::move(fields));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> PlainBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto data, PlainData(batch.column_data(i), schema->field(i)->type()));
    columns.push_back(arrow::MakeArray(data));
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithPlainTypes(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(auto schema, PlainSchema(*rows->schema()));
  return std::make_shared<PlainReader>(std::move(rows), std::move(schema));
}

}  // namespace metaxy::cli
