// The rows of random projects: samples of roots, and what a pipeline writes after an increment.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "metaxy/system_columns.h"
#include "support/matchers.h"
#include "support/random_project.h"

namespace metaxy::testing {
namespace {

// A number derived from strings alone (FNV-1a, mixed).
uint64_t NumberOf(uint64_t seed, const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Random(hash).Next();
}

struct Column {
  std::string name;
  std::shared_ptr<arrow::Array> values;
};

std::shared_ptr<arrow::Table> TableOf(const std::vector<Column>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    fields.push_back(arrow::field(column.name, column.values->type()));
    arrays.push_back(column.values);
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), arrays);
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> Build(size_t count, const Value& value_at) {
  Builder builder;
  for (size_t i = 0; i < count; ++i) {
    const auto value = value_at(i);
    EXPECT_THAT(value ? builder.Append(*value) : builder.AppendNull(), IsOk());
  }
  return Get(builder.Finish());
}

// A feature's own two columns; their content is derived from the rows' ids as strings.
std::vector<Column> UserColumns(uint64_t seed, const std::string& prefix,
                                const std::vector<std::string>& ids) {
  const auto number = [&](size_t i) -> std::optional<int64_t> {
    const uint64_t hash = NumberOf(seed, prefix + "n" + ids[i]);
    if (hash % 9 == 0) return std::nullopt;
    return static_cast<int64_t>(hash / 9 % 100);
  };
  const auto text = [&](size_t i) -> std::optional<std::string> {
    const uint64_t hash = NumberOf(seed, prefix + "s" + ids[i]);
    if (hash % 9 == 0) return std::nullopt;
    return "é" + std::to_string(hash / 9 % 20);
  };
  return {{prefix + "n", Build<arrow::Int64Builder>(ids.size(), number)},
          {prefix + "s", Build<arrow::StringBuilder>(ids.size(), text)}};
}

std::vector<std::string> RowTexts(const arrow::Table& table,
                                  const std::vector<std::string>& columns) {
  std::vector<std::string> texts(static_cast<size_t>(table.num_rows()));
  for (const std::string& name : columns) {
    const auto column = table.GetColumnByName(name);
    EXPECT_NE(column, nullptr) << name;
    size_t row = 0;
    for (const auto& chunk : column->chunks()) {
      for (int64_t i = 0; i < chunk->length(); ++i) {
        texts[row++] += "|" + Get(chunk->GetScalar(i))->ToString();
      }
    }
  }
  return texts;
}

std::shared_ptr<arrow::Table> Take(const std::shared_ptr<arrow::Table>& table,
                                   const std::vector<int64_t>& rows) {
  arrow::Int64Builder indices;
  EXPECT_THAT(indices.AppendValues(rows), IsOk());
  return Get(arrow::compute::Take(table, Get(indices.Finish()))).table();
}

}  // namespace

std::vector<SampleRow> FirstRows(size_t count) {
  std::vector<SampleRow> rows;
  for (size_t i = 0; i < count; ++i) rows.push_back({.number = i});
  return rows;
}

FieldKey RandomProject::ChangedField(const FeatureKey& root, size_t number) const {
  const FeatureSpec& spec = Spec(root);
  const uint64_t hash = NumberOf(seed_, root.ToString() + std::to_string(number));
  return spec.fields[hash % spec.fields.size()].key;
}

