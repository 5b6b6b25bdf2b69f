// Overlay: tables of one feature in several stores as one, sample by sample.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "columns/key_hash.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// A table of an overlay. Of the tables that have a row of a sample the first one counts.
struct OverlayLayer {
  std::shared_ptr<const TableSnapshot> table;
  std::string store;       ///< for messages
  std::string place = {};  ///< of the store, which may have credentials
};

/// A set of keys. Used by one thread while it grows, then thread-safe.
class KeySet {
 public:
  void Add(const KeyHash& key);
  bool Contains(const KeyHash& key) const;
  size_t size() const { return size_; }

 private:
  std::vector<KeyHash> slots_;  // a power of two of them, at most half of them taken
  std::vector<bool> taken_;
  size_t size_ = 0;
};

/// The rows of the first table, then of each further one those whose samples no table before it
/// has: whatever selects the latest row of a sample, or joins, sees the rows of one table for each
/// sample. A deletion mark is a row like any other, and hides those of further tables.
///
/// Columns and members are those of all tables, in types that hold the values of all; what a table
/// lacks is null. A table that stores versions by field as a map makes maps of all.
class OverlayTable final : public TableSnapshot {
 public:
  /// The first scan reads the ids of all tables but the last, in rows of `feature_version` (of all
  /// versions if absent). Some forty bytes per sample of those stay in memory. MetadataSchema,
  /// naming column and stores, if there is no type for the values of both.
  static arrow::Result<std::shared_ptr<const OverlayTable>> Make(
      std::vector<OverlayLayer> layers, std::vector<std::string> id_columns,
      const std::optional<std::string>& feature_version, const Interrupt& interrupt);

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  /// Of all tables: no less than there are.
  arrow::Result<int64_t> NumRows() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;
  /// The fragments of all tables, without places of rows.
  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override;

 private:
  class LayerReader;
  class ChainReader;
  struct Parts;

  OverlayTable(std::shared_ptr<Parts> parts, std::shared_ptr<arrow::Schema> schema)
      : parts_(std::move(parts)), schema_(std::move(schema)) {}

  arrow::Status ReadSamples() const;

  std::shared_ptr<Parts> parts_;  // shared with readers
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace metaxy::internal
