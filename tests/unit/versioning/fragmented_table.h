// A table in fragments, as LanceDB has it, without any file: what compaction, deletions and
// restores do to it.
#pragma once

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/matchers.h"
#include "versioning/scan/memory_table.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::testing {

struct TestFragment {
  uint64_t id = 0;
  uint64_t file = 0;  ///< Like the random name of a data file.
  std::shared_ptr<arrow::RecordBatch> rows;
  std::set<int64_t> deleted = {};
  uint64_t deletion_file = 0;

  internal::FragmentState State() const {
    internal::FragmentState state{
        id, internal::HashContent(std::to_string(file)), {}, rows->num_rows()};
    if (deletion_file != 0) state.deletions = internal::HashContent(std::to_string(deletion_file));
    return state;
  }

  /// The numbers of the rows that are not deleted.
  std::vector<int64_t> LiveRows() const {
    std::vector<int64_t> kept;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      if (deleted.count(row) == 0) kept.push_back(row);
    }
    return kept;
  }
  std::shared_ptr<arrow::Table> Live() const {
    const std::vector<int64_t> kept = LiveRows();
    const arrow::Int64Array positions(static_cast<int64_t>(kept.size()),
                                      arrow::Buffer::FromVector(kept));
    const auto table = Get(arrow::Table::FromRecordBatches({rows}));
    return Get(arrow::compute::Take(table, positions.data())).table();
  }
};

/// One version; it also knows what was rewritten before.
class FragmentedSnapshot final : public internal::TableSnapshot {
 public:
  FragmentedSnapshot(const std::shared_ptr<arrow::Schema>& schema,
                     std::vector<TestFragment> fragments, uint64_t version,
                     std::map<uint64_t, internal::Rewrite> rewrites, std::atomic<int64_t>* reads);

  const std::shared_ptr<arrow::Schema>& schema() const override { return rows_->schema(); }
  uint64_t version() const override { return version_; }
  arrow::Result<int64_t> NumRows() const override { return rows_->NumRows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const internal::ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeMembers(
      std::span<const uint64_t> row_ids,
      const std::vector<internal::ColumnPath>& columns) const override;
  arrow::Result<std::optional<internal::TableState>> State(
      const std::vector<internal::ColumnPath>& columns) const override;
  arrow::Result<std::vector<internal::Rewrite>> Rewrites(
      const std::vector<internal::ColumnPath>& columns, uint64_t since,
      uint64_t most) const override;
  arrow::Result<std::vector<uint64_t>> DeletedRows(
      std::span<const uint64_t> fragments) const override;

 private:
  std::vector<uint64_t> Positions(std::span<const uint64_t> row_ids) const;

  std::vector<TestFragment> fragments_;
  std::vector<uint64_t> ids_;  // of all rows
  uint64_t version_;
  std::map<uint64_t, internal::Rewrite> rewrites_;
  std::atomic<int64_t>* reads_;
  std::shared_ptr<internal::MemoryTable> rows_;
};

/// A table that changes. Numbers of versions and fragments come again, names of files never do.
class FragmentedTable {
 public:
  /// `reads` counts the scans and takes of all its versions.
  FragmentedTable(std::shared_ptr<arrow::Schema> schema, std::atomic<int64_t>* reads)
      : schema_(std::move(schema)), reads_(reads) {
    Commit();
  }

  size_t num_fragments() const { return fragments_.size(); }

  void Append(const std::shared_ptr<arrow::Table>& rows) {
    fragments_.push_back({next_id_++, NewName(), Get(rows->CombineChunksToBatch())});
    Commit();
  }

  /// Marks rows as deleted by their numbers among all, deleted ones included.
  void Delete(const std::set<int64_t>& rows) {
    int64_t first = 0;
    std::vector<TestFragment> kept;
    for (TestFragment& fragment : fragments_) {
      const int64_t size = fragment.rows->num_rows();
      const size_t before = fragment.deleted.size();
      for (const int64_t row : rows) {
        if (row >= first && row < first + size) fragment.deleted.insert(row - first);
      }
      first += size;
      if (fragment.deleted.size() != before) fragment.deletion_file = NewName();
      // Lance drops a fragment without rows.
      if (fragment.deleted.size() < static_cast<size_t>(size)) kept.push_back(fragment);
    }
    fragments_ = std::move(kept);
    Commit();
  }

  /// Merges consecutive fragments into one, which comes last.
  void Compact(size_t begin, size_t count) {
    internal::Rewrite rewrite;
    std::vector<std::shared_ptr<arrow::Table>> rows;
    const auto first = fragments_.begin() + static_cast<int64_t>(begin);
    const auto last = first + static_cast<int64_t>(count);
    for (auto it = first; it != last; ++it) {
      rewrite.before.push_back(it->State());
      rows.push_back(it->Live());
    }
    TestFragment merged{next_id_++, NewName(),
                        Get(Get(arrow::ConcatenateTables(rows))->CombineChunksToBatch())};
    rewrite.after.push_back(merged.State());
    fragments_.erase(first, last);
    fragments_.push_back(std::move(merged));
    rewrites_[version_ + 1] = std::move(rewrite);
    Commit();
  }

  void Restore(size_t commit) {
    fragments_ = commits_[commit];
    Commit();
  }
  size_t num_commits() const { return commits_.size(); }

  /// Drops it and creates it anew: versions and ids of fragments begin again.
  void Recreate() {
    fragments_.clear();
    rewrites_.clear();
    commits_.clear();
    version_ = 0;
    next_id_ = 0;
    Commit();
  }

  std::shared_ptr<const internal::TableSnapshot> Snapshot() const {
    return std::make_shared<FragmentedSnapshot>(schema_, fragments_, version_, rewrites_, reads_);
  }

  int64_t num_rows() const {
    int64_t rows = 0;
    for (const TestFragment& fragment : fragments_) rows += fragment.rows->num_rows();
    return rows;
  }

 private:
  static uint64_t NewName() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  void Commit() {
    ++version_;
    commits_.push_back(fragments_);
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::atomic<int64_t>* reads_;
  std::vector<TestFragment> fragments_;
  std::vector<std::vector<TestFragment>> commits_;
  std::map<uint64_t, internal::Rewrite> rewrites_;
  uint64_t version_ = 0;
  uint64_t next_id_ = 0;
};

}  // namespace metaxy::testing
