// Storage types of the reference: what Polars makes of an Arrow type.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <memory>

#include "columns/exact_cast.h"

namespace metaxy::internal {

/// The type of the system timestamps: microseconds, UTC.
std::shared_ptr<arrow::DataType> TimestampColumnType();

/// Strings and binaries with 64-bit offsets, lists as large lists, also inside structs, lists and
/// maps; dates with a time as timestamps; seconds as milliseconds, times of day in nanoseconds,
/// small decimals in 128 bits, time zones under the reference's names; dictionaries of strings as
/// categories; other dictionaries, extension types and run-end encoded values as their values.
/// Everything else is unchanged.
std::shared_ptr<arrow::DataType> StoredType(const std::shared_ptr<arrow::DataType>& type);

/// The field in its stored type, nullable; what polars-map marks as a map is stored as one. Of its
/// metadata only that of categories is kept, which Polars needs to restore them.
std::shared_ptr<arrow::Field> StoredField(const std::shared_ptr<arrow::Field>& field);

/// The schema of stored fields, without schema metadata.
std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema);

/// Casts every column to its stored type. MetadataSchema for an unknown time zone.
arrow::Result<std::shared_ptr<arrow::Table>> WithStoredTypes(
    const std::shared_ptr<arrow::Table>& table);
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithStoredTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch);

}  // namespace metaxy::internal
