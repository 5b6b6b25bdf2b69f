// Validation of column types: what LanceDB can store and read back.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <memory>
#include <string_view>

namespace metaxy::internal {

/// MetadataSchema, naming column, type and remedy, for a column that LanceDB would refuse halfway
/// through a write, or could not read back: docs/schema-evolution.md has the table. `stored` are
/// the fields in the types in which they are to be stored. `what` describes the rows, for the
/// message.
arrow::Status CheckStorableTypes(const arrow::Schema& stored, std::string_view what);

/// The type without struct members of type `null`, which cannot be stored below a null: a later
/// write that has values for them adds them. Members of such structs are matched by name when
/// values are cast.
std::shared_ptr<arrow::DataType> WithoutUntypedMembers(
    const std::shared_ptr<arrow::DataType>& type);

}  // namespace metaxy::internal
