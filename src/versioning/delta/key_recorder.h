// Key recorder: notes which rows have which keys, and what was made of them, while tables are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "versioning/delta/checkpoint_cache.h"
#include "versioning/delta/key_run.h"
#include "versioning/scan/row_observer.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Notes only how a table is scanned.
class ScanRecorder : public RowObserver {
 public:
  void OnScan(const ObservedScan& scan) override { scan_ = scan; }
  void OnRows(std::span<const uint64_t> /*row_ids*/, RowBlock* /*block*/) override {}

  const ObservedScan& scan() const { return scan_; }

 private:
  ObservedScan scan_;
};

/// The summary of a row of a block.
RowSummary SummaryOf(const RowBlock& block, size_t row);

/// Notes all rows that are read; their summaries go to a file at once. Thread-safe.
class KeyRecorder final : public ScanRecorder {
 public:
  /// Null if the row ids of the table do not tell where its rows are, or if the entries would take
  /// more than `most_bytes`. `file` may be null: then there are no summaries.
  static std::shared_ptr<KeyRecorder> Make(const TableSnapshot& table, int64_t most_bytes,
                                           std::unique_ptr<KeyRunWriter> file);

  void OnScan(const ObservedScan& scan) override;
  void OnRows(std::span<const uint64_t> row_ids, RowBlock* block) override;

  /// Writes the rows of the fragments of `state`, which is of the version that was read; the
  /// recorder is empty afterwards. `seed` is that of the hashes. None if a row was of another
  /// fragment, or if the file cannot be written.
  std::optional<CheckpointKeys::Run> Finish(const TableSnapshot& table, const TableState& state,
                                            uint64_t seed);

 private:
  struct Fragment {
    uint64_t id;
    uint32_t first;  // place
    uint32_t rows;
  };

  // The places of rows; false if one is of another fragment.
  bool PlacesOf(std::span<const uint64_t> row_ids, std::vector<uint32_t>* places) const;
  // Whether all summaries were noted.
  bool AddSummaries(const RowBlock& block, const std::vector<uint32_t>& places);

  std::unique_ptr<KeyRunWriter> file_;
  std::vector<Fragment> fragments_;  // ascending by id
  uint32_t places_ = 0;
  std::optional<SummaryWriter> summaries_;
  StampNumbers stamps_;
  std::mutex mutex_;
  std::vector<uint64_t> entries_;
  bool failed_ = false;
  bool summaries_failed_ = false;
};

/// The number of rows of all fragments, if the row ids tell where rows are and places can count
/// them; absent if not.
std::optional<int64_t> PlacesIn(const TableState& state);

/// The fragments of a state, of which some may have deleted rows: these are found out.
std::vector<KeyRun::Fragment> WithDeletedRows(const TableSnapshot& table,
                                              std::span<const FragmentState> fragments);

}  // namespace metaxy::internal
