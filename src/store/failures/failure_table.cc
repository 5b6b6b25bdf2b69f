#include "store/failures/failure_table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/base64.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "columns/categories.h"
#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/json.h"
#include "metaxy/system_columns.h"
#include "versioning/resolve/failed_samples.h"

namespace metaxy::internal {
namespace {

constexpr const char* kFailuresKey = "metaxy-system/failures";

bool IsBinary(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW || type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

// The text of every value, as it is put into JSON.
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> TextsOf(
    const std::shared_ptr<arrow::Array>& values) {
  if (IsBinary(*values->type())) {
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast,
                          arrow::compute::Cast(values, arrow::large_binary()));
    const auto bytes = std::static_pointer_cast<arrow::LargeBinaryArray>(cast.make_array());
    arrow::LargeStringBuilder texts;
    for (int64_t i = 0; i < bytes->length(); ++i) {
      if (bytes->IsNull(i)) {
        ARROW_RETURN_NOT_OK(texts.AppendNull());
      } else {
        ARROW_RETURN_NOT_OK(texts.Append(arrow::util::base64_encode(bytes->GetView(i))));
      }
    }
    std::shared_ptr<arrow::LargeStringArray> result;
    ARROW_RETURN_NOT_OK(texts.Finish(&result));
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast, arrow::compute::Cast(values, arrow::large_utf8()));
  return std::static_pointer_cast<arrow::LargeStringArray>(cast.make_array());
}

arrow::Result<std::shared_ptr<arrow::Array>> FromTexts(
    const std::shared_ptr<arrow::LargeStringArray>& texts,
    const std::shared_ptr<arrow::DataType>& type) {
  if (IsBinary(*type)) {
    arrow::LargeBinaryBuilder bytes;
    for (int64_t i = 0; i < texts->length(); ++i) {
      if (texts->IsNull(i)) {
        ARROW_RETURN_NOT_OK(bytes.AppendNull());
      } else {
        // Older versions of Arrow return the bytes without a status.
        ARROW_ASSIGN_OR_RAISE(
            const std::string decoded,
            arrow::Result<std::string>(arrow::util::base64_decode(texts->GetView(i))));
        ARROW_RETURN_NOT_OK(bytes.Append(decoded));
      }
    }
    return bytes.Finish();
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast, arrow::compute::Cast(texts, type));
  return cast.make_array();
}

bool IsBareInJson(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || type.id() == arrow::Type::BOOL;
}

// The stored type of this name; null if no id has it.
std::shared_ptr<arrow::DataType> TypeOfName(std::string_view name) {
  static const std::vector<std::shared_ptr<arrow::DataType>> kTypes = {
      arrow::large_utf8(),   arrow::int64(),
      arrow::int32(),        arrow::int16(),
      arrow::int8(),         arrow::uint64(),
      arrow::uint32(),       arrow::uint16(),
      arrow::uint8(),        arrow::boolean(),
      arrow::date32(),       arrow::float64(),
      arrow::float32(),      arrow::float16(),
      arrow::large_binary(), arrow::time64(arrow::TimeUnit::NANO)};
  for (const auto& type : kTypes) {
    if (type->ToString() == name) return type;
  }
  for (const auto unit : {arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
    if (arrow::duration(unit)->ToString() == name) return arrow::duration(unit);
    if (arrow::timestamp(unit)->ToString() == name) return arrow::timestamp(unit);
    const std::string head = arrow::timestamp(unit, "")->ToString();
    const std::string zoned = head.substr(0, head.size() - 1) + ", tz=";
    if (name.substr(0, zoned.size()) == zoned && name.back() == ']') {
      return arrow::timestamp(
          unit, std::string(name.substr(zoned.size(), name.size() - zoned.size() - 1)));
    }
  }
  int precision = 0;
  int scale = 0;
  constexpr int kMost128 = 38;
  if (std::sscanf(std::string(name).c_str(), "decimal128(%d, %d)", &precision, &scale) == 2 &&
      precision >= 1 && precision <= kMost128)
    return arrow::decimal128(precision, scale);
  return nullptr;
}

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.as_string();
  return value.DumpCompact();
}

// Durations and the like, which Arrow does not write as text, are their numbers.
arrow::Result<std::shared_ptr<arrow::Array>> Castable(std::shared_ptr<arrow::Array> values) {
  if (values->type_id() != arrow::Type::DURATION) return values;
  return values->View(arrow::int64());
}

}  // namespace

std::string FailuresTable() { return FeatureKey(kFailuresKey).table_name(); }

std::shared_ptr<arrow::Schema> FailureSchema() {
  const auto text = arrow::large_utf8();
  const auto hash = arrow::fixed_size_binary(sizeof(KeyHash));
  return arrow::schema(
      {arrow::field(kFailedFeatureColumn, text), arrow::field(std::string(kFeatureVersion), text),
       arrow::field(kIdsColumn, text), arrow::field(kIdTypesColumn, text),
       arrow::field(std::string(kProvenance), text), arrow::field(std::string(kFailureKind), text),
       arrow::field(std::string(kFailureMessage), text),
       arrow::field(std::string(kFailureAttempts), arrow::int64()),
       arrow::field(std::string(kFailedAt), TimestampColumnType()),
       arrow::field(std::string(kMaterializationId), text), arrow::field(kEventIdColumn, text),
       arrow::field(kSampleHashColumn, hash), arrow::field(kTriedHashColumn, hash),
       arrow::field(kFeatureHashColumn, arrow::uint64())});
}

arrow::Result<std::vector<std::shared_ptr<arrow::Array>>> SampleIds(
    const arrow::RecordBatch& rows, const std::vector<std::string>& join_columns) {
  std::vector<std::shared_ptr<arrow::Array>> ids;
  for (const std::string& name : join_columns) {
    const std::shared_ptr<arrow::Array> column = rows.GetColumnByName(name);
    ARROW_RETURN_NOT_OK(KeyColumns::CheckType(*column->type(), name));
    ARROW_ASSIGN_OR_RAISE(const auto decoded, DecodeDictionary(column));
    const auto field = StoredField(arrow::field(name, decoded->type()));
    ARROW_ASSIGN_OR_RAISE(ids.emplace_back(), CastColumn(decoded, *field, name));
  }
  return ids;
}

arrow::Result<arrow::ArrayVector> IdsAsText(const std::vector<std::shared_ptr<arrow::Array>>& ids,
                                            const std::vector<std::string>& join_columns) {
  const int64_t rows = ids.front()->length();
  std::vector<std::shared_ptr<arrow::LargeStringArray>> texts;
  std::vector<std::string> heads;  // what stands before each value
  Json types = Json::Object{};
  for (size_t i = 0; i < ids.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto castable, Castable(ids[i]));
    ARROW_ASSIGN_OR_RAISE(texts.emplace_back(), TextsOf(castable));
    heads.push_back((i == 0 ? "{" : ", ") + Json(join_columns[i]).DumpCompact() + ": ");
    types.Set(join_columns[i], ids[i]->type()->ToString());
  }
  arrow::LargeStringBuilder objects;
  std::string object;
  for (int64_t row = 0; row < rows; ++row) {
    object.clear();
    for (size_t i = 0; i < ids.size(); ++i) {
      object += heads[i];
      if (texts[i]->IsNull(row)) {
        object += "null";
      } else if (IsBareInJson(*ids[i]->type())) {
        object += texts[i]->GetView(row);
      } else {
        object += Json(texts[i]->GetView(row)).DumpCompact();
      }
    }
    object += "}";
    ARROW_RETURN_NOT_OK(objects.Append(object));
  }
  arrow::ArrayVector columns(2);
  ARROW_ASSIGN_OR_RAISE(columns[0], objects.Finish());
  ARROW_ASSIGN_OR_RAISE(
      columns[1], arrow::MakeArrayFromScalar(arrow::LargeStringScalar(types.DumpPython()), rows));
  return columns;
}

