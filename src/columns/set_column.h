// Column replacement by name in a batch or a table.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// The rows with this column replaced, or appended if there is none of its name. `Rows` is a record
/// batch with an array, or a table with a chunked array.
template <class Rows, class Values>
arrow::Result<std::shared_ptr<Rows>> SetColumn(const std::shared_ptr<Rows>& rows,
                                               std::string_view name,
                                               const std::shared_ptr<Values>& values) {
  const auto field = arrow::field(std::string(name), values->type());
  const int index = rows->schema()->GetFieldIndex(field->name());
  if (index < 0) return rows->AddColumn(rows->num_columns(), field, values);
  return rows->SetColumn(index, field, values);
}

}  // namespace metaxy::internal
