#include "tables.h"

#include <arrow/array.h>
#include <arrow/scalar.h>

namespace overview {

arrow::Result<std::vector<std::string>> Texts(const arrow::Table& table,
                                              const std::string& column) {
  const std::shared_ptr<arrow::ChunkedArray> values = table.GetColumnByName(column);
  if (values == nullptr) return arrow::Status::KeyError("there is no column ", column);
  std::vector<std::string> texts;
  texts.reserve(static_cast<size_t>(values->length()));
  for (int64_t i = 0; i < values->length(); ++i) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Scalar> value, values->GetScalar(i));
    texts.push_back(value->is_valid ? value->ToString() : std::string());
  }
  return texts;
}

arrow::Result<TablePtr> WithColumn(const TablePtr& table, const std::string& name,
                                   std::shared_ptr<arrow::Array> values) {
  const std::shared_ptr<arrow::Field> field = arrow::field(name, values->type());
  return table->AddColumn(table->num_columns(), field,
                          std::make_shared<arrow::ChunkedArray>(std::move(values)));
}

}  // namespace overview
