#include "generated_rows.h"

#include <arrow/builder.h>
#include <metaxy/errors.h>
#include <metaxy/system_columns.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace metaxy::bench {
namespace {

// SplitMix64: spreads consecutive numbers over all 64 bits.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

uint64_t Seed(const std::string& name) {
  uint64_t seed = 0;
  for (const char c : name) seed = Mix(seed ^ static_cast<unsigned char>(c));
  return seed;
}

// Batches of wide rows are short, so that a batch has at most some ten megabytes.
int64_t BatchRows(const Feature& feature) {
  int64_t bytes = 64;
  for (const ColumnRecipe& column : feature.columns) {
    bytes += column.size * (column.kind == "floats" ? 4 : 1);
  }
  return std::clamp<int64_t>((16 << 20) / bytes, 1024, 65536);
}

arrow::Result<std::shared_ptr<arrow::DataType>> TypeOf(const ColumnRecipe& column) {
  if (column.kind == "key" || column.kind == "text") return arrow::utf8();
  if (column.kind == "number_key") return arrow::uint64();
  if (column.kind == "number") return arrow::int64();
  if (column.kind == "floats") {
    return arrow::fixed_size_list(arrow::float32(), static_cast<int32_t>(column.size));
  }
  return MakeError(ErrorCode::kInvalidInput, "cases.json: column '" + column.name +
                                                 "' has the unknown kind '" + column.kind + "'");
}

arrow::Result<std::shared_ptr<arrow::Array>> MakeKeys(const ColumnRecipe& column,
                                                      const std::vector<int64_t>& rows) {
  arrow::StringBuilder builder;
  std::array<char, 32> text;
  for (const int64_t row : rows) {
    const int length = std::snprintf(text.data(), text.size(), "s%012lld",
                                     static_cast<long long>(row / column.per));
    ARROW_RETURN_NOT_OK(builder.Append(text.data(), length));
  }
  return builder.Finish();
}

// Letters that hardly compress, eight of them from each number.
arrow::Result<std::shared_ptr<arrow::Array>> MakeTexts(const ColumnRecipe& column,
                                                       const std::vector<int64_t>& rows) {
  arrow::StringBuilder builder;
  const uint64_t seed = Seed(column.name);
  std::string text(column.size, ' ');
  for (const int64_t row : rows) {
    uint64_t state = Mix(seed ^ static_cast<uint64_t>(row));
    for (size_t i = 0; i < text.size(); ++i) {
      if (i % 8 == 0) state = Mix(state);
      text[i] = static_cast<char>('A' + ((state >> (i % 8 * 8)) & 31));
    }
    ARROW_RETURN_NOT_OK(builder.Append(text));
  }
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> MakeFloats(const ColumnRecipe& column,
                                                        const std::vector<int64_t>& rows) {
  auto values = std::make_shared<arrow::FloatBuilder>();
  arrow::FixedSizeListBuilder builder(arrow::default_memory_pool(), values,
                                      static_cast<int32_t>(column.size));
  const uint64_t seed = Seed(column.name);
  std::vector<float> list(column.size);
  for (const int64_t row : rows) {
    uint64_t state = Mix(seed ^ static_cast<uint64_t>(row));
    for (float& value : list) {
      state = Mix(state);
      value = static_cast<float>(state >> 40) / static_cast<float>(1 << 24);
    }
    ARROW_RETURN_NOT_OK(builder.Append());
    ARROW_RETURN_NOT_OK(values->AppendValues(list));
  }
  return builder.Finish();
}

template <class Builder>
arrow::Result<std::shared_ptr<arrow::Array>> MakeNumbers(const std::vector<int64_t>& rows) {
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(rows.size())));
  for (const int64_t row : rows) builder.UnsafeAppend(row);
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> MakeColumn(const ColumnRecipe& column,
                                                        const std::vector<int64_t>& rows) {
  if (column.kind == "key") return MakeKeys(column, rows);
  if (column.kind == "text") return MakeTexts(column, rows);
  if (column.kind == "floats") return MakeFloats(column, rows);
  if (column.kind == "number_key") return MakeNumbers<arrow::UInt64Builder>(rows);
  return MakeNumbers<arrow::Int64Builder>(rows);
}

class GeneratedRows final : public arrow::RecordBatchReader {
 public:
  GeneratedRows(const Feature& feature, const Step& step, int64_t begin, int64_t end,
                std::shared_ptr<arrow::Schema> schema)
      : feature_(feature),
        step_(step),
        every_(step.few > 0 ? std::max<int64_t>(end / step.few, 1) : step.every),
        next_(begin),
        end_(end),
        batch_rows_(BatchRows(feature)),
        schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    std::vector<int64_t> rows;
    while (next_ < end_ && static_cast<int64_t>(rows.size()) < batch_rows_) {
      if (step_.unchanged_too || Changes(next_)) rows.push_back(next_);
      ++next_;
    }
    if (rows.empty()) return arrow::Status::OK();
    arrow::ArrayVector arrays;
    for (const ColumnRecipe& column : feature_.columns) {
      ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), MakeColumn(column, rows));
    }
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), MakeProvenance(rows));
    *batch = arrow::RecordBatch::Make(schema_, static_cast<int64_t>(rows.size()), arrays);
    return arrow::Status::OK();
  }

 private:
  bool Changes(int64_t row) const { return row / step_.block % every_ == 0; }

  // What a user computes from the contents of files: a hash per field.
  arrow::Result<std::shared_ptr<arrow::Array>> MakeProvenance(
      const std::vector<int64_t>& rows) const {
    arrow::ArrayVector members;
    const auto& type = schema_->fields().back()->type();
    for (const FieldSpec& field : feature_.spec.fields) {
      const std::string name = field.key.ToString();
      const bool named =
          step_.changes.empty() || std::ranges::find(step_.changes, name) != step_.changes.end();
      const uint64_t seed = Seed(name);
      arrow::StringBuilder builder;
      std::array<char, 24> text;
      for (const int64_t row : rows) {
        const uint64_t generation = named && Changes(row) ? step_.generation : 0;
        const uint64_t hash = Mix(Mix(seed + generation) ^ static_cast<uint64_t>(row));
        const int length = std::snprintf(text.data(), text.size(), "%016llx",
                                         static_cast<unsigned long long>(hash));
        ARROW_RETURN_NOT_OK(builder.Append(text.data(), length));
      }
      ARROW_ASSIGN_OR_RAISE(members.emplace_back(), builder.Finish());
    }
    return std::make_shared<arrow::StructArray>(type, static_cast<int64_t>(rows.size()),
                                                std::move(members));
  }

  Feature feature_;
  Step step_;
  int64_t every_;
  int64_t next_;
  int64_t end_;
  int64_t batch_rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> GenerateRows(const Feature& feature,
                                                                      const Step& step,
                                                                      int64_t rows) {
  if (feature.columns.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     "cases.json: rows of '" + step.feature +
                         "' cannot be made, it has no `columns`; steps write root features");
  }
  arrow::FieldVector columns;
  for (const ColumnRecipe& column : feature.columns) {
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(column));
    columns.push_back(arrow::field(column.name, std::move(type)));
  }
  arrow::FieldVector members;
  for (const FieldSpec& field : feature.spec.fields) {
    members.push_back(arrow::field(field.key.ToString(), arrow::utf8()));
  }
  columns.push_back(arrow::field(std::string(kProvenanceByField), arrow::struct_(members)));
  const bool append = step.verb == "append";
  const int64_t begin = append ? rows : 0;
  const int64_t end = append ? rows + step.count : rows / step.divisor;
  return std::make_shared<GeneratedRows>(feature, step, begin, end, arrow::schema(columns));
}

arrow::Result<std::shared_ptr<arrow::Table>> GenerateTable(const Feature& feature, const Step& step,
                                                           int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto reader, GenerateRows(feature, step, rows));
  return reader->ToTable();
}

}  // namespace metaxy::bench
