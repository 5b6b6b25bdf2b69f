// Random feature graphs and rows, for property tests and measurements.
//
//   const RandomProject project(seed);
//   const auto graph = project.Graph();
//   for (const FeatureSpec& spec : project.specs()) {      // parents first
//     if (spec.deps.empty()) options.samples = project.Samples(spec.key, FirstRows(20));
//     ... resolve ...
//     store->Write(spec.key, project.Computed(spec.key, *increment.new_samples));
//   }
#pragma once

#include <arrow/table.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "support/random.h"

namespace metaxy::testing {

/// What may occur in a graph. Everything is enabled unless a test needs a simpler graph.
struct RandomProjectOptions {
  size_t roots = 3;      ///< Maximum; at least one.
  size_t derived = 5;    ///< Maximum; at least two.
  bool lineages = true;  ///< Aggregation and expansion in addition to identity.
  bool optional = true;
  bool renames = true;  ///< Of id columns and of user columns.
  bool selects = true;
  bool filters = true;   ///< Of dependencies.
  bool mappings = true;  ///< Field mappings, explicit field dependencies, ALL.
  bool null_versions = false;
};

/// A row of a root: `number` identifies the sample, `version` its content.
struct SampleRow {
  size_t number;
  uint64_t version = 0;
  bool operator==(const SampleRow&) const = default;
};

/// Rows 0 .. count - 1, all in version 0.
std::vector<SampleRow> FirstRows(size_t count);

/// \brief A valid graph of features and a generator of rows for it; everything is derived from the
/// seed.
///
/// Samples have a `base` key (one or two id columns), or a finer one with an additional id column:
/// `item` in roots, `part` where a feature expands its parents. Features use parents with the same
/// key one to one, and finer ones aggregated. User columns have unique names per feature (`f3_n`,
/// an integer, and `f3_s`, a string, both with nulls).
class RandomProject {
 public:
  explicit RandomProject(uint64_t seed, const RandomProjectOptions& options = {});

  /// Parents before their children.
  const std::vector<FeatureSpec>& specs() const { return specs_; }
  const FeatureSpec& Spec(const FeatureKey& key) const;
  std::vector<FeatureKey> Roots() const;
  std::vector<FeatureKey> Derived() const;

  std::shared_ptr<FeatureGraph> Graph(int truncation = kMinHashTruncationLength) const;

  /// \brief Rows of a root with `metaxy_provenance_by_field`. The content of a row is derived from
  /// its number; its provenance from number and version (an odd version changes one field, an even
  /// one all of them).
  std::shared_ptr<arrow::Table> Samples(const FeatureKey& root,
                                        const std::vector<SampleRow>& rows) const;

  /// \brief The field whose provenance differs between version 0 and version 1 of a row.
  FieldKey ChangedField(const FeatureKey& root, size_t number) const;

  /// \brief What a pipeline would write after processing a part of an increment: the feature's id
  /// columns, the system columns and two columns of its own; one row per sample if parents are
  /// aggregated, one to three if they are expanded.
  std::shared_ptr<arrow::Table> Computed(const FeatureKey& feature, const arrow::Table& part) const;

  /// \brief A graph with the given list of specs.
  static std::shared_ptr<FeatureGraph> GraphOf(const std::vector<FeatureSpec>& specs,
                                               int truncation = kMinHashTruncationLength);

 private:
  enum class Unit { kBase, kItem, kPart };
  struct Maker;

  uint64_t seed_;
  RandomProjectOptions options_;
  std::vector<FeatureSpec> specs_;
  std::map<FeatureKey, Unit> units_;
  std::map<FeatureKey, std::string> prefixes_;  ///< Of the feature's user columns.
  std::vector<std::string> base_;               ///< Names of the base unit's id columns.
  bool integer_ids_ = false;                    ///< The first id column's type; strings otherwise.
};

/// \brief Whether the feature's parents are joined by expansion.
bool IsExpanded(const FeatureSpec& spec);

}  // namespace metaxy::testing
