// Resolve plan: what every process that takes part in a resolve has to know, as bytes.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/failures.h"
#include "versioning/resolve/increment_slice.h"
#include "versioning/resolve/resolve.h"

namespace metaxy::internal {

/// A resolve without its tables, which are pinned.
struct PlannedResolve {
  struct Failures {
    TablePin pin;
    uint64_t feature_hash = 0;
    FailurePolicy policy = {};
    int64_t now = 0;
  };
  using Conditions = std::vector<arrow::compute::Expression>;

  std::string feature = {};
  std::string feature_version = {};
  std::string hashing = {};
  uint64_t parts = 1;
  uint64_t seed = 0;
  bool skip_comparison = false;
  /// Of the dependencies, and then of the feature's own table if it has one that is compared.
  std::vector<TablePin> tables = {};
  std::vector<std::string> versions = {};  ///< of the dependencies' features
  std::vector<Conditions> filters = {};    ///< of the dependencies, and then of the feature
  Conditions predicates = {};
  std::optional<Failures> failures = {};

  /// Without tables and failures, which are the caller's to pin.
  static PlannedResolve Of(const ResolveInput& input);
  /// The reverse, without tables: they are null.
  ResolveInput Input() const;

  /// NotSupported for a condition that has no form as bytes.
  arrow::Result<std::string> Serialise() const;
  /// InvalidInput for bytes that Serialise() has not made.
  static arrow::Result<PlannedResolve> Parse(std::string_view bytes);
};

}  // namespace metaxy::internal
