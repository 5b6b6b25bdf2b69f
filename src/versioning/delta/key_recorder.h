// Key recorder: notes which rows have which keys while tables are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "versioning/delta/key_run.h"
#include "versioning/scan/row_observer.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// How a table is scanned for a resolve.
struct KeyScan {
  ScanRequest request = {};
  std::vector<std::string> key_columns = {};
  bool split = false;  ///< rows of one sample may have different keys
};

/// Notes only how a table is scanned.
class ScanRecorder : public RowObserver {
 public:
  void OnScan(const ScanRequest& request, const std::vector<std::string>& key_columns,
              bool split) override {
    scan_ = {request, key_columns, split};
  }
  void OnRows(std::span<const uint64_t> /*row_ids*/, std::span<const KeyHash> /*keys*/) override {}

  const KeyScan& scan() const { return scan_; }

 private:
  KeyScan scan_;
};

/// Notes the keys of all rows that are read. Thread-safe.
class KeyRecorder final : public ScanRecorder {
 public:
  /// Null if the row ids of the table do not tell where its rows are, or if the entries would take
  /// more than `most_bytes`.
  static std::shared_ptr<KeyRecorder> Make(const TableSnapshot& table, int64_t most_bytes);

  void OnRows(std::span<const uint64_t> row_ids, std::span<const KeyHash> keys) override;

  /// The rows of the fragments of `state`, which is of the version that was read; the recorder is
  /// empty afterwards. `seed` is that of the hashes. None if a row was of another fragment.
  std::optional<KeyRun> Finish(const TableState& state, uint64_t seed);

 private:
  struct Fragment {
    uint64_t id;
    uint32_t first;  // place
    uint32_t rows;
  };

  std::vector<Fragment> fragments_;  // ascending by id
  std::mutex mutex_;
  std::vector<uint64_t> entries_;
  bool failed_ = false;
};

/// The number of rows of all fragments, if the row ids tell where rows are and places can count
/// them; absent if not.
std::optional<int64_t> PlacesIn(const TableState& state);

}  // namespace metaxy::internal
