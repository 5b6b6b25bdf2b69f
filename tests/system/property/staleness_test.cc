// A change makes exactly the samples that depend on it stale, and in them exactly the affected
// fields.
#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <utility>

#include "metaxy/system_columns.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

using Members = std::set<std::string>;
/// Key of a row -> names of members.
using MembersByKey = std::map<std::string, Members>;
using TextsByKey = std::map<std::string, std::map<std::string, std::string>>;

std::string KeyOf(const arrow::Table& table, int64_t row, const std::vector<std::string>& columns) {
  const std::set<std::string> keys = Keys(*table.Slice(row, 1), columns);
  return *keys.begin();
}

// The members of a struct column per row. Rows with one key are identical, or the last one counts.
TextsByKey ByField(const arrow::Table& table, std::string_view column,
                   const std::vector<std::string>& ids) {
  TextsByKey texts;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    const auto scalar = Get(table.GetColumnByName(std::string(column))->GetScalar(row));
    const auto& value = static_cast<const arrow::StructScalar&>(*scalar);
    auto& members = texts[KeyOf(table, row, ids)];
    for (size_t i = 0; i < value.value.size(); ++i) {
      members[scalar->type->field(static_cast<int>(i))->name()] = value.value[i]->ToString();
    }
  }
  return texts;
}

Members Differing(const std::map<std::string, std::string>& before,
                  const std::map<std::string, std::string>& after) {
  Members members;
  for (const auto& [name, text] : after) {
    const auto found = before.find(name);
    if (found == before.end() || found->second != text) members.insert(name);
  }
  return members;
}

// The changes of a parent, by the columns on which it is joined, under the parent's own names.
MembersByKey ChangedMembers(const arrow::Table& before, const arrow::Table& after,
                            const std::vector<std::string>& ids,
                            const std::vector<std::string>& join) {
  const TextsByKey old_texts = ByField(before, kDataVersionByField, ids);
  MembersByKey changed;
  for (int64_t row = 0; row < after.num_rows(); ++row) {
    const auto slice = after.Slice(row, 1);
    const TextsByKey texts = ByField(*slice, kDataVersionByField, ids);
    const auto found = old_texts.find(texts.begin()->first);
    if (found == old_texts.end()) continue;
    const Members members = Differing(found->second, texts.begin()->second);
    if (!members.empty()) changed[KeyOf(*slice, 0, join)].insert(members.begin(), members.end());
  }
  return changed;
}

std::vector<std::string> NamesInParent(const FeatureDep& dep, std::vector<std::string> columns) {
  if (!dep.rename) return columns;
  for (std::string& column : columns) {
    for (const auto& [old_name, new_name] : *dep.rename) {
      if (column == new_name) column = old_name;
    }
  }
  return columns;
}

using Tables = std::map<FeatureKey, std::shared_ptr<arrow::Table>>;

// The feature's members that a change of its parents' rows must change, by the join columns.
MembersByKey Predicted(const FeaturePlan& plan, const Tables& before, const Tables& after) {
  MembersByKey predicted;
  for (const FeatureDep& dep : plan.feature().deps) {
    const auto ids = plan.FindParent(dep.feature)->id_columns;
    const MembersByKey changed = ChangedMembers(*before.at(dep.feature), *after.at(dep.feature),
                                                ids, NamesInParent(dep, plan.join_columns()));
    for (const FieldSpec& field : plan.feature().fields) {
      for (const FQFieldKey& parent : Get(plan.ParentFields(field.key))) {
        if (parent.feature != dep.feature) continue;
        for (const auto& [key, members] : changed) {
          if (members.contains(parent.field.ToStructKey()))
            predicted[key].insert(field.key.ToStructKey());
        }
      }
    }
  }
  return predicted;
}

MembersByKey Observed(const FeaturePlan& plan, const arrow::Table& stored,
                      const arrow::Table& stale) {
  const auto join = plan.join_columns();
  const TextsByKey old_texts = ByField(stored, kProvenanceByField, join);
  MembersByKey observed;
  for (const auto& [key, texts] : ByField(stale, kProvenanceByField, join)) {
    observed[key] = Differing(old_texts.at(key), texts);
  }
  return observed;
}

// Some samples of one root get a new version of one field, others of all fields.
RootRows ChangeOneRoot(const RandomProject& project, RootRows rows, Random* random) {
  const FeatureKey root = random->Pick(project.Roots());
  for (SampleRow& row : rows[root]) {
    if (random->Percent(25)) row.version = 1 + random->Below(2);
  }
  return rows;
}

