// Rebase of rows: the user's columns as they were, under the versions of another definition.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "columns/key_columns.h"
#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "store/write/spilled_rows.h"
#include "versioning/summary/row_index.h"

namespace metaxy::internal {

/// The provenance information from rows of the target version.
struct RebaseTarget {
  FeatureKey feature;
  std::string feature_version;
  std::string project_version;
  /// The columns on which rows find their new provenance.
  std::vector<std::string> join_columns;
  /// Whether a row whose key occurs in several parent rows is returned once for each of them.
  bool repeat_matches = true;
};

/// How much of the rows is held in memory, and where the others are.
struct RebaseRoom {
  MemoryBudget memory = MemoryScope::Current();
  std::filesystem::path spill_directory = {};
  /// About how many rows there are.
  int64_t expected_rows = 0;
};

/// Rows of the target version, by the hashes of their join columns.
struct FreshRows {
  std::shared_ptr<arrow::RecordBatch> rows;
  RowIndex index{0};
};

/// Which rows of two batches belong together.
struct RebaseMatches {
  std::vector<uint32_t> old_rows;
  std::vector<uint32_t> fresh_rows;
};

/// Gives rows their new provenance. Immutable; used by one thread at a time.
class RebasedRows : public std::enable_shared_from_this<RebasedRows> {
 public:
  /// `fresh` has the join columns, `metaxy_provenance` and `metaxy_provenance_by_field`. Rows that
  /// exceed the memory are kept in temporary files, in parts by the hashes of their keys.
  static arrow::Result<std::shared_ptr<const RebasedRows>> Make(
      RebaseTarget target, const std::shared_ptr<arrow::RecordBatchReader>& fresh,
      RebaseRoom room = {});

  /// The rows that have a match, in their order, without their old provenance and versions, with
  /// the new ones. Data versions that are the provenance are null, so that a write fills them;
  /// others stay. MetadataSchema if a join column or a data version is missing.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Rebase(
      std::shared_ptr<arrow::RecordBatchReader> rows) const;

  // What the rebase in parts is made of (rebased_in_parts.cc).

  size_t num_parts() const { return parts_.size(); }
  /// The rows of a part.
  arrow::Result<FreshRows> Load(size_t part) const;
  /// The part of each row, and the hashes of its keys; num_parts() for rows that match nothing.
  arrow::Status Split(const arrow::RecordBatch& rows, std::vector<KeyHash>* hashes,
                      std::vector<size_t>* parts) const;
  /// Matches of rows with these hashes; `places` are their numbers.
  void Match(const FreshRows& fresh, const KeyHash* hashes, const uint32_t* places, size_t count,
             RebaseMatches* matches) const;
  /// Those of `rows` at `old_rows`, with the provenance at `found_rows` of `found`.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Combine(
      const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<uint32_t>& old_rows,
      const std::shared_ptr<arrow::RecordBatch>& found,
      const std::vector<uint32_t>& found_rows) const;
  const std::shared_ptr<arrow::Schema>& fresh_schema() const { return fresh_schema_; }
  const std::filesystem::path& spill_directory() const { return room_.spill_directory; }

 private:
  explicit RebasedRows(RebaseTarget target, RebaseRoom room)
      : target_(std::move(target)), room_(std::move(room)) {}

  arrow::Status Keep(arrow::RecordBatchReader* fresh);
  arrow::Status SplitInto(const std::shared_ptr<arrow::RecordBatch>& rows);
  arrow::Result<FreshRows> Index(const arrow::RecordBatchVector& batches) const;
  arrow::Result<KeyColumns> KeysOf(const arrow::RecordBatch& rows) const;
  arrow::Status CheckComparable(const arrow::Schema& rows) const;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> RebaseBatch(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;
  arrow::Result<std::shared_ptr<arrow::Schema>> SchemaFor(
      const std::shared_ptr<arrow::Schema>& schema) const;

  RebaseTarget target_;
  RebaseRoom room_;
  KeyHasher hasher_ = KeyHasher::Random();
  std::shared_ptr<arrow::Schema> fresh_schema_;
  FreshRows whole_;                                  // if they are not in parts
  std::vector<std::shared_ptr<SpilledRows>> parts_;  // empty if all are in memory
};

/// The same for rows whose provenance is in parts. They are read once, into a temporary file, and
/// come back in their order.
std::shared_ptr<arrow::RecordBatchReader> RebaseInParts(
    std::shared_ptr<const RebasedRows> rebased, std::shared_ptr<arrow::RecordBatchReader> rows,
    std::shared_ptr<arrow::Schema> schema);

/// The rows of a batch at these places.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<uint32_t>& places);

}  // namespace metaxy::internal
