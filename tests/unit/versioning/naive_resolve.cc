#include "naive_resolve.h"

#include <arrow/builder.h>

#include <algorithm>
#include <limits>

#include "support/matchers.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::testing {
namespace {

using internal::RowHasher;

std::string Hash(const std::string& text) {
  const RowHasher hasher = Get(RowHasher::Make(kDefaultHashAlgorithm, kMinHashTruncationLength));
  char out[RowHasher::kMaxText];
  return std::string(out, hasher.Hash(text, out));
}

std::vector<Cell> Values(const Cells& cells, const std::vector<std::string>& names) {
  std::vector<Cell> values;
  for (const std::string& name : names) values.push_back(cells.at(name));
  return values;
}

bool HasNull(const std::vector<Cell>& key) {
  return std::any_of(key.begin(), key.end(), [](const Cell& cell) { return !cell; });
}

int64_t Timestamp(const NaiveRow& row) {
  if (row.deleted) return *row.deleted;
  return row.updated.value_or(std::numeric_limits<int64_t>::min());
}

bool AllHold(const std::vector<Condition>& conditions, const Cells& cells) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return condition(cells); });
}

struct Latest {
  const NaiveRow* row;
  size_t first;
};

// In the order in which samples were first written.
std::vector<Latest> LatestRows(const NaiveTable& table, const std::vector<std::string>& ids,
                               const std::string& version, const std::vector<Condition>& filters) {
  std::map<std::vector<Cell>, Latest> samples;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const NaiveRow& row = table.rows[i];
    if (row.feature_version != version) continue;
    const auto [sample, added] = samples.emplace(Values(row.cells, ids), Latest{&row, i});
    if (!added && Timestamp(row) > Timestamp(*sample->second.row)) sample->second.row = &row;
  }
  std::vector<Latest> result;
  for (const auto& [id, latest] : samples) {
    if (!latest.row->deleted && AllHold(filters, latest.row->cells)) result.push_back(latest);
  }
  std::sort(result.begin(), result.end(),
            [](const Latest& a, const Latest& b) { return a.first < b.first; });
  return result;
}

Cells Renamed(const Cells& cells, const FeatureDep& dep) {
  Cells renamed;
  for (const auto& [name, value] : cells) {
    std::string to = name;
    if (dep.rename) {
      for (const auto& [old_name, new_name] : *dep.rename) {
        if (old_name == name) to = new_name;
      }
    }
    renamed[to] = value;
  }
  return renamed;
}

// Integers by value, everything else by bytes; nulls first.
bool Less(const Cell& a, const Cell& b) {
  if (!a || !b) return !a && b;
  const bool numbers = a->find_first_not_of("-0123456789") == std::string::npos &&
                       b->find_first_not_of("-0123456789") == std::string::npos;
  return numbers ? std::stoll(*a) < std::stoll(*b) : *a < *b;
}

void Aggregate(const std::vector<std::string>& on, const std::vector<std::string>& ids,
               const std::vector<std::string>& fields, std::vector<Cells>* rows) {
  std::map<std::vector<Cell>, std::vector<Cells*>> groups;
  for (Cells& row : *rows) groups[Values(row, on)].push_back(&row);
  for (auto& [key, group] : groups) {
    std::sort(group.begin(), group.end(), [&](const Cells* a, const Cells* b) {
      for (const std::string& id : ids) {
        if (Less(a->at(id), b->at(id))) return true;
        if (Less(b->at(id), a->at(id))) return false;
      }
      return false;
    });
    for (const std::string& field : fields) {
      std::string joined;
      bool first = true;
      for (const Cells* row : group) {
        const Cell& version = row->at("v." + field);
        if (!version) continue;
        joined += (first ? "" : "|") + *version;
        first = false;
      }
      for (Cells* row : group) (*row)["v." + field] = Hash(joined);
    }
  }
}

