#include "cli/output/sorted_rows.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/table.h>
#include <arrow/util/config.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "cli/output/sort_key.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

arrow::Status CheckColumn(const arrow::Schema& schema, const std::string& name) {
  const std::shared_ptr<arrow::Field> field = schema.GetFieldByName(name);
  if (field == nullptr) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("cannot sort by {}: there is no such column among those that are "
                                 "read{}",
                                 Quote(name), DidYouMean(name, schema.field_names())));
  }
  if (!HasOrder(*field->type())) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("cannot sort by {}: values of type {} have no order", Quote(name),
                                 field->type()->ToString()));
  }
  return arrow::Status::OK();
}

// Nulls first. Where this is specified depends on Arrow's version.
arrow::compute::SortOptions OptionsOf(const std::vector<SortColumn>& columns) {
  std::vector<arrow::compute::SortKey> keys;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto order = columns[i].descending ? arrow::compute::SortOrder::Descending
                                             : arrow::compute::SortOrder::Ascending;
#if ARROW_VERSION_MAJOR >= 25
    keys.emplace_back(arrow::FieldRef(static_cast<int>(i)), order,
                      arrow::compute::NullPlacement::AtStart);
  }
  return arrow::compute::SortOptions(std::move(keys));
#else
    keys.emplace_back(arrow::FieldRef(static_cast<int>(i)), order);
  }
  return arrow::compute::SortOptions(std::move(keys), arrow::compute::NullPlacement::AtStart);
#endif
}

// The row numbers, sorted stably.
arrow::Result<std::shared_ptr<arrow::Array>> OrderOf(const arrow::Table& table,
                                                     const std::vector<SortColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector keys;
  for (const SortColumn& column : columns) {
    ARROW_ASSIGN_OR_RAISE(keys.emplace_back(), SortKeyOf(*table.GetColumnByName(column.name)));
    fields.push_back(arrow::field(column.name, keys.back()->type()));
  }
  const std::shared_ptr<arrow::Table> sorted =
      arrow::Table::Make(arrow::schema(std::move(fields)), std::move(keys), table.num_rows());
  return arrow::compute::SortIndices(arrow::Datum(sorted), OptionsOf(columns));
}

arrow::Result<std::shared_ptr<arrow::Table>> Rearranged(const arrow::Table& table,
                                                        const arrow::Datum& order) {
  arrow::FieldVector fields = table.fields();
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < table.num_columns(); ++i) {
    auto& field = fields[static_cast<size_t>(i)];
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::ChunkedArray> column, PickableOf(table.column(i)));
    const arrow::Result<arrow::Datum> sorted = arrow::compute::Take(column, order);
    if (!sorted.ok()) {
      return MakeError(
          GetErrorCode(sorted.status()),
          fmt::format("cannot sort rows with the column {} of type {} ({}); leave it "
                      "out with --columns",
                      Quote(field->name()), field->type()->ToString(), sorted.status().message()));
    }
    columns.push_back(sorted->chunked_array());
    field = field->WithType(column->type());
  }
  return arrow::Table::Make(arrow::schema(std::move(fields), table.schema()->metadata()),
                            std::move(columns), table.num_rows());
}

}  // namespace

arrow::Result<std::vector<SortColumn>> ParseSort(const std::string& text) {
  std::vector<SortColumn> columns;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string name = Trimmed(text.substr(begin, end - begin));
    const bool descending = !name.empty() && name.front() == '-';
    if (descending) name.erase(0, 1);
    if (name.empty()) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("--sort has an empty name: {}", Quote(text)));
    }
    columns.push_back({std::move(name), descending});
    begin = end + 1;
  }
  return columns;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SortRows(
    arrow::RecordBatchReader* reader, const std::vector<SortColumn>& columns) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  for (const SortColumn& column : columns)
    ARROW_RETURN_NOT_OK(CheckColumn(*reader->schema(), column.name));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Table> table, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> order, OrderOf(*table, columns));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Table> sorted, Rearranged(*table, order));
  return std::make_shared<arrow::TableBatchReader>(std::move(sorted));
}

}  // namespace metaxy::cli
