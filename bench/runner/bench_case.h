// A case of cases.json, as far as the runner needs it.
#pragma once

#include <arrow/result.h>
#include <metaxy/feature_spec.h>
#include <metaxy/graph.h>
#include <metaxy/json.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace metaxy::bench {

/// How the values of a column of a root feature are generated.
struct ColumnRecipe {
  std::string name;
  std::string kind;  ///< key (string), number_key (uint64), number (int64), text, floats
  int64_t size = 0;  ///< bytes of a string, length of a list of floats
  int64_t per = 1;   ///< key: this many consecutive rows share a value
};

struct Feature {
  FeatureSpec spec;
  std::vector<ColumnRecipe> columns;  ///< empty except for root features
};

/// One step of a case; cases.py says what each does.
struct Step {
  std::string verb;
  std::string feature;
  int64_t divisor = 1;
  int64_t generation = 0;
  int64_t every = 1;
  int64_t block = 1;
  int64_t count = 0;
  int64_t few = 0;
  int64_t writes = 0;
  int64_t expand = 0;
  std::string distinct;
  std::vector<std::string> changes;
  bool unchanged_too = false;
  bool delta = false;
  bool first = false;  ///< with `delta`: nothing is known yet
  bool skip_failed = false;
  std::vector<Step> then = {};
};

struct Case {
  std::vector<Feature> features;
  std::vector<Step> prepare;
  Step measure;

  arrow::Result<const Feature*> Find(const std::string& key) const;
  arrow::Result<std::shared_ptr<FeatureGraph>> Graph() const;
};

/// The case with this name; InvalidInput, naming file and member, if the table is invalid.
arrow::Result<Case> LoadCase(const std::string& file, const std::string& name);

}  // namespace metaxy::bench
