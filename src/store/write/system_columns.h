// Adds the columns that metaxy keeps to rows that are about to be written.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "metaxy/feature_spec.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

/// What is the same for all rows of one write.
struct WriteStamp {
  std::string feature_version;
  std::string project_version;
  std::optional<std::string> materialization_id = std::nullopt;
  /// Microseconds since 1970, UTC.
  int64_t now = 0;
  /// Keep feature and project version of the rows, if both are present.
  bool preserve_feature_version = false;
  /// Keep `metaxy_updated_at` of the rows: a deletion is not an update.
  bool preserve_updated_at = false;
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

  /// The schema of the result of Add() for rows of `schema`.
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