// Rows of one parent: "FEATURE/v.FIELD" are its versions.
std::vector<Cells> ParentRows(const NaiveInput& input, size_t index) {
  const FeatureDep& dep = input.plan->feature().deps[index];
  const FeatureSpec& spec = *input.plan->FindParent(dep.feature);
  const NaiveParent& parent = input.parents[index];
  std::vector<Cells> rows;
  for (const Latest& latest :
       LatestRows(*parent.table, spec.id_columns, parent.feature_version, parent.filters)) {
    Cells cells = Renamed(latest.row->cells, dep);
    if (AllHold(parent.renamed_filters, cells)) rows.push_back(std::move(cells));
  }
  if (dep.lineage.type == LineageRelationship::Type::kAggregation) {
    std::vector<std::string> ids;
    for (const std::string& id : spec.id_columns)
      ids.push_back(Renamed({{id, ""}}, dep).begin()->first);
    Aggregate(input.plan->InputIdColumns(dep), ids, parent.table->fields, &rows);
  }
  for (Cells& row : rows) {
    for (const std::string& field : parent.table->fields) {
      row[dep.feature.ToString() + "/v." + field] = row.at("v." + field);
      row.erase("v." + field);
    }
  }
  return rows;
}

Cell Provenance(const NaiveInput& input, const Cells& cells) {
  const FeatureSpec& feature = input.plan->feature();
  std::map<std::string, Cell> by_name;
  for (const FieldSpec& field : feature.fields) {
    std::string text = field.key.ToString() + "|" + field.code_version;
    bool null = false;
    for (const FQFieldKey& parent : Get(input.plan->ParentFields(field.key))) {
      const auto found = cells.find(parent.feature.ToString() + "/v." + parent.field.ToStructKey());
      const Cell value = found == cells.end() ? std::nullopt : found->second;
      const bool optional = input.plan->FindDep(parent.feature)->optional;
      null = null || (!value && !optional);
      text += "|" + parent.ToString() + "|" + value.value_or("");
    }
    by_name[field.key.ToStructKey()] = null ? std::nullopt : Cell(Hash(text));
  }
  std::string joined;
  for (const auto& [name, hash] : by_name) {
    if (!hash) return std::nullopt;
    joined += (joined.empty() ? "" : "|") + *hash;
  }
  return Hash(joined);
}

std::vector<NaiveExpected> Expected(const NaiveInput& input) {
  const auto& deps = input.plan->feature().deps;
  const std::vector<std::string> on = input.plan->join_columns();
  std::vector<size_t> order;
  for (const bool optional : {false, true}) {
    for (size_t i = 0; i < deps.size(); ++i) {
      if (deps[i].optional == optional) order.push_back(i);
    }
  }
  const bool full = deps[order.front()].optional;
  std::vector<Cells> left = ParentRows(input, order.front());
  for (size_t i = 1; i < order.size(); ++i) {
    std::vector<Cells> right = ParentRows(input, order[i]);
    std::vector<bool> matched(right.size(), false);
    std::vector<Cells> joined;
    for (const Cells& row : left) {
      bool found = false;
      for (size_t r = 0; r < right.size(); ++r) {
        const std::vector<Cell> key = Values(row, on);
        if (HasNull(key) || key != Values(right[r], on)) continue;
        joined.push_back(row);
        joined.back().insert(right[r].begin(), right[r].end());
        matched[r] = found = true;
      }
      if (!found && (full || deps[order[i]].optional)) joined.push_back(row);
    }
    for (size_t r = 0; full && r < right.size(); ++r) {
      if (!matched[r]) joined.push_back(right[r]);
    }
    left = std::move(joined);
  }
  std::vector<NaiveExpected> expected;
  for (Cells& row : left) {
    Cell provenance = Provenance(input, row);
    std::vector<Cell> key = Values(row, on);
    expected.push_back({std::move(row), std::move(key), std::move(provenance)});
  }
  return expected;
}

struct Group {
  Cells cells;
  Cell provenance;
  bool matched = false;
};

std::vector<Group> CurrentGroups(const NaiveInput& input) {
  const FeatureSpec& feature = input.plan->feature();
  bool expanded = false;
  for (const FeatureDep& dep : feature.deps)
    expanded = expanded || dep.lineage.type == LineageRelationship::Type::kExpansion;
  std::vector<Group> groups;
  std::map<std::vector<Cell>, size_t> known;
  for (const Latest& latest : LatestRows(*input.current, feature.id_columns, input.current_version,
                                         input.current_filters)) {
    Group row{latest.row->cells, latest.row->provenance};
    if (expanded) {
      const auto [group, added] =
          known.emplace(Values(row.cells, input.plan->join_columns()), groups.size());
      if (!added) {
        Group& first = groups[group->second];
        for (const auto& [name, cell] : row.cells) {
          if (!first.cells[name]) first.cells[name] = cell;
        }
        if (!first.provenance) first.provenance = row.provenance;
        continue;
      }
    }
    groups.push_back(std::move(row));
  }
  return groups;
}

}  // namespace

