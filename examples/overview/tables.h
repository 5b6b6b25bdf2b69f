// Small helpers between Arrow tables and vectors of values.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <vector>

namespace overview {

using TablePtr = std::shared_ptr<arrow::Table>;

/// \brief The strings of a column, whatever kind of string column it is; a null becomes an empty
/// string.
arrow::Result<std::vector<std::string>> Texts(const arrow::Table& table, const std::string& column);

/// \brief The table with one additional column.
arrow::Result<TablePtr> WithColumn(const TablePtr& table, const std::string& name,
                                   std::shared_ptr<arrow::Array> values);

/// \brief An array of the builder's type with these values.
template <class Builder, class Value>
arrow::Result<std::shared_ptr<arrow::Array>> ToArray(const std::vector<Value>& values) {
  Builder builder;
  for (const Value& value : values) ARROW_RETURN_NOT_OK(builder.Append(value));
  return builder.Finish();
}

}  // namespace overview
