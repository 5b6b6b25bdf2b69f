// Versions of groups of rows: the versions of all rows of a group, hashed together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "versioning/hash/row_hash.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// What stands in the place of the payloads of aggregated rows.
struct GroupVersions {
  std::vector<uint32_t> group_of_row;  ///< dropped rows have none
  /// By group, a part for each field.
  std::vector<std::string> payloads;
};

/// Payloads begin with the group of a row and its place in it; parts for `num_fields` fields
/// follow. For each field the texts of a group's rows are joined by "|", in the order of their
/// places, and hashed. Nulls are left out; a group of nulls is an empty text. Dropped rows do not
/// count.
GroupVersions Aggregate(const RowTable& rows, size_t num_fields, const RowHasher& hasher);

}  // namespace metaxy::internal
