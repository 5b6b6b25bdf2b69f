// Casts that change the type of values and never the values.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// The same values in another type. Members of structs are matched by name, and those that the
/// values lack become null; lists of all kinds, structs and maps are turned into each other, and
/// dictionaries are decoded. `name` is for messages. LossyCast if a value, a member or an entry
/// would be lost or changed; MetadataSchema if there is no such cast.
arrow::Result<std::shared_ptr<arrow::Array>> CastColumn(
    const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& type,
    const std::string& name);
/// The same for a field, whose metadata may say which categories it takes.
arrow::Result<std::shared_ptr<arrow::Array>> CastColumn(const std::shared_ptr<arrow::Array>& values,
                                                        const arrow::Field& field,
                                                        const std::string& name);

/// A list of any kind as the values of its rows and where each row begins and ends: `offsets` has
/// one number more than there are rows. Rows that are null have no values.
struct FlatList {
  std::shared_ptr<arrow::Array> values;
  std::shared_ptr<arrow::Int64Array> offsets;
};
bool IsListLike(const arrow::DataType& type);
arrow::Result<FlatList> Flatten(const arrow::Array& list);

}  // namespace metaxy::internal
