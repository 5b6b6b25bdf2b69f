// A deliberately simple implementation of resolve_update, as the yardstick of the engine's tests.
#pragma once

#include <arrow/table.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/graph.h"

namespace metaxy::testing {

using Cell = std::optional<std::string>;
using Cells = std::map<std::string, Cell>;

/// A stored row: user columns, and as "v.FIELD" the members of `metaxy_data_version_by_field`.
struct NaiveRow {
  Cells cells;
  Cell provenance;
  std::string feature_version;
  std::optional<int64_t> updated;
  std::optional<int64_t> deleted;
};

struct NaiveTable {
  std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>> columns;
  std::vector<std::string> fields;
  std::vector<NaiveRow> rows;

  std::shared_ptr<arrow::Table> ToArrow() const;
};

using Condition = std::function<bool(const Cells&)>;

struct NaiveParent {
  const NaiveTable* table;
  std::string feature_version;
  std::vector<Condition> filters;          ///< by stored names
  std::vector<Condition> renamed_filters;  ///< the dependency's own
};

struct NaiveInput {
  const FeaturePlan* plan;
  std::vector<NaiveParent> parents;
  const NaiveTable* current = nullptr;
  std::string current_version;
  std::vector<Condition> current_filters;
  std::vector<Condition> predicates;
};

/// An expected row.
struct NaiveExpected {
  Cells cells;
  std::vector<Cell> key;  ///< values of the join columns
  Cell provenance;
};

struct NaiveIncrement {
  std::vector<NaiveExpected> expected;
  std::vector<NaiveExpected> new_samples;
  std::vector<NaiveExpected> stale;
  std::vector<Cells> orphaned;
};

NaiveIncrement NaiveResolve(const NaiveInput& input);

}  // namespace metaxy::testing
