// Lossless casts: they change the type of values and never the values.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// The same values in another type. Struct members are matched by name, and missing ones become
/// null; lists of all kinds, structs and maps are converted into each other, and dictionaries are
/// decoded. `name` is for messages. LossyCast if a value, a member or an entry would be lost or
/// changed; MetadataSchema if there is no such cast.
arrow::Result<std::shared_ptr<arrow::Array>> CastColumn(
    const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& type,
    const std::string& name);
/// The same for a field, whose metadata may list its categories.
arrow::Result<std::shared_ptr<arrow::Array>> CastColumn(const std::shared_ptr<arrow::Array>& values,
                                                        const arrow::Field& field,
                                                        const std::string& name);

/// A list of any kind as the values of its rows and the start and end of each row: `offsets` has
/// one more number than there are rows. Null rows have no values.
struct FlatList {
  std::shared_ptr<arrow::Array> values;
  std::shared_ptr<arrow::Int64Array> offsets;
};
bool IsListLike(const arrow::DataType& type);
arrow::Result<FlatList> Flatten(const arrow::Array& list);

}  // namespace metaxy::internal
