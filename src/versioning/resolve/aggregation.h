// Aggregated versions: those of all rows of a group, hashed together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "versioning/hash/row_hash.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// Replaces the payloads of aggregated rows.
struct GroupVersions {
  std::vector<uint32_t> group_of_row;  ///< dropped rows have none
  /// By group, a part for each field.
  std::vector<std::string> payloads;
};

/// Payloads begin with the group of a row and its position in it, followed by parts for
/// `num_fields` fields. For each field the strings of a group's rows are joined by "|", in the
/// order of their positions, and hashed. Nulls are omitted; a group of nulls is an empty string.
/// Dropped rows are ignored.
GroupVersions Aggregate(const RowTable& rows, size_t num_fields, const RowHasher& hasher);

}  // namespace metaxy::internal
