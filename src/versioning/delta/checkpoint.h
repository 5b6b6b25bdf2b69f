// Checkpoint: what a resolve has found, and in which files the rows were that it has read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/increment.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

struct Checkpoint {
  std::string fingerprint = {};  ///< FingerprintOf()
  IncrementCounts counts = {};
  ResolveFacts facts = {};
  /// Of the parents in the order of the dependencies, and of the feature's own table.
  std::vector<TableState> tables = {};

  /// As bytes, with a checksum.
  std::string Encode() const;
  /// None for bytes that are damaged, that Encode() of another release has made, or that nobody
  /// has.
  static std::optional<Checkpoint> Decode(std::string_view bytes);
};

}  // namespace metaxy::internal
