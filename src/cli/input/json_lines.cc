#include "cli/input/json_lines.h"

#include <arrow/array/array_nested.h>
#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "cli/input/json_columns.h"
#include "cli/input/json_shape.h"
#include "cli/input/json_values.h"
#include "cli/input/text_lines.h"
#include "cli/input/timestamp_columns.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

// The rows of a file, one object after the other.
class JsonRows {
 public:
  explicit JsonRows(std::shared_ptr<arrow::io::InputStream> input) : lines_(std::move(input)) {}

  // The object of the next non-blank line, or nullptr at the end.
  arrow::Result<const std::vector<JsonNode>*> Next() {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto line, lines_.Next());
      if (!line) return nullptr;
      if (line->find_first_not_of(" \t\r") == std::string_view::npos) continue;
      bytes_ = line->size();
      auto parsed = values_.Parse(*line);
      if (!parsed.ok()) return At(parsed.status());
      const JsonNode::Kind kind = (*parsed)->front().kind;
      if (kind == JsonNode::Kind::kObject) return *parsed;
      const bool is_list = kind == JsonNode::Kind::kList;
      return At(MakeError(ErrorCode::kInvalidInput,
                          is_list ? "it is not an object but a list; every line must be an object "
                                    "(jq -c '.[]' makes lines of a list)"
                                  : "it is not an object; every line must be one, as {\"id\": 1}"));
    }
  }

  // The same failure with the line number.
  arrow::Status At(const arrow::Status& status) const {
    return WithContext(status, fmt::format("line {}", lines_.number()));
  }

  int64_t line() const { return lines_.number(); }
  size_t bytes() const { return bytes_; }

 private:
  TextLines lines_;
  JsonValues values_;
  size_t bytes_ = 0;
};

// Strings in timestamp columns are validated before anything is written.
arrow::Status CheckTimestamps(const std::vector<JsonNode>& row) {
  const JsonNode* node = row.data() + 1;
  const JsonNode* const end = row.data() + row.size();
  while (node + 1 < end) {
    const std::string_view key = node->text;
    if (node[1].kind == JsonNode::Kind::kText && IsTimestampColumn(key))
      ARROW_RETURN_NOT_OK(
          WithContext(ParseTimestamp(node[1].text).status(), fmt::format("column '{}'", key)));
    node = SkipValue(node + 1);
  }
  return arrow::Status::OK();
}

class JsonLinesReader : public arrow::RecordBatchReader {
 public:
  JsonLinesReader(std::shared_ptr<arrow::io::InputStream> input,
                  std::shared_ptr<arrow::Schema> schema)
      : schema_(std::move(schema)),
        rows_(std::move(input)),
        columns_(JsonColumn::Make(arrow::struct_(schema_->fields()))) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    BatchLimit limit(*schema_);
    do {
      ARROW_ASSIGN_OR_RAISE(const auto* row, rows_.Next());
      if (row == nullptr) break;
      const JsonNode* node = row->data();
      const arrow::Status appended = columns_->Append(&node);
      if (!appended.ok()) return rows_.At(appended);
    } while (limit.Add(rows_.bytes()));
    if (limit.rows() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto structs, columns_->Finish());
    *batch = arrow::RecordBatch::Make(schema_, structs->length(),
                                      static_cast<const arrow::StructArray&>(*structs).fields());
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  JsonRows rows_;
  std::unique_ptr<JsonColumn> columns_;
};

}  // namespace

arrow::Result<TextShape> InferJsonLines(std::shared_ptr<arrow::io::InputStream> input) {
  JsonRows rows(std::move(input));
  JsonShape shape;
  TextShape found;
  const JsonPath root;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto* row, rows.Next());
    if (row == nullptr) break;
    ++found.rows;
    const JsonNode* node = row->data();
    arrow::Status fits = shape.Observe(&node, rows.line(), root);
    if (fits.ok()) fits = CheckTimestamps(*row);
    if (!fits.ok()) return rows.At(fits);
  }
  ARROW_ASSIGN_OR_RAISE(auto fields, shape.Fields(nullptr));
  found.schema = WithTimestamps(arrow::schema(std::move(fields)));
  return found;
}

std::shared_ptr<arrow::RecordBatchReader> ReadJsonLines(
    std::shared_ptr<arrow::io::InputStream> input, std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<JsonLinesReader>(std::move(input), std::move(schema));
}

}  // namespace metaxy::cli
