#include "cli/input/provenance_option.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_nested.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/quote.h"
#include "cli/input/row_versions.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

arrow::Status Refused(const std::string& reason) {
  return MakeError(ErrorCode::kInvalidInput, "--provenance: " + reason);
}

std::vector<std::string> FieldNames(const FeatureSpec& spec) {
  std::vector<std::string> names;
  for (const FieldSpec& field : spec.fields) names.push_back(field.key.ToString());
  return names;
}

std::vector<std::string_view> SplitAtCommas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

// Categories are replaced by their values.
std::shared_ptr<arrow::DataType> VersionType(const std::shared_ptr<arrow::DataType>& type) {
  return type->id() == arrow::Type::DICTIONARY
             ? static_cast<const arrow::DictionaryType&>(*type).value_type()
             : type;
}

// In the place of a column: a hash of all of them.
constexpr int kAllColumns = -1;
constexpr std::string_view kAllColumnsName = "*";

class ProvenanceReader : public arrow::RecordBatchReader {
 public:
  ProvenanceReader(std::shared_ptr<arrow::RecordBatchReader> rows, std::vector<int> columns,
                   std::shared_ptr<arrow::Schema> schema)
      : rows_(std::move(rows)), columns_(std::move(columns)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> next;
    batch->reset();
    ARROW_RETURN_NOT_OK(rows_->ReadNext(&next));
    if (next == nullptr) return arrow::Status::OK();
    const auto& type = schema_->fields().back()->type();
    arrow::ArrayVector members;
    std::shared_ptr<arrow::Array> of_rows;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] == kAllColumns) {
        if (of_rows == nullptr) {
          ARROW_ASSIGN_OR_RAISE(of_rows, RowVersions(*next));
        }
        members.push_back(of_rows);
        continue;
      }
      auto values = next->column(columns_[i]);
      if (values->type_id() == arrow::Type::DICTIONARY) {
        ARROW_ASSIGN_OR_RAISE(
            values, arrow::compute::Cast(*values, type->field(static_cast<int>(i))->type()));
      }
      members.push_back(std::move(values));
    }
    arrow::ArrayVector columns = next->columns();
    columns.push_back(
        std::make_shared<arrow::StructArray>(type, next->num_rows(), std::move(members)));
    *batch = arrow::RecordBatch::Make(schema_, next->num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<ProvenanceColumns> ParseProvenance(const std::vector<std::string>& texts,
                                                 const FeatureSpec& spec) {
  const std::vector<std::string> names = FieldNames(spec);
  std::map<std::string, std::string, std::less<>> given;
  for (const std::string& text : texts) {
    for (const std::string_view pair : SplitAtCommas(text)) {
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos || equals == 0 || equals + 1 == pair.size()) {
        return Refused(fmt::format("{} is not FIELD=COLUMN, as {}=column_with_its_version",
                                   Quote(pair), names.empty() ? "audio" : names.front()));
      }
      const std::string_view field = pair.substr(0, equals);
      if (std::find(names.begin(), names.end(), field) == names.end()) {
        return Refused(fmt::format("{} has no field {}; its fields are {}", spec.key.ToString(),
                                   Quote(field), fmt::join(names, ", ")));
      }
      if (!given.emplace(field, pair.substr(equals + 1)).second)
        return Refused(fmt::format("field {} is given twice", Quote(field)));
    }
  }
  ProvenanceColumns columns;
  for (const FieldSpec& field : spec.fields) {
    const auto found = given.find(field.key.ToString());
    if (found == given.end()) {
      return Refused(fmt::format("field {} of {} is missing; every field needs a column",
                                 Quote(field.key.ToString()), spec.key.ToString()));
    }
    columns.emplace_back(field.key.ToStructKey(), found->second);
  }
  return columns;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithProvenance(
    std::shared_ptr<arrow::RecordBatchReader> rows, const ProvenanceColumns& columns) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  const arrow::Schema& schema = *rows->schema();
  const std::string name(kProvenanceByField);
  if (schema.GetFieldIndex(name) >= 0 || !schema.GetAllFieldIndices(name).empty()) {
    return Refused(fmt::format(
        "the rows already have a column '{}'; leave out the option, or the column", name));
  }
  arrow::FieldVector members;
  std::vector<int> positions;
  for (const auto& [field, column] : columns) {
    if (column == kAllColumnsName) {
      positions.push_back(kAllColumns);
      members.push_back(arrow::field(field, arrow::large_utf8()));
      continue;
    }
    const int position = schema.GetFieldIndex(column);
    if (position < 0) {
      return Refused(fmt::format("the rows have no column {}; they have: {}", Quote(column),
                                 fmt::join(schema.field_names(), ", ")));
    }
    positions.push_back(position);
    members.push_back(arrow::field(field, VersionType(schema.field(position)->type())));
  }
  arrow::FieldVector fields = schema.fields();
  fields.push_back(arrow::field(name, arrow::struct_(members)));
  return std::make_shared<ProvenanceReader>(std::move(rows), std::move(positions),
                                            arrow::schema(std::move(fields)));
}

OptionSpec ProvenanceOption() {
  return {"--provenance", OptionSpec::Kind::kTexts,
          "the columns that hold the versions of the fields, as audio=audio_sha,frames=frames_sha; "
          "* is a hash of the whole row, as in 'row=*'"};
}

}  // namespace metaxy::cli
