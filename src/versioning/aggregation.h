// Versions of groups of rows: the versions of all rows of a group, hashed together.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <vector>

#include "versioning/key_columns.h"
#include "versioning/row_hash.h"
#include "versioning/version_texts.h"

namespace metaxy::internal {

/// Rows with equal keys, in a defined order.
class RowGroups {
 public:
  /// Groups by `groups` (a null is a value like others); rows within a group are ordered by
  /// `order`, nulls first.
  static arrow::Result<RowGroups> Make(const KeyColumns& groups, const KeyColumns& order);

  /// For each row the hash of its group's texts, joined by "|". Nulls are left out; a group of
  /// nulls is an empty text.
  arrow::Result<VersionTexts> HashOfGroups(const VersionTexts& texts,
                                           const RowHasher& hasher) const;

 private:
  std::vector<uint32_t> group_of_row_;
  std::vector<uint32_t> rows_;     // by group
  std::vector<uint32_t> offsets_;  // where a group's rows begin; one more than there are groups
};

}  // namespace metaxy::internal
