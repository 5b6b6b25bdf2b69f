#include "support/frames.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace metaxy::testing {
namespace {

template <class T>
T OrAbort(arrow::Result<T> result) {
  if (!result.ok()) {
    std::cerr << result.status().ToString() << '\n';
    std::abort();
  }
  return std::move(result).ValueOrDie();
}

std::string Text(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return "null";
  if (scalar.type->id() == arrow::Type::STRUCT) {
    const auto& value = static_cast<const arrow::StructScalar&>(scalar);
    std::string text = "{";
    for (size_t i = 0; i < value.value.size(); ++i) {
      text += (i > 0 ? ", " : "") + scalar.type->field(static_cast<int>(i))->name() + ":" +
              Text(*value.value[i]);
    }
    return text + "}";
  }
  if (scalar.type->id() == arrow::Type::DICTIONARY)
    return Text(*OrAbort(static_cast<const arrow::DictionaryScalar&>(scalar).GetEncodedValue()));
  return scalar.ToString();
}

}  // namespace

std::shared_ptr<arrow::Table> TableFromJson(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>& columns,
    const std::string& json) {
  arrow::FieldVector fields;
  for (const auto& [name, type] : columns) fields.push_back(arrow::field(name, type));
  const auto rows = OrAbort(arrow::json::ArrayFromJSONString(arrow::struct_(fields), json));
  const auto batch = OrAbort(arrow::RecordBatch::FromStructArray(rows));
  return OrAbort(arrow::Table::FromRecordBatches({batch}));
}

std::shared_ptr<arrow::DataType> ByField(const std::vector<std::string>& members) {
  arrow::FieldVector fields;
  for (const std::string& member : members) fields.push_back(arrow::field(member, arrow::utf8()));
  return arrow::struct_(fields);
}

std::vector<std::string> Rows(const arrow::Table& table, const std::vector<std::string>& columns) {
  std::vector<std::string> rows;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    std::string text;
    for (const std::string& name : columns) {
      const auto column = table.GetColumnByName(name);
      if (!text.empty()) text += "|";
      text += column ? Text(*OrAbort(column->GetScalar(row))) : "(no column " + name + ")";
    }
    rows.push_back(std::move(text));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace metaxy::testing
