// Random feature graphs, and rows for them: what property tests and measurements run on.
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

/// What may occur in a graph. Everything is on unless a test needs a simpler world.
struct RandomProjectOptions {
  size_t roots = 3;      ///< At most; at least one.
  size_t derived = 5;    ///< At most; at least two.
  bool lineages = true;  ///< Aggregation and expansion beside identity.
  bool optional = true;
  bool renames = true;  ///< Of id columns and of user columns.
  bool selects = true;
  bool filters = true;   ///< Of dependencies.
  bool mappings = true;  ///< Field mappings, explicit field dependencies, ALL.
  bool null_versions = false;
};

/// A row of a root: `number` names the sample, `version` what is in it.
struct SampleRow {
  size_t number;
  uint64_t version = 0;
  bool operator==(const SampleRow&) const = default;
};

/// Rows 0 .. count - 1, all in version 0.
std::vector<SampleRow> FirstRows(size_t count);

/// \brief A valid graph of features and a way to make rows for it; everything follows from the
/// seed.
///
/// Samples are of a `base` unit (one or two id columns), or of a finer one that has an id column
/// more: `item` in roots, `part` where a feature expands its parents. Features take parents of
/// their own unit one to one, and finer ones aggregated. User columns have names of their own per
/// feature
/// (`f3_n`, an integer, and `f3_s`, a text, both with nulls).
class RandomProject {
 public:
  explicit RandomProject(uint64_t seed, const RandomProjectOptions& options = {});

  /// Parents before their children.
  const std::vector<FeatureSpec>& specs() const { return specs_; }
  const FeatureSpec& Spec(const FeatureKey& key) const;
  std::vector<FeatureKey> Roots() const;
  std::vector<FeatureKey> Derived() const;

  std::shared_ptr<FeatureGraph> Graph(int truncation = kMinHashTruncationLength) const;

  /// \brief Rows of a root with `metaxy_provenance_by_field`. What is in a row follows from its
  /// number; its provenance from number and version (an odd version changes one field, an even one
  /// changes all of them).
  std::shared_ptr<arrow::Table> Samples(const FeatureKey& root,
                                        const std::vector<SampleRow>& rows) const;

  /// \brief The field whose provenance differs between version 0 and version 1 of a row.
  FieldKey ChangedField(const FeatureKey& root, size_t number) const;

  /// \brief What a pipeline would write after it has processed a part of an increment: the
  /// feature's id columns, the system columns and two columns of its own; one row per sample where
  /// parents are aggregated, one to three where they are expanded.
  std::shared_ptr<arrow::Table> Computed(const FeatureKey& feature, const arrow::Table& part) const;

  /// \brief A graph like a given list of specs.
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
  bool integer_ids_ = false;                    ///< The first id column's type; texts otherwise.
};

/// \brief Whether the feature's parents are joined by expansion.
bool IsExpanded(const FeatureSpec& spec);

}  // namespace metaxy::testing
