// System columns, added to rows before they are written.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "metaxy/feature_spec.h"
#include "store/write/write_time.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

/// Which times of rows are those of the write.
enum class RowTimes {
  kWritten,  ///< metaxy_updated_at, whatever the rows say
  kDeleted,  ///< metaxy_deleted_at, as the rows have it already: a deletion is not an update
  kPut,      ///< metaxy_updated_at, as the rows have it already: each when it was put into a buffer
};

/// What is the same for all rows of one write.
struct WriteStamp {
  std::string feature_version;
  std::string project_version;
  std::optional<std::string> materialization_id = std::nullopt;
  /// When the rows are written.
  std::shared_ptr<WriteTime> time = std::make_shared<WriteTime>(0);
  /// Keep feature and project version of the rows, if both are there.
  bool preserve_feature_version = false;
  RowTimes times = RowTimes::kWritten;
};

/// Converts rows to their stored form: stored types, and all system columns. Thread-safe.
class SystemColumns {
 public:
  SystemColumns(const FeatureSpec& spec, WriteStamp stamp, RowHasher hasher)
      : spec_(&spec), stamp_(std::move(stamp)), hasher_(std::move(hasher)) {}

  /// MetadataSchema if `metaxy_provenance_by_field` or an id column is missing or has a wrong type;
  /// InvalidInput for invalid UTF-8.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Add(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;

  const std::shared_ptr<WriteTime>& time() const { return stamp_.time; }

  /// Whether rows of this schema have times that the caller gives; the time of the write is told.
  void LookAt(const arrow::Schema& schema) const;

  /// The schema of what Add() makes of rows of `schema`.
  arrow::Result<std::shared_ptr<arrow::Schema>> SchemaFor(
      const std::shared_ptr<arrow::Schema>& schema) const;

 private:
  const FeatureSpec* spec_;
  WriteStamp stamp_;
  RowHasher hasher_;
};

/// The rows with their system columns, added as they are read. MetadataSchema, before any is read,
/// for names and types of columns that cannot be stored.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithSystemColumns(
    std::shared_ptr<const SystemColumns> columns, std::shared_ptr<arrow::RecordBatchReader> rows);

}  // namespace metaxy::internal
