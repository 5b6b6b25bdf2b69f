// Columns of categories: texts from a list, stored once each. Polars notes in a field's metadata
// what kind of them a column has, and takes a value that its list lacks for null.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace metaxy::internal {

/// Whether values are indices into a list of texts.
bool IsTextDictionary(const arrow::DataType& type);

/// Whether columns of this type can differ in their lists.
bool HasCategories(const arrow::DataType& type);

/// The list that the values of a Polars `Enum` come from; nullopt for any other field.
std::optional<std::vector<std::string>> EnumCategories(const arrow::Field& field);

/// An `Enum` of these categories, with indices as narrow as Polars has them.
std::shared_ptr<arrow::Field> EnumField(const std::string& name,
                                        const std::vector<std::string>& categories);

/// What the reference stores for a field of texts in a dictionary: an `Enum`, or else a
/// `Categorical`, by default of 32-bit indices.
std::shared_ptr<arrow::Field> StoredCategories(const arrow::Field& field);

/// Texts, which are large, as values of `field`. LossyCast if an `Enum` lacks one of them.
arrow::Result<std::shared_ptr<arrow::Array>> EncodeCategories(
    const std::shared_ptr<arrow::Array>& texts, const arrow::Field& field, const std::string& name);

/// `field`, a dictionary of texts, grown so that it holds these texts, too.
arrow::Result<std::shared_ptr<arrow::Field>> WithCategories(
    const arrow::Field& field, const std::shared_ptr<arrow::Array>& texts);

}  // namespace metaxy::internal
