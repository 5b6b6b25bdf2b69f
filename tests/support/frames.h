// Small tables for tests, written as JSON.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace metaxy::testing {

/// A table from a JSON array of rows: TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "a"}])").
std::shared_ptr<arrow::Table> TableFromJson(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>& columns,
    const std::string& json);

/// A struct of strings with these members.
std::shared_ptr<arrow::DataType> ByField(const std::vector<std::string>& members);

/// Rows as strings "a|b|c" of the named columns, sorted; nulls are "null", structs "{a:1, b:2}".
std::vector<std::string> Rows(const arrow::Table& table, const std::vector<std::string>& columns);

}  // namespace metaxy::testing
