// Increment slice: some rows of an increment, by the places at which any process finds them again.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_stream.h"
#include "metaxy/distributed.h"
#include "metaxy/graph.h"
#include "metaxy/hash_algorithm.h"
#include "versioning/resolve/outcome.h"
#include "versioning/scan/sealed_bytes.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// One version of a table, so that another process knows whether it has opened that one.
struct TablePin {
  ContentHash place = {};  ///< of the store
  uint64_t version = 0;
  ContentHash content = {};  ///< its files; another table of that name has others

  bool operator==(const TablePin&) const = default;
};

/// None if other processes cannot open it: rows in memory, of several stores, or of a server.
/// `id_columns` are those of its feature.
arrow::Result<std::optional<TablePin>> PinOf(const TableSnapshot& table, const std::string& place,
                                             const std::vector<std::string>& id_columns);

void WritePin(const TablePin& pin, ByteWriter* writer);
TablePin ReadPin(ByteReader* reader);

/// Which rows of which resolve. Those of parents are by their row ids in the pinned tables.
struct IncrementSlice {
  static constexpr uint64_t kNoRowId = ~uint64_t{0};

  std::string feature = {};
  std::string feature_version = {};
  std::string hashing = {};  ///< HashingOf()
  IncrementPart part = IncrementPart::kNew;
  uint64_t rows = 0;
  /// Of the dependencies, or, for orphaned rows, the feature's own.
  std::vector<TablePin> tables = {};
  std::vector<std::vector<uint64_t>> row_ids = {};  ///< by table; kNoRowId where it has no row
  /// By aggregated dependency: numbers in `group_versions`, kNoRow where there is none.
  std::vector<std::vector<uint32_t>> groups = {};
  std::vector<std::string> group_versions = {};
  std::vector<uint32_t> group_sizes = {};    ///< of orphaned rows: how many stored rows each is
  std::vector<std::string> predicates = {};  ///< of orphaned rows, serialised
  std::optional<std::string> stream = {};    ///< the rows themselves, in Arrow's stream format

  std::string Serialise() const;
  /// InvalidInput for bytes that Serialise() has not made.
  static arrow::Result<IncrementSlice> Parse(std::string_view bytes);
};

/// The id columns of a table of a resolve: of a dependency, or, after these, the feature's own.
std::vector<std::string> IdColumnsOf(const FeaturePlan& plan, size_t table);

/// How versions are hashed, as text.
std::string HashingOf(HashAlgorithm algorithm, int truncation);

/// A table of a resolve that can be found again, and the row ids of positions in it.
struct SliceTable {
  std::function<std::vector<uint64_t>(std::span<const uint32_t> positions)> row_ids;
  TablePin pin;
};

/// Sets tables and rows of a slice to the new samples of an outcome, which are all that it has.
void SetRows(const Outcome& some, const std::vector<SliceTable>& tables, IncrementSlice* slice);
/// The same for orphaned rows.
void SetOrphaned(const RowGroups& groups, size_t begin, size_t count, const SliceTable& table,
                 IncrementSlice* slice);
/// Sets the rows themselves.
arrow::Status SetStream(arrow::RecordBatchReader& rows, IncrementSlice* slice);

}  // namespace metaxy::internal