std::shared_ptr<arrow::Table> RandomProject::Samples(const FeatureKey& root,
                                                     const std::vector<SampleRow>& rows) const {
  const FeatureSpec& spec = Spec(root);
  const bool has_item = units_.at(root) == Unit::kItem;
  const bool has_day = base_.size() > 1;
  const auto base = [&](size_t i) { return has_item ? rows[i].number / 3 : rows[i].number; };
  const auto video = [&](size_t i) { return has_day ? base(i) / 2 : base(i); };
  std::vector<Column> columns;
  if (integer_ids_) {
    columns.push_back({spec.id_columns[0], Build<arrow::Int64Builder>(rows.size(), [&](size_t i) {
                         return std::optional<int64_t>(static_cast<int64_t>(video(i)) - 3);
                       })});
  } else {
    columns.push_back({spec.id_columns[0], Build<arrow::StringBuilder>(rows.size(), [&](size_t i) {
                         return std::optional<std::string>("v|é" + std::to_string(video(i)));
                       })});
  }
  if (has_day) {
    columns.push_back({spec.id_columns[1], Build<arrow::Date32Builder>(rows.size(), [&](size_t i) {
                         return std::optional<int32_t>(static_cast<int32_t>(base(i) % 2) + 20000);
                       })});
  }
  if (has_item) {
    columns.push_back({"item", Build<arrow::Int64Builder>(rows.size(), [&](size_t i) {
                         return std::optional<int64_t>(static_cast<int64_t>(rows[i].number % 3));
                       })});
  }
  std::vector<std::string> numbers;
  for (const SampleRow& row : rows) numbers.push_back(std::to_string(row.number));
  for (Column& column : UserColumns(seed_, prefixes_.at(root), numbers))
    columns.push_back(std::move(column));

  arrow::ArrayVector members;
  std::vector<std::string> names;
  for (const FieldSpec& field : spec.fields) {
    names.push_back(field.key.ToStructKey());
    members.push_back(Build<arrow::StringBuilder>(rows.size(), [&](size_t i) {
      const SampleRow& row = rows[i];
      const bool is_chosen = ChangedField(root, row.number) == field.key;
      const uint64_t hash = NumberOf(seed_, numbers[i] + root.ToString() + names.back());
      if (options_.null_versions && is_chosen && hash % 6 == 0) return std::optional<std::string>();
      std::string text = names.back() + "-" + std::to_string(hash % 1000);
      const bool changes = row.version % 2 == 0 || is_chosen;
      if (row.version != 0 && changes) text += "-" + std::to_string(row.version);
      return std::optional<std::string>(std::move(text));
    }));
  }
  columns.push_back(
      {std::string(kProvenanceByField), Get(arrow::StructArray::Make(members, names))});
  return TableOf(columns);
}

std::shared_ptr<arrow::Table> RandomProject::Computed(const FeatureKey& feature,
                                                      const arrow::Table& part) const {
  const FeatureSpec& spec = Spec(feature);
  const bool is_expanded = IsExpanded(spec);
  std::vector<std::string> ids = spec.id_columns;
  if (is_expanded) ids.pop_back();
  std::vector<std::string> keys = RowTexts(part, ids);

  std::vector<int64_t> rows;
  std::vector<std::string> texts;
  arrow::Int64Builder children;
  std::set<std::string> seen;
  for (size_t row = 0; row < keys.size(); ++row) {
    if (!seen.insert(keys[row]).second) continue;
    const uint64_t count = is_expanded ? 1 + NumberOf(seed_, "children" + keys[row]) % 3 : 1;
    for (uint64_t child = 0; child < count; ++child) {
      rows.push_back(static_cast<int64_t>(row));
      // Siblings are identical, so that a filter applies to all of them or none.
      texts.push_back(keys[row]);
      EXPECT_THAT(children.Append(static_cast<int64_t>(child)), IsOk());
    }
  }
  std::vector<int> kept;
  for (int i = 0; i < part.num_columns(); ++i) {
    const std::string& name = part.field(i)->name();
    if (std::find(ids.begin(), ids.end(), name) != ids.end() || IsSystemColumn(name))
      kept.push_back(i);
  }
  std::shared_ptr<arrow::Table> table = Take(Get(part.SelectColumns(kept)), rows);
  std::vector<Column> columns = UserColumns(seed_, prefixes_.at(feature), texts);
  if (is_expanded) columns.push_back({spec.id_columns.back(), Get(children.Finish())});
  for (const Column& column : columns) {
    table =
        Get(table->AddColumn(table->num_columns(), arrow::field(column.name, column.values->type()),
                             std::make_shared<arrow::ChunkedArray>(column.values)));
  }
  return table;
}

}  // namespace metaxy::testing
