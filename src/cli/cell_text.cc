#include "cli/cell_text.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/string.h>

#include <cmath>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::cli {

namespace {

void AppendText(std::string_view text, std::string* out) { *out += Json(text).DumpCompact(); }

template <class ArrayType>
std::string_view ViewOf(const arrow::Array& column, int64_t row) {
  return static_cast<const ArrayType&>(column).GetView(row);
}

template <class ArrayType>
arrow::Status AppendList(const arrow::Array& column, int64_t row, std::string* out) {
  const auto& list = static_cast<const ArrayType&>(column);
  int64_t begin = list.value_offset(row);
  int64_t length = list.value_length(row);
  *out += '[';
  for (int64_t i = 0; i < length; ++i) {
    if (i > 0) *out += ", ";
    ARROW_RETURN_NOT_OK(AppendJson(*list.values(), begin + i, out));
  }
  *out += ']';
  return arrow::Status::OK();
}

arrow::Status AppendStruct(const arrow::Array& column, int64_t row, std::string* out) {
  const auto& structs = static_cast<const arrow::StructArray&>(column);
  *out += '{';
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (i > 0) *out += ", ";
    AppendText(structs.type()->field(i)->name(), out);
    *out += ": ";
    ARROW_RETURN_NOT_OK(AppendJson(*structs.field(i), row, out));
  }
  *out += '}';
  return arrow::Status::OK();
}

// A map with keys that are no texts is a list of pairs.
arrow::Status AppendMap(const arrow::Array& column, int64_t row, std::string* out) {
  const auto& map = static_cast<const arrow::MapArray&>(column);
  bool text_keys = arrow::is_base_binary_like(map.keys()->type_id());
  *out += text_keys ? '{' : '[';
  for (int64_t i = map.value_offset(row); i < map.value_offset(row) + map.value_length(row); ++i) {
    if (i > map.value_offset(row)) *out += ", ";
    if (!text_keys) *out += '[';
    ARROW_RETURN_NOT_OK(AppendJson(*map.keys(), i, out));
    *out += text_keys ? ": " : ", ";
    ARROW_RETURN_NOT_OK(AppendJson(*map.items(), i, out));
    if (!text_keys) *out += ']';
  }
  *out += text_keys ? '}' : ']';
  return arrow::Status::OK();
}

arrow::Status AppendScalar(const arrow::Array& column, int64_t row, std::string* out) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Scalar> scalar, column.GetScalar(row));
  arrow::Type::type type = column.type_id();
  if (type == arrow::Type::BOOL || arrow::is_integer(type)) {
    *out += scalar->ToString();
  } else if (type == arrow::Type::FLOAT || type == arrow::Type::DOUBLE) {
    double value = type == arrow::Type::FLOAT
                       ? static_cast<const arrow::FloatScalar&>(*scalar).value
                       : static_cast<const arrow::DoubleScalar&>(*scalar).value;
    // The shortest text of a float is that of its own width, not of the double.
    if (!std::isfinite(value)) {
      *out += "null";
    } else {
      *out += type == arrow::Type::FLOAT ? scalar->ToString() : Json(value).DumpCompact();
    }
  } else {
    AppendText(scalar->ToString(), out);
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status AppendJson(const arrow::Array& column, int64_t row, std::string* out) {
  if (column.IsNull(row)) {
    *out += "null";
    return arrow::Status::OK();
  }
  switch (column.type_id()) {
    case arrow::Type::STRING:
      AppendText(ViewOf<arrow::StringArray>(column, row), out);
      return arrow::Status::OK();
    case arrow::Type::LARGE_STRING:
      AppendText(ViewOf<arrow::LargeStringArray>(column, row), out);
      return arrow::Status::OK();
    case arrow::Type::STRING_VIEW:
      AppendText(ViewOf<arrow::StringViewArray>(column, row), out);
      return arrow::Status::OK();
    case arrow::Type::BINARY:
      AppendText(arrow::HexEncode(ViewOf<arrow::BinaryArray>(column, row)), out);
      return arrow::Status::OK();
    case arrow::Type::LARGE_BINARY:
      AppendText(arrow::HexEncode(ViewOf<arrow::LargeBinaryArray>(column, row)), out);
      return arrow::Status::OK();
    case arrow::Type::FIXED_SIZE_BINARY:
      AppendText(arrow::HexEncode(ViewOf<arrow::FixedSizeBinaryArray>(column, row)), out);
      return arrow::Status::OK();
    case arrow::Type::LIST:
      return AppendList<arrow::ListArray>(column, row, out);
    case arrow::Type::LARGE_LIST:
      return AppendList<arrow::LargeListArray>(column, row, out);
    case arrow::Type::FIXED_SIZE_LIST:
      return AppendList<arrow::FixedSizeListArray>(column, row, out);
    case arrow::Type::STRUCT:
      return AppendStruct(column, row, out);
    case arrow::Type::MAP:
      return AppendMap(column, row, out);
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(column);
      return AppendJson(*dictionary.dictionary(), dictionary.GetValueIndex(row), out);
    }
    case arrow::Type::EXTENSION:
      return AppendJson(*static_cast<const arrow::ExtensionArray&>(column).storage(), row, out);
    default:
      return AppendScalar(column, row, out);
  }
}

arrow::Status AppendJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* text) {
  *text += '{';
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) *text += ", ";
    AppendText(batch.column_name(i), text);
    *text += ": ";
    ARROW_RETURN_NOT_OK(AppendJson(*batch.column(i), row, text));
  }
  *text += '}';
  return arrow::Status::OK();
}

arrow::Result<std::string> CellText(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return "";
  std::string text;
  ARROW_RETURN_NOT_OK(AppendJson(column, row, &text));
  if (text.empty() || text[0] != '"') return text;
  // Texts are shown as they are.
  arrow::Result<Json> json = Json::Parse(text);
  return json.ok() && json->is_string() ? json->as_string() : text;
}

}  // namespace metaxy::cli
