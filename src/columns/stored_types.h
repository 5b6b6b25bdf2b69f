// The types in which the reference stores what users give: what Polars makes of an Arrow type.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <memory>

#include "columns/exact_cast.h"

namespace metaxy::internal {

/// The type of lifecycle timestamps: microseconds, UTC.
std::shared_ptr<arrow::DataType> MomentType();

/// Texts and binaries with 64-bit offsets, lists as large lists, inside of structs, lists and maps,
/// too; dates with a time as timestamps; seconds as milliseconds, times of day in nanoseconds,
/// small decimals in 128 bits, time zones by the names that the reference gives them; dictionaries
/// of texts as categories; others, extension types and runs as what they stand for. All else stays
/// as it is.
std::shared_ptr<arrow::DataType> StoredType(const std::shared_ptr<arrow::DataType>& type);

/// The field in its stored type, nullable. Of its metadata only that of categories is kept, without
/// which Polars could not read them back as what they were.
std::shared_ptr<arrow::Field> StoredField(const std::shared_ptr<arrow::Field>& field);

/// The schema of stored fields, itself without metadata.
std::shared_ptr<arrow::Schema> StoredSchema(const arrow::Schema& schema);

/// Casts every column to its stored type. MetadataSchema for a time zone that is not known.
arrow::Result<std::shared_ptr<arrow::Table>> WithStoredTypes(
    const std::shared_ptr<arrow::Table>& table);
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithStoredTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch);

}  // namespace metaxy::internal
