// Provenance of rows: hashes of the versions a row was made from.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

/// A hash as a string, or null.
struct HashText {
  bool null = true;
  uint8_t size = 0;
  char data[RowHasher::kMaxText];

  std::string_view view() const { return {data, size}; }
};

/// What is hashed for a field of a row. From row to row only the versions in it change, and mostly
/// not their lengths, so that they are overwritten in place.
struct FieldText {
  struct Place {
    size_t begin = 0;
    size_t size = 0;
  };

  std::string text;
  std::vector<Place> versions;
};

/// The result for one row.
struct RowProvenance {
  std::vector<HashText> fields;  ///< in the order of the spec
  HashText whole;
  /// Scratch space, reused between rows.
  std::vector<FieldText> texts = {};
  std::string buffer = {};
};

/// The parent fields whose versions are used: by dependency, in the order of the spec, without
/// duplicates.
arrow::Result<std::vector<std::vector<FieldKey>>> FieldsByDependency(const FeaturePlan& plan);

/// Computes the provenance of rows from their parents' versions. Thread-safe; each thread has its
/// own RowProvenance.
class ProvenanceComputer {
 public:
  static arrow::Result<ProvenanceComputer> Make(const FeaturePlan& plan, RowHasher hasher);

  /// The number of versions a row is computed from: those of FieldsByDependency(), one after the
  /// other.
  size_t num_versions() const { return num_versions_; }
  /// The first version of a dependency.
  size_t FirstVersion(size_t dependency) const { return first_versions_[dependency]; }

  /// A null version makes the hash null, except that of an optional dependency, which counts as an
  /// empty string. `result` is of the same computer from row to row.
  void Compute(const std::vector<std::optional<std::string_view>>& versions,
               RowProvenance* result) const;

 private:
  struct Part {
    std::string label;  // "|feature.field|"
    size_t version;
    bool optional;
  };
  struct Field {
    std::string prefix;  // "key|code version"
    std::vector<Part> parts;
  };

  explicit ProvenanceComputer(RowHasher hasher) : hasher_(std::move(hasher)) {}

  using Versions = std::vector<std::optional<std::string_view>>;

  // Sets the versions in the text of a field; false if one is null that must not be.
  static bool SetVersions(const Field& field, const Versions& versions, FieldText* text);
  static void Rebuild(const Field& field, const Versions& versions, FieldText* text);

  RowHasher hasher_;
  std::vector<Field> fields_;
  std::vector<size_t> by_name_;  // positions of fields, by the names of their struct members
  std::vector<size_t> first_versions_;
  size_t num_versions_ = 0;
};

/// Hashes the members of a `*_by_field` column, as for `metaxy_provenance` and
/// `metaxy_data_version`: the members of the spec's fields, by name, joined by "|"; null if one of
/// them is null. MetadataSchema if a member is missing.
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> HashByField(
    const FeatureSpec& spec, const std::shared_ptr<arrow::Array>& by_field,
    std::string_view column_name, const RowHasher& hasher);

}  // namespace metaxy::internal
