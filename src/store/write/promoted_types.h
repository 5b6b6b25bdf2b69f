// Type promotion: what a stored column must become so that new values fit.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// The stored field, widened as far as these values need it and no further: wider numbers, finer
/// timestamps, missing struct members and categories, a type for a column that had none. Stored
/// values can be cast to it without loss. `name` is for messages. LossyCast if there is no such
/// type; MetadataSchema if the kinds are incompatible.
arrow::Result<std::shared_ptr<arrow::Field>> NeededField(
    const std::shared_ptr<arrow::Field>& stored, const std::shared_ptr<arrow::Array>& values,
    const std::string& name);

/// What `rows` have and `table` lacks, by type alone: columns, and members of columns that are
/// structs in both. The latter are represented by a struct with just the missing members.
arrow::FieldVector MissingFields(const arrow::FieldVector& table, const arrow::FieldVector& rows);

}  // namespace metaxy::internal
