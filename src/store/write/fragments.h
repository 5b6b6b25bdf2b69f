// What one writer of a distributed write hands to the one that commits: serialised, versioned and
// checked.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/keys.h"

namespace metaxy::internal {

struct WrittenFragments {
  FeatureKey feature;
  /// Of the write that they belong to; empty: of whichever commits them.
  std::string write_id = {};
  /// The version of the table for whose columns they were written.
  uint64_t version = 0;
  int64_t rows = 0;
  /// Rows of the table at that version and these are not later; none if that is not known.
  std::optional<int64_t> latest = std::nullopt;
  /// See StoredTable::WriteFragments().
  std::string fragments = {};
};

std::string Serialise(const WrittenFragments& written);

/// InvalidInput, with the reason, for anything that Serialise() has not made.
arrow::Result<WrittenFragments> ParseWrittenFragments(std::string_view bytes);

}  // namespace metaxy::internal