NaiveIncrement NaiveResolve(const NaiveInput& input) {
  NaiveIncrement increment;
  increment.expected = Expected(input);
  if (input.current == nullptr) {
    increment.new_samples = increment.expected;
    return increment;
  }
  std::vector<Group> current = CurrentGroups(input);
  for (const NaiveExpected& row : increment.expected) {
    bool found = false;
    for (Group& stored : current) {
      if (HasNull(row.key) || Values(stored.cells, input.plan->join_columns()) != row.key) continue;
      found = stored.matched = true;
      const bool forced =
          std::any_of(input.predicates.begin(), input.predicates.end(),
                      [&](const Condition& predicate) { return predicate(stored.cells); });
      const bool differs = row.provenance && stored.provenance != row.provenance;
      if (forced || !stored.provenance || differs) increment.stale.push_back(row);
    }
    if (!found) increment.new_samples.push_back(row);
  }
  for (const Group& stored : current) {
    if (!stored.matched) increment.orphaned.push_back(stored.cells);
  }
  return increment;
}

std::shared_ptr<arrow::Table> NaiveTable::ToArrow() const {
  arrow::FieldVector schema_fields;
  arrow::ArrayVector arrays;
  const auto add = [&](const std::string& name, const std::shared_ptr<arrow::DataType>& type,
                       const std::function<Cell(const NaiveRow&)>& cell) {
    const auto builder = Get(arrow::MakeBuilder(type));
    for (const NaiveRow& row : rows) {
      const Cell value = cell(row);
      if (!value) {
        EXPECT_THAT(builder->AppendNull(), IsOk());
      } else if (type->id() == arrow::Type::INT64) {
        EXPECT_THAT(static_cast<arrow::Int64Builder&>(*builder).Append(std::stoll(*value)), IsOk());
      } else if (type->id() == arrow::Type::TIMESTAMP) {
        EXPECT_THAT(static_cast<arrow::TimestampBuilder&>(*builder).Append(std::stoll(*value)),
                    IsOk());
      } else {
        EXPECT_THAT(static_cast<arrow::LargeStringBuilder&>(*builder).Append(*value), IsOk());
      }
    }
    schema_fields.push_back(arrow::field(name, type));
    arrays.push_back(Get(builder->Finish()));
  };
  for (const auto& [name, type] : columns)
    add(name, type, [&](const NaiveRow& row) { return row.cells.at(name); });
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto text = [](const std::optional<int64_t>& value) {
    return value ? Cell(std::to_string(*value)) : std::nullopt;
  };
  add("metaxy_updated_at", timestamp, [&](const NaiveRow& row) { return text(row.updated); });
  add("metaxy_deleted_at", timestamp, [&](const NaiveRow& row) { return text(row.deleted); });
  add("metaxy_provenance", arrow::large_utf8(), [](const NaiveRow& row) { return row.provenance; });
  add("metaxy_feature_version", arrow::large_utf8(),
      [](const NaiveRow& row) { return Cell(row.feature_version); });
  const size_t first_member = arrays.size();
  for (const std::string& field : fields)
    add(field, arrow::large_utf8(),
        [&](const NaiveRow& row) { return row.cells.at("v." + field); });
  const arrow::ArrayVector members(arrays.begin() + static_cast<std::ptrdiff_t>(first_member),
                                   arrays.end());
  arrays.resize(first_member);
  schema_fields.resize(first_member);
  if (!fields.empty()) {
    const auto by_field = Get(arrow::StructArray::Make(members, fields));
    schema_fields.push_back(arrow::field("metaxy_data_version_by_field", by_field->type()));
    arrays.push_back(by_field);
  }
  return arrow::Table::Make(arrow::schema(schema_fields), arrays,
                            static_cast<int64_t>(rows.size()));
}

}  // namespace metaxy::testing
