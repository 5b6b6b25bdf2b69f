// System columns that are timestamps, which JSON and CSV contain as strings.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string_view>

#include "metaxy/system_columns.h"

namespace metaxy::cli {

inline bool IsTimestampColumn(std::string_view name) {
  return name == kCreatedAt || name == kUpdatedAt || name == kDeletedAt;
}

/// \brief The schema in which string columns with these names are timestamps.
inline std::shared_ptr<arrow::Schema> WithTimestamps(const std::shared_ptr<arrow::Schema>& schema) {
  arrow::FieldVector fields = schema->fields();
  for (auto& field : fields) {
    if (IsTimestampColumn(field->name()) && field->type()->id() == arrow::Type::LARGE_STRING)
      field = field->WithType(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace metaxy::cli
