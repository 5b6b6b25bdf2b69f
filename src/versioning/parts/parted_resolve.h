// Parted resolve: scanned, exchanged and compared piece by piece, by any number of processes, with
// the answer of one.
//
//   every process            PartedResolve::Make(the same input and options)
//   Scan(table, fragments)   rows of some fragments, in a block for each part
//   Exchange(table, blocks)  where rows of a sample may have different join keys: once more
//   Compare(part, blocks)    what is new, stale, orphaned or failed of one part
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "columns/key_hash.h"
#include "metaxy/distributed.h"
#include "versioning/hash/row_hash.h"
#include "versioning/parts/row_block.h"
#include "versioning/parts/table_places.h"
#include "versioning/resolve/increment_slice.h"
#include "versioning/resolve/resolve.h"
#include "versioning/resolve/resolve_setup.h"

namespace metaxy::internal {

struct PartOptions {
  size_t parts = 1;
  uint64_t seed = 0;      ///< of key hashes; not used if failures matter
  ContentHash plan = {};  ///< stands for all of this and for the input
  /// Of the tables of the dependencies, and then of the feature's own if it is compared.
  std::vector<TablePin> pins = {};
  /// Tables with fewer places are compared by these. Another one only for tests.
  uint64_t most_places = kNoRow;
};

/// Immutable and thread-safe.
class PartedResolve {
 public:
  /// InvalidInput for samples, which are in one process anyway, and for no parts. NotSupported if a
  /// table does not tell where its rows are. As of Resolve(), as far as rows need not be read.
  static arrow::Result<std::shared_ptr<const PartedResolve>> Make(ResolveInput input,
                                                                  PartOptions options);

  size_t num_tables() const { return tables_.size(); }
  size_t num_parts() const { return options_.parts; }
  const TablePlaces& places(size_t table) const { return tables_[table].places; }
  /// Whether blocks of its scans have to be exchanged.
  bool is_exchanged(size_t table) const { return tables_[table].exchanged; }

  /// `fragments` by their numbers. A block for each part.
  arrow::Result<std::vector<std::string>> Scan(size_t table, std::vector<uint32_t> fragments,
                                               const ExecutionOptions& execution) const;
  /// `blocks` are those of one part, of all fragments. A block for each part.
  arrow::Result<std::vector<std::string>> Exchange(size_t table, size_t part,
                                                   const std::vector<std::string>& blocks,
                                                   const ExecutionOptions& execution) const;
  /// `blocks` by table are those of this part, of all fragments or all exchanges. Slices have at
  /// most so many rows.
  arrow::Result<PartOutcome> Compare(size_t part,
                                     const std::vector<std::vector<std::string>>& blocks,
                                     size_t most_rows, const ExecutionOptions& execution) const;

 private:
  using Places = std::function<std::vector<uint64_t>(std::span<const uint32_t> positions)>;

  struct Table {
    RowsRequest request;
    TablePlaces places;
    RowLayout layout;
    bool exchanged;
  };
  /// The rows of a table that are in a part. Their positions are places, or, where there are more
  /// places than positions, numbers in `order`.
  struct PartOfTable {
    RowTable rows;
    std::shared_ptr<const std::vector<uint64_t>> order = nullptr;

    std::vector<uint64_t> PlacesOf(std::span<const uint32_t> positions) const;
  };

  PartedResolve(ResolveInput input, RowHasher hasher, PartOptions options)
      : input_(std::move(input)), options_(std::move(options)), setup_(input_, hasher) {}

  arrow::Status SetUp();
  KeyHasher hasher() const {
    return input_.failures ? KeyHasher::Stable() : KeyHasher(options_.seed);
  }
  size_t PartOf(const KeyHash& key) const { return static_cast<size_t>(key.high % options_.parts); }
  arrow::Status CheckTable(size_t table) const;
  arrow::Status CheckPart(size_t part) const;
  BlockLayout LayoutOf(size_t table, bool by_join) const;
  /// A block for each part.
  std::vector<std::string> Encode(size_t table, bool by_join, const std::vector<uint32_t>& sources,
                                  std::vector<RowTable> parts, const Places& places) const;
  /// All rows of blocks that together come from all sources, each once.
  arrow::Result<PlacedRows> Gather(size_t table, size_t part, bool by_join,
                                   const std::vector<std::string>& blocks) const;
  arrow::Result<PartOfTable> Locate(size_t table, PlacedRows placed) const;
  arrow::Status AskPredicates(const SliceTable& current, bool has_failed,
                              const Execution& execution, Outcome* outcome) const;
  arrow::Result<PartOutcome> Slices(const Outcome& outcome, const std::vector<SliceTable>& tables,
                                    size_t num_inputs, size_t most_rows) const;

  ResolveInput input_;
  PartOptions options_;
  ResolveSetup setup_;
  std::vector<Table> tables_;
};

}  // namespace metaxy::internal
