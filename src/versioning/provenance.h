// Provenance of rows: the hashes that say from which versions a row was made.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/dependency_rows.h"
#include "versioning/joined_rows.h"
#include "versioning/row_hash.h"

namespace metaxy::internal {

/// A hash as text, or null.
struct HashText {
  bool null = true;
  uint8_t size = 0;
  char data[RowHasher::kMaxText];

  std::string_view view() const { return {data, size}; }
};

/// What is computed for one row.
struct RowProvenance {
  std::vector<HashText> fields;  ///< in the order of the spec
  HashText whole;
  std::string buffer;  ///< scratch space, kept between rows
};

/// Computes the provenance of joined rows. The dependencies and joined rows must outlive it.
/// Thread-safe; each thread has its own RowProvenance.
class ProvenanceComputer {
 public:
  static arrow::Result<ProvenanceComputer> Make(const FeaturePlan& plan,
                                                const std::vector<DependencyRows>& dependencies,
                                                const JoinedRows& joined, RowHasher hasher);

  /// A null version makes the hash null, except that of an optional dependency, which counts as an
  /// empty text.
  void Compute(uint32_t row, RowProvenance* result) const;

 private:
  struct Part {
    std::string label;  // "|feature.field|"
    const VersionTexts* versions;
    const std::vector<uint32_t>* rows;  // position in the dependency, by joined row
    bool optional;
  };
  struct Field {
    std::string prefix;  // "key|code version"
    std::vector<Part> parts;
  };

  explicit ProvenanceComputer(RowHasher hasher) : hasher_(std::move(hasher)) {}

  void ComputeField(const Field& field, uint32_t row, std::string* buffer, HashText* hash) const;

  RowHasher hasher_;
  std::vector<Field> fields_;
  std::vector<size_t> by_name_;  // positions of fields, by the names of their struct members
};

/// Hashes the members of a `*_by_field` column, as `metaxy_provenance` and `metaxy_data_version`
/// are made: the members of the spec's fields, by name, joined by "|"; null if one of them is null.
/// MetadataSchema if a member is missing.
arrow::Result<std::shared_ptr<arrow::LargeStringArray>> HashByField(
    const FeatureSpec& spec, const std::shared_ptr<arrow::Array>& by_field,
    std::string_view column_name, const RowHasher& hasher);

}  // namespace metaxy::internal
