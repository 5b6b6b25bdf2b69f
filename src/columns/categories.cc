#include "columns/categories.h"

#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

constexpr std::string_view kEnumKey = "_PL_ENUM_VALUES2";
constexpr std::string_view kOldEnumKey = "_PL_ENUM_VALUES";
constexpr std::string_view kCategoricalKey = "_PL_CATEGORICAL2";
constexpr std::string_view kGlobalCategories = "0;0;u32;";

std::optional<std::string> Note(const arrow::Field& field, std::string_view key) {
  if (!field.HasMetadata()) return std::nullopt;
  const auto value = field.metadata()->Get(std::string(key));
  return value.ok() ? std::optional(*value) : std::nullopt;
}

// "1;a2;bc" encodes "a" and "bc": lengths in bytes, and strings. `std::nullopt` if it is something
// else.
std::optional<std::vector<std::string>> SplitCategories(std::string_view text) {
  std::vector<std::string> categories;
  while (!text.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (error != std::errc() || text.empty() || text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    if (length > text.size()) return std::nullopt;
    categories.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return categories;
}

TypePtr IndexType(size_t categories) {
  if (categories <= std::numeric_limits<uint8_t>::max()) return arrow::uint8();
  if (categories <= std::numeric_limits<uint16_t>::max()) return arrow::uint16();
  return arrow::uint32();
}

std::shared_ptr<arrow::Field> CategoryField(const std::string& name, const TypePtr& index,
                                            std::string_view key, std::string note) {
  return arrow::field(name, arrow::dictionary(index, arrow::large_utf8()), /*nullable=*/true,
                      arrow::key_value_metadata({std::string(key)}, {std::move(note)}));
}

arrow::Result<ArrayPtr> EncodeEnum(const ArrayPtr& texts, const arrow::Field& field,
                                   const std::vector<std::string>& categories,
                                   const std::string& name) {
  arrow::LargeStringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(categories));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr dictionary, builder.Finish());
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum found,
      arrow::compute::IndexIn(texts, arrow::compute::SetLookupOptions(dictionary)));
  const ArrayPtr positions = found.make_array();
  for (int64_t i = 0; i < texts->length(); ++i) {
    if (positions->IsValid(i) || texts->IsNull(i)) continue;
    return MakeError(
        ErrorCode::kLossyCast,
        fmt::format(
            "column '{}' has {} categories, and {} is not one of them", name, categories.size(),
            Quote(std::string(static_cast<const arrow::LargeStringArray&>(*texts).GetView(i)))));
  }
  const auto& type = static_cast<const arrow::DictionaryType&>(*field.type());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum indices,
                        arrow::compute::Cast(positions, type.index_type()));
  return arrow::DictionaryArray::FromArrays(field.type(), indices.make_array(), dictionary);
}

}  // namespace

bool IsTextDictionary(const arrow::DataType& type) {
  if (type.id() != arrow::Type::DICTIONARY) return false;
  const auto value = static_cast<const arrow::DictionaryType&>(type).value_type()->id();
  return arrow::is_string(value) || value == arrow::Type::STRING_VIEW;
}

arrow::Result<ArrayPtr> DecodeDictionary(const ArrayPtr& array) {
  if (array->type_id() != arrow::Type::DICTIONARY) return array;
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(*array);
  arrow::Datum values = encoded.dictionary();
  if (values.type()->id() == arrow::Type::STRING_VIEW) {
    ARROW_ASSIGN_OR_RAISE(values, arrow::compute::Cast(values, arrow::large_utf8()));
  } else if (values.type()->id() == arrow::Type::BINARY_VIEW) {
    ARROW_ASSIGN_OR_RAISE(values, arrow::compute::Cast(values, arrow::large_binary()));
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum plain, arrow::compute::Take(values, encoded.indices()));
  return plain.make_array();
}

bool HasCategories(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return true;
  for (const auto& field : type.fields()) {
    if (HasCategories(*field->type())) return true;
  }
  return false;
}

std::optional<std::vector<std::string>> EnumCategories(const arrow::Field& field) {
  if (!IsTextDictionary(*field.type())) return std::nullopt;
  for (const std::string_view key : {kEnumKey, kOldEnumKey}) {
    if (const auto note = Note(field, key)) return SplitCategories(*note);
  }
  return std::nullopt;
}

std::shared_ptr<arrow::Field> EnumField(const std::string& name,
                                        const std::vector<std::string>& categories) {
  std::string note;
  for (const std::string& category : categories)
    note += fmt::format("{};{}", category.size(), category);
  return CategoryField(name, IndexType(categories.size()), kEnumKey, std::move(note));
}

std::shared_ptr<arrow::Field> StoredCategories(const arrow::Field& field) {
  if (const auto categories = EnumCategories(field)) return EnumField(field.name(), *categories);
  // A name, its space, and the type of the indices.
  const std::string note = Note(field, kCategoricalKey).value_or(std::string(kGlobalCategories));
  const auto ends_with = [&](std::string_view end) {
    return note.size() >= end.size() &&
           std::string_view(note).substr(note.size() - end.size()) == end;
  };
  if (ends_with("u8;")) return CategoryField(field.name(), arrow::uint8(), kCategoricalKey, note);
  if (ends_with("u16;")) return CategoryField(field.name(), arrow::uint16(), kCategoricalKey, note);
  return CategoryField(field.name(), arrow::uint32(), kCategoricalKey, note);
}

arrow::Result<ArrayPtr> EncodeCategories(const ArrayPtr& texts, const arrow::Field& field,
                                         const std::string& name) {
  if (const auto categories = EnumCategories(field))
    return EncodeEnum(texts, field, *categories, name);
  const auto& type = static_cast<const arrow::DictionaryType&>(*field.type());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded, arrow::compute::DictionaryEncode(texts));
  const auto array = std::static_pointer_cast<arrow::DictionaryArray>(encoded.make_array());
  const auto indices = arrow::compute::Cast(array->indices(), type.index_type());
  if (!indices.ok()) {
    return MakeError(
        ErrorCode::kLossyCast,
        fmt::format("column '{}' has {} categories, too many for indices of type {}", name,
                    array->dictionary()->length(), type.index_type()->ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum values,
                        arrow::compute::Cast(array->dictionary(), type.value_type()));
  return arrow::DictionaryArray::FromArrays(field.type(), indices->make_array(),
                                            values.make_array());
}

arrow::Result<std::shared_ptr<arrow::Field>> WithCategories(const arrow::Field& field,
                                                            const ArrayPtr& texts) {
  auto categories = EnumCategories(field);
  if (!categories) {
    return CategoryField(field.name(), arrow::uint32(), kCategoricalKey,
                         std::string(kGlobalCategories));
  }
  std::unordered_set<std::string> known(categories->begin(), categories->end());
  const auto& values = static_cast<const arrow::LargeStringArray&>(*texts);
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) continue;
    std::string value(values.GetView(i));
    if (known.insert(value).second) categories->push_back(std::move(value));
  }
  return EnumField(field.name(), *categories);
}

}  // namespace metaxy::internal
