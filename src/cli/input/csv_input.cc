#include "cli/input/csv_input.h"

#include <arrow/array/array_nested.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/quote.h"
#include "cli/input/csv_cells.h"
#include "cli/input/csv_rows.h"
#include "cli/input/json_columns.h"
#include "cli/input/json_shape.h"
#include "cli/input/json_values.h"
#include "cli/input/timestamp_columns.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

arrow::Status Refused(const std::string& reason) {
  return MakeError(ErrorCode::kInvalidInput, reason);
}

// The rows after the header; all have the same number of cells.
class CsvTable {
 public:
  explicit CsvTable(std::shared_ptr<arrow::io::InputStream> input) : rows_(std::move(input)) {}

  arrow::Status ReadHeader() {
    ARROW_ASSIGN_OR_RAISE(const bool any, rows_.Next(false));
    if (!any) return Refused("it is empty; CSV starts with a header of column names");
    std::set<std::string_view> names;
    for (size_t i = 0; i < rows_.size(); ++i) {
      names_.emplace_back(rows_.cell(i));
      if (names.insert(rows_.cell(i)).second) continue;
      return Refused(fmt::format("two columns are called {}", Quote(rows_.cell(i))));
    }
    return arrow::Status::OK();
  }

  arrow::Result<bool> Next() {
    ARROW_ASSIGN_OR_RAISE(const bool more, rows_.Next(names_.size() == 1));
    if (!more || rows_.size() == names_.size()) return more;
    return Refused(fmt::format("line {}: it has {}, but there are {} columns", rows_.line(),
                               internal::Counted(rows_.size(), "cell"), names_.size()));
  }

  const std::vector<std::string>& names() const { return names_; }
  const CsvRows& rows() const { return rows_; }

  // The same failure with the line number.
  arrow::Status At(const arrow::Status& status) const {
    return WithContext(status, fmt::format("line {}", rows_.line()));
  }

 private:
  CsvRows rows_;
  std::vector<std::string> names_;
};

// What is known about a column: the values of its cells, or of the JSON in them.
struct ColumnShape {
  bool is_json = false;
  bool is_timestamp = false;
  bool is_text = false;  // whatever it looks like
  CellShape cells;
  JsonShape json;
};

arrow::Status InColumn(const arrow::Status& status, const std::string& name) {
  return WithContext(status, "column " + Quote(name));
}

arrow::Result<const JsonNode*> ParseCell(std::string_view cell, const std::string& name,
                                         JsonValues* values) {
  auto parsed = values->Parse(cell);
  if (!parsed.ok()) return InColumn(parsed.status(), name);
  const JsonNode::Kind kind = (*parsed)->front().kind;
  if (kind == JsonNode::Kind::kObject || kind == JsonNode::Kind::kList ||
      kind == JsonNode::Kind::kNull)
    return (*parsed)->data();
  return InColumn(
      Refused(fmt::format("{} is not a JSON object, such as {{\"name\": \"value\"}}", Quote(cell))),
      name);
}

arrow::Status Observe(std::string_view cell, int64_t line, const std::string& name,
                      JsonValues* values, ColumnShape* column) {
  if (column->is_json) {
    ARROW_ASSIGN_OR_RAISE(const JsonNode* node, ParseCell(cell, name, values));
    return column->json.Observe(&node, line, {nullptr, name});
  }
  if (column->is_timestamp) ARROW_RETURN_NOT_OK(InColumn(ParseTimestamp(cell).status(), name));
  column->cells.Observe(cell);
  return arrow::Status::OK();
}

class CsvReader : public arrow::RecordBatchReader {
 public:
  CsvReader(std::shared_ptr<arrow::io::InputStream> input, std::shared_ptr<arrow::Schema> schema)
      : schema_(std::move(schema)), table_(std::move(input)) {
    for (const auto& field : schema_->fields()) columns_.push_back(JsonColumn::Make(field->type()));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (table_.names().empty()) ARROW_RETURN_NOT_OK(ReadHeader());
    BatchLimit limit(*schema_);
    do {
      ARROW_ASSIGN_OR_RAISE(const bool more, table_.Next());
      if (!more) break;
      for (size_t i = 0; i < columns_.size(); ++i) {
        const arrow::Status appended = Append(i);
        if (!appended.ok()) return table_.At(appended);
      }
    } while (limit.Add(table_.rows().bytes()));
    if (limit.rows() == 0) return arrow::Status::OK();
    arrow::ArrayVector columns;
    for (const auto& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto values, column->Finish());
      columns.push_back(std::move(values));
    }
    *batch = arrow::RecordBatch::Make(schema_, limit.rows(), std::move(columns));
    return arrow::Status::OK();
  }

 private:
  arrow::Status ReadHeader() {
    ARROW_RETURN_NOT_OK(table_.ReadHeader());
    if (table_.names() == schema_->field_names()) return arrow::Status::OK();
    return Refused("the file was changed while it was read");
  }

  arrow::Status Append(size_t i) {
    const arrow::DataType& type = *schema_->field(static_cast<int>(i))->type();
    // A system column may contain only JSON nulls.
    if (table_.rows().IsNull(i) || type.id() == arrow::Type::NA) return columns_[i]->AppendNull();
    const std::string_view cell = table_.rows().cell(i);
    if (arrow::is_nested(type.id())) {
      ARROW_ASSIGN_OR_RAISE(const JsonNode* node, ParseCell(cell, table_.names()[i], &values_));
      return columns_[i]->Append(&node);
    }
    const JsonNode value = CellValue(cell, type);
    const JsonNode* node = &value;
    return columns_[i]->Append(&node);
  }

  std::shared_ptr<arrow::Schema> schema_;
  CsvTable table_;
  JsonValues values_;
  std::vector<std::unique_ptr<JsonColumn>> columns_;
};

}  // namespace

arrow::Result<TextShape> InferCsv(std::shared_ptr<arrow::io::InputStream> input,
                                  const CsvHints& hints) {
  CsvTable table(std::move(input));
  ARROW_RETURN_NOT_OK(table.ReadHeader());
  std::vector<ColumnShape> columns(table.names().size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = table.names()[i];
    columns[i].is_json = name == kProvenanceByField || name == kDataVersionByField ||
                         hints.json_columns.count(name) > 0;
    columns[i].is_timestamp = IsTimestampColumn(name);
    columns[i].is_text = IsSystemColumn(name) || hints.text_columns.count(name) > 0;
  }
  TextShape found;
  JsonValues values;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, table.Next());
    if (!more) break;
    ++found.rows;
    const CsvRows& rows = table.rows();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (rows.IsNull(i)) continue;
      const arrow::Status fits =
          Observe(rows.cell(i), rows.line(), table.names()[i], &values, &columns[i]);
      if (!fits.ok()) return table.At(fits);
    }
  }
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto type = columns[i].cells.Type();
    if (columns[i].is_json) {
      ARROW_ASSIGN_OR_RAISE(type, columns[i].json.Type({nullptr, table.names()[i]}));
    } else if (columns[i].is_text && type->id() != arrow::Type::NA) {
      type = arrow::large_utf8();
    } else if (columns[i].cells.json_like()) {
      found.json_like.insert(table.names()[i]);
    }
    fields.push_back(arrow::field(table.names()[i], std::move(type)));
  }
  found.schema = WithTimestamps(arrow::schema(std::move(fields)));
  return found;
}

std::shared_ptr<arrow::RecordBatchReader> ReadCsv(std::shared_ptr<arrow::io::InputStream> input,
                                                  std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<CsvReader>(std::move(input), std::move(schema));
}

}  // namespace metaxy::cli
