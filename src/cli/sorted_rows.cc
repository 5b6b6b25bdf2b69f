#include "cli/sorted_rows.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/table.h>
#include <arrow/util/config.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "nearest_name.h"
#include "quote.h"

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
  if (field->type()->num_fields() > 0) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("cannot sort by {}: values of type {} have no order", Quote(name),
                                 field->type()->ToString()));
  }
  return arrow::Status::OK();
}

// Rows without a value first. Where that is said depends on Arrow's version.
arrow::compute::SortOptions OptionsOf(const std::vector<SortColumn>& columns) {
  std::vector<arrow::compute::SortKey> keys;
  for (const SortColumn& column : columns) {
    const auto order = column.descending ? arrow::compute::SortOrder::Descending
                                         : arrow::compute::SortOrder::Ascending;
#if ARROW_VERSION_MAJOR >= 25
    keys.emplace_back(arrow::FieldRef(column.name), order, arrow::compute::NullPlacement::AtStart);
  }
  return arrow::compute::SortOptions(std::move(keys));
#else
    keys.emplace_back(arrow::FieldRef(column.name), order);
  }
  return arrow::compute::SortOptions(std::move(keys), arrow::compute::NullPlacement::AtStart);
#endif
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
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> order,
                        arrow::compute::SortIndices(arrow::Datum(table), OptionsOf(columns)));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum sorted,
                        arrow::compute::Take(arrow::Datum(table), arrow::Datum(order)));
  return std::make_shared<arrow::TableBatchReader>(sorted.table());
}

}  // namespace metaxy::cli
