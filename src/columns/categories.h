// Categorical columns: strings from a list, stored once each. Polars records in a field's metadata
// what kind of categorical a column is, and treats a value that its list lacks as null.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace metaxy::internal {

/// Whether values are indices into a list of strings.
bool IsTextDictionary(const arrow::DataType& type);

/// The values of a dictionary-encoded array, one by one; another array as it is. Views, which
/// Polars exports and Arrow cannot decode, become large strings.
arrow::Result<std::shared_ptr<arrow::Array>> DecodeDictionary(
    const std::shared_ptr<arrow::Array>& array);

/// Whether columns of this type can differ in their lists.
bool HasCategories(const arrow::DataType& type);

/// The list of values of a Polars `Enum`; `std::nullopt` for any other field.
std::optional<std::vector<std::string>> EnumCategories(const arrow::Field& field);

/// An `Enum` of these categories, with indices as narrow as in Polars.
std::shared_ptr<arrow::Field> EnumField(const std::string& name,
                                        const std::vector<std::string>& categories);

/// What the reference stores for a field of dictionary-encoded strings: an `Enum`, or else a
/// `Categorical`, by default with 32-bit indices.
std::shared_ptr<arrow::Field> StoredCategories(const arrow::Field& field);

/// Large strings as values of `field`. LossyCast if an `Enum` lacks one of them.
arrow::Result<std::shared_ptr<arrow::Array>> EncodeCategories(
    const std::shared_ptr<arrow::Array>& texts, const arrow::Field& field, const std::string& name);

/// `field`, a dictionary of strings, extended to hold these strings, too.
arrow::Result<std::shared_ptr<arrow::Field>> WithCategories(
    const arrow::Field& field, const std::shared_ptr<arrow::Array>& texts);

}  // namespace metaxy::internal