namespace {

// Ids as they are parsed: a column per name, in the order in which the names are met.
class ParsedIds {
 public:
  explicit ParsedIds(int64_t rows) : rows_(rows) {}

  // Rows that do not agree on a type are numbers if all are, else strings.
  void AddType(const std::string& name, const std::string& type) {
    std::string& known = columns_[ColumnOf(name)].type;
    if (known == type) return;
    if (known.empty()) {
      known = type;
      return;
    }
    const auto left = TypeOfName(known);
    const auto right = TypeOfName(type);
    const bool numbers =
        left && right && arrow::is_integer(left->id()) && arrow::is_integer(right->id());
    known = (numbers ? arrow::int64() : arrow::large_utf8())->ToString();
  }

  void AddValue(const std::string& name, int64_t row, const Json& value) {
    Column& column = columns_[ColumnOf(name)];
    if (!value.is_null()) column.values[static_cast<size_t>(row)] = TextOf(value);
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Finish() const {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const Column& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto array, ArrayOf(column));
      fields.push_back(arrow::field(column.name, array->type()));
      arrays.push_back(std::move(array));
    }
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows_, std::move(arrays));
  }

 private:
  struct Column {
    std::string name;
    std::string type;
    std::vector<std::optional<std::string>> values;
  };

  size_t ColumnOf(const std::string& name) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].name == name) return i;
    }
    columns_.push_back(
        {name, "", std::vector<std::optional<std::string>>(static_cast<size_t>(rows_))});
    return columns_.size() - 1;
  }

  // The values of a type that is not known, or that they are not of, stay strings.
  static arrow::Result<std::shared_ptr<arrow::Array>> ArrayOf(const Column& column) {
    arrow::LargeStringBuilder builder;
    for (const auto& value : column.values)
      ARROW_RETURN_NOT_OK(value ? builder.Append(*value) : builder.AppendNull());
    std::shared_ptr<arrow::LargeStringArray> texts;
    ARROW_RETURN_NOT_OK(builder.Finish(&texts));
    const auto type = TypeOfName(column.type);
    if (!type) return texts;
    const auto written = type->id() == arrow::Type::DURATION ? arrow::int64() : type;
    arrow::Result<std::shared_ptr<arrow::Array>> typed = FromTexts(texts, written);
    if (typed.ok() && written != type) typed = (*typed)->View(type);
    return typed.ok() ? *std::move(typed) : texts;
  }

  int64_t rows_;
  std::vector<Column> columns_;
};

Json ObjectIn(const arrow::LargeStringArray& texts, int64_t row) {
  arrow::Result<Json> json = Json::Parse(texts.IsNull(row) ? "{}" : texts.GetView(row));
  return json.ok() && json->is_object() ? *std::move(json) : Json(Json::Object{});
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> IdsFromText(
    const arrow::LargeStringArray& ids, const arrow::LargeStringArray& types) {
  ParsedIds parsed(ids.length());
  std::optional<std::string_view> types_before;  // most rows have the same
  for (int64_t row = 0; row < ids.length(); ++row) {
    const std::string_view types_of_row = types.IsNull(row) ? "" : types.GetView(row);
    if (types_of_row != types_before) {
      const Json of_row = ObjectIn(types, row);
      for (const auto& [name, type] : of_row.as_object()) parsed.AddType(name, TextOf(type));
      types_before = types_of_row;
    }
    const Json of_row = ObjectIn(ids, row);
    for (const auto& [name, value] : of_row.as_object()) parsed.AddValue(name, row, value);
  }
  return parsed.Finish();
}

}  // namespace metaxy::internal
