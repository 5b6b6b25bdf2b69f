// Entry lists: maps in the form that Polars has for them, lists of structs of a key and a value.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// Whether the type is a list of structs with the members `key` and `value` and no others.
bool IsEntryList(const arrow::DataType& type);

/// Whether the field is an entry list that Polars' extension type for maps (polars-map) marks as a
/// map. Arrow, which does not know that type, keeps its name as metadata of the field.
bool IsPolarsMap(const arrow::Field& field);

/// The entries as an Arrow map, with the types of keys and values as they are. `name` is for
/// messages. MetadataSchema for an entry without a key.
arrow::Result<std::shared_ptr<arrow::Array>> EntriesAsMap(const arrow::Array& entries,
                                                          const std::string& name);

/// The entries of an Arrow map as a large list.
arrow::Result<std::shared_ptr<arrow::Array>> MapAsEntries(const arrow::MapArray& map);

}  // namespace metaxy::internal