void ExactlyWhatDependsOnAChangeIsStale(uint64_t seed, const StoreFactory& factory) {
  // With filters a changed row might not be joined at all.
  const RandomProject project(seed, {.filters = false});
  Pipeline pipeline(project, factory);
  Random random(seed);
  const RootRows rows = RowsForAll(project, 6 + random.Below(15));
  pipeline.UpdateAll(rows);
  Tables before;
  for (const FeatureSpec& spec : project.specs()) before[spec.key] = pipeline.Read(spec.key);
  const RootRows changed = ChangeOneRoot(project, rows, &random);

  Tables after;
  for (const FeatureSpec& spec : project.specs()) {
    const Increment increment = pipeline.Resolve(spec.key, changed);
    EXPECT_EQ(increment.new_samples->num_rows(), 0) << spec.key;
    EXPECT_EQ(increment.orphaned->num_rows(), 0) << spec.key;
    if (!spec.deps.empty()) {
      const FeaturePlan plan = pipeline.Plan(spec.key);
      const auto stored = Keys(*before.at(spec.key), plan.join_columns());
      MembersByKey predicted = Predicted(plan, before, after);
      // A sample that another parent excludes cannot become stale.
      std::erase_if(predicted, [&](const auto& entry) { return !stored.contains(entry.first); });
      EXPECT_EQ(Observed(plan, *before.at(spec.key), *increment.stale), predicted) << spec.key;
    }
    pipeline.Write(spec.key, increment);
    after[spec.key] = pipeline.Read(spec.key);
  }
}

// Gives all rows of derived features a custom data version.
std::shared_ptr<arrow::Table> WithFixedDataVersion(const std::shared_ptr<arrow::Table>& table) {
  const int column = table->schema()->GetFieldIndex(std::string(kDataVersionByField));
  const auto& type = *table->schema()->field(column)->type();
  arrow::ArrayVector members;
  std::vector<std::string> names;
  for (const auto& field : type.fields()) {
    names.push_back(field->name());
    members.push_back(
        Get(arrow::MakeArrayFromScalar(arrow::StringScalar("fixed"), table->num_rows())));
  }
  const auto values = Get(arrow::StructArray::Make(members, names));
  const auto result =
      Get(table->SetColumn(column, arrow::field(std::string(kDataVersionByField), values->type()),
                           std::make_shared<arrow::ChunkedArray>(values)));
  return Get(result->RemoveColumn(result->schema()->GetFieldIndex(std::string(kDataVersion))));
}

void AnOverriddenDataVersionStopsPropagation(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed, {.filters = false});
  Pipeline pipeline(project, factory);
  pipeline.set_shaper([&](const FeatureKey& key, std::shared_ptr<arrow::Table> rows) {
    return project.Spec(key).deps.empty() ? rows : WithFixedDataVersion(rows);
  });
  RootRows rows = RowsForAll(project, 12);
  pipeline.UpdateAll(rows);
  for (auto& [root, samples] : rows) {
    for (SampleRow& row : samples) row.version = 2;
  }
  for (const FeatureSpec& spec : project.specs()) {
    const Increment increment = pipeline.Resolve(spec.key, rows);
    bool reached = spec.deps.empty();
    for (const FieldSpec& field : spec.fields) {
      for (const FQFieldKey& parent : Get(pipeline.Plan(spec.key).ParentFields(field.key)))
        reached |= project.Spec(parent.feature).deps.empty();
    }
    EXPECT_EQ(increment.new_samples->num_rows(), 0) << spec.key;
    if (!reached) {
      EXPECT_EQ(increment.stale->num_rows(), 0) << spec.key;
    }
    // All samples of a parent have a new version, so all rows that depend on one are stale. Rows
    // that only an optional parent with another key has may or may not be among them: they are
    // ignored.
    const bool optional = std::any_of(spec.deps.begin(), spec.deps.end(),
                                      [](const FeatureDep& dep) { return dep.optional; });
    if (reached && !optional) {
      const auto columns =
          spec.deps.empty() ? spec.id_columns : pipeline.Plan(spec.key).join_columns();
      EXPECT_EQ(Keys(*increment.stale, columns), Keys(*pipeline.Read(spec.key), columns))
          << spec.key;
    }
    pipeline.Write(spec.key, increment);
  }
}

TEST(StalenessProperty, ExactlyWhatDependsOnAChangeIsStale) {
  ForSeeds(1, 80, [](uint64_t seed) { ExactlyWhatDependsOnAChangeIsStale(seed, InMemory()); });
}

TEST(StalenessProperty, AnOverriddenDataVersionStopsPropagation) {
  ForSeeds(1, 40, [](uint64_t seed) { AnOverriddenDataVersionStopsPropagation(seed, InMemory()); });
}

#ifdef METAXY_WITH_LANCEDB
TEST(StalenessProperty, OnLanceDB) {
  ForSeeds(101, 103, [](uint64_t seed) {
    const TempDir first;
    ExactlyWhatDependsOnAChangeIsStale(seed, OnLanceDB(first));
    const TempDir second;
    AnOverriddenDataVersionStopsPropagation(seed, OnLanceDB(second));
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
