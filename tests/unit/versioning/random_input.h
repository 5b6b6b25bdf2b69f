// Random inputs of the engine: tables of every lineage, with history, filters and predicates.
#pragma once

#include <arrow/table.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/filter.h"
#include "metaxy/increment.h"
#include "naive_resolve.h"
#include "support/matchers.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::testing {

inline constexpr const char* kVersion = "now";

struct Kind {
  const char* name;
  FeatureSpec feature;
};

/// Features `child` of every lineage, with parents `p`, `q` and `r`.
std::vector<Kind> Kinds();

/// Tables of such a feature and of its parents.
class RandomInput {
 public:
  RandomInput(FeatureSpec feature, uint32_t seed) : random_(seed) {
    EXPECT_THAT(
        graph_.AddFeature({.key = "p", .id_columns = {"a", "b"}, .fields = {"x", "z"}}, "t"),
        IsOk());
    EXPECT_THAT(graph_.AddFeature({.key = "q", .id_columns = {"b", "a"}, .fields = {"x"}}, "t"),
                IsOk());
    EXPECT_THAT(graph_.AddFeature({.key = "r", .id_columns = {"a"}, .fields = {"y", "x"}}, "t"),
                IsOk());
    EXPECT_THAT(graph_.AddFeature(std::move(feature), "t"), IsOk());
    plan_ = std::make_shared<const FeaturePlan>(Get(graph_.GetFeaturePlan("child")));
    for (const FeatureDep& dep : plan_->feature().deps)
      parents_.push_back(ParentTable(*plan_->FindParent(dep.feature)));
    MakeFilters();
    MakeCurrent();
  }

  NaiveIncrement Expected() const { return NaiveResolve(NaiveOf(has_current_)); }

  internal::ResolveInput Input() const {
    internal::ResolveInput input;
    input.plan = plan_;
    input.current_version = kVersion;
    if (has_current_) input.current = Get(internal::MemoryTable::Make(current_.ToArrow()));
    if (filters_current_) input.filters = {Get(ParseFilter("v != 2"))};
    if (predicate_) input.staleness_predicates = {Get(ParseFilter("v = 1"))};
    for (size_t i = 0; i < parents_.size(); ++i) {
      internal::DependencyInput parent{
          Get(internal::MemoryTable::Make(parents_[i].ToArrow())), kVersion, {}};
      if (filters_parents_) parent.filters = {Get(ParseFilter(NumberColumn(i) + " > 1"))};
      input.dependencies.push_back(std::move(parent));
    }
    return input;
  }

  // Columns that identify the rows of an increment.
  std::vector<std::string> ExpectedColumns() const {
    std::vector<std::string> columns;
    for (const NaiveExpected& row : NaiveResolve(NaiveOf(false)).expected) {
      for (const auto& [name, cell] : row.cells) {
        if (name.find('.') == std::string::npos &&
            std::find(columns.begin(), columns.end(), name) == columns.end())
          columns.push_back(name);
      }
    }
    return columns;
  }
  std::vector<std::string> CurrentColumns() const {
    std::vector<std::string> columns;
    for (const auto& [name, type] : current_.columns) columns.push_back(name);
    return columns;
  }

