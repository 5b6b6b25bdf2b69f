// What a stored column must become so that new values fit into it.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// The stored field, grown as far as these values need it and no further: wider numbers, finer
/// timestamps, members of structs and categories that it lacks, a type for a column that never had
/// one. What is stored can be cast to it without loss. `name` is for messages. LossyCast if there
/// is no such type; MetadataSchema if the kinds do not go together.
arrow::Result<std::shared_ptr<arrow::Field>> NeededField(
    const std::shared_ptr<arrow::Field>& stored, const std::shared_ptr<arrow::Array>& values,
    const std::string& name);

/// What `rows` have and `table` lacks, by the types alone: columns, and members of columns that are
/// structs in both. A struct with just the missing members stands for these.
arrow::FieldVector MissingFields(const arrow::FieldVector& table, const arrow::FieldVector& rows);

}  // namespace metaxy::internal