 private:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random_()) % n; }
  bool Chance(uint32_t percent) { return Below(100) < percent; }
  Cell Number(uint32_t below) {
    return Chance(4) ? std::nullopt : Cell(std::to_string(Below(below)));
  }
  Cell Text(const char* prefix, uint32_t below) {
    return Chance(4) ? std::nullopt : Cell(prefix + std::to_string(Below(below)));
  }
  std::string NumberColumn(size_t parent) const {
    return "n" + plan_->feature().deps[parent].feature.ToString();
  }

  // Few timestamps, so that some are equal, and history in any order.
  void SetLifecycle(NaiveRow* row) {
    row->feature_version = Chance(90) ? kVersion : "before";
    if (!Chance(5)) row->updated = Below(5);
    if (Chance(10)) row->deleted = Below(6);
  }

  NaiveTable ParentTable(const FeatureSpec& spec) {
    const std::string key = spec.key.ToString();
    NaiveTable table;
    table.columns = {{"a", arrow::int64()}};
    if (spec.id_columns.size() > 1) table.columns.emplace_back("b", arrow::large_utf8());
    table.columns.emplace_back("g" + key, arrow::large_utf8());
    table.columns.emplace_back("n" + key, arrow::int64());
    for (const FieldSpec& field : spec.fields) table.fields.push_back(field.key.ToStructKey());
    const uint32_t rows = Chance(10) ? 0 : 1 + Below(120);
    for (uint32_t i = 0; i < rows; ++i) {
      NaiveRow row;
      for (const auto& [name, type] : table.columns) {
        row.cells[name] = name == "a"      ? Number(12)
                          : name == "b"    ? Text("b", 5)
                          : name[0] == 'g' ? Text("g", 6)
                                           : Number(12);
      }
      for (const std::string& field : table.fields) {
        // Some are longer than the truncated hash, and some very long.
        row.cells["v." + field] =
            Chance(5) ? Cell(std::string(300, 'w')) : Text("version-", 1000000);
      }
      SetLifecycle(&row);
      table.rows.push_back(std::move(row));
    }
    return table;
  }

  void MakeFilters() {
    filters_parents_ = Chance(30);
    filters_current_ = Chance(30);
    predicate_ = Chance(40);
    has_current_ = Chance(90);
  }

  static Condition NumberHolds(std::string column, std::function<bool(int64_t)> holds) {
    return [column = std::move(column), holds = std::move(holds)](const Cells& cells) {
      const Cell& cell = cells.at(column);
      return cell && holds(std::stoll(*cell));
    };
  }

  NaiveInput NaiveOf(bool with_current) const {
    NaiveInput input{.plan = plan_.get()};
    for (size_t i = 0; i < parents_.size(); ++i) {
      NaiveParent parent{&parents_[i], kVersion, {}, {}};
      if (filters_parents_)
        parent.filters = {NumberHolds(NumberColumn(i), [](int64_t n) { return n > 1; })};
      if (plan_->feature().deps[i].filters)
        parent.renamed_filters = {NumberHolds("m", [](int64_t n) { return n < 8; })};
      input.parents.push_back(std::move(parent));
    }
    if (with_current) input.current = &current_;
    input.current_version = kVersion;
    if (filters_current_)
      input.current_filters = {NumberHolds("v", [](int64_t v) { return v != 2; })};
    if (predicate_) input.predicates = {NumberHolds("v", [](int64_t v) { return v == 1; })};
    return input;
  }

  // Rows for most expected samples, right and wrong ones, and rows that are not expected.
  void MakeCurrent() {
    const NaiveIncrement all = NaiveResolve(NaiveOf(false));
    const std::vector<std::string> join = plan_->join_columns();
    std::vector<std::string> names = plan_->feature().id_columns;
    for (const std::string& name : join) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    for (const std::string& name : names) {
      const bool number = name == "a" || name == "k" || name == "c";
      current_.columns.emplace_back(name, number ? arrow::int64() : arrow::large_utf8());
    }
    current_.columns.emplace_back("v", arrow::int64());
    const uint32_t extra = 1 + Below(10);
    for (uint32_t i = 0; i < all.expected.size() + extra; ++i) {
      const bool orphan = i >= all.expected.size();
      for (uint32_t sibling = 1 + Below(3); sibling > 0; --sibling) {
        if (Chance(20)) continue;
        NaiveRow row;
        for (const std::string& name : names) {
          const auto found = orphan ? Cells::const_iterator() : all.expected[i].cells.find(name);
          const bool known = !orphan && found != all.expected[i].cells.end();
          row.cells[name] = known            ? found->second
                            : name == "c"    ? Number(4)
                            : name[0] == 'g' ? Text("g", 9)
                            : name == "b"    ? Text("b", 9)
                                             : Number(20);
        }
        row.cells["v"] = Number(4);
        if (!orphan && !Chance(15)) row.provenance = all.expected[i].provenance;
        if (Chance(10)) row.provenance = "other";
        SetLifecycle(&row);
        current_.rows.push_back(std::move(row));
      }
    }
    std::shuffle(current_.rows.begin(), current_.rows.end(), random_);
  }

  std::mt19937 random_;
  FeatureGraph graph_;
  std::shared_ptr<const FeaturePlan> plan_;
  std::vector<NaiveTable> parents_;
  NaiveTable current_;
  bool filters_parents_ = false;
  bool filters_current_ = false;
  bool predicate_ = false;
  bool has_current_ = false;
};

/// Equal rows in the same order, and equal schemas.
inline bool Same(const Increment& a, const Increment& b) {
  return a.new_samples->Equals(*b.new_samples) && a.stale->Equals(*b.stale) &&
         a.orphaned->Equals(*b.orphaned) && a.failed->Equals(*b.failed);
}

}  // namespace metaxy::testing
