#include "columns/version_strings.h"

#include <arrow/builder.h>
#include <fmt/format.h>

#include "columns/entry_list.h"
#include "columns/value_string.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using LargeStrings = std::shared_ptr<arrow::LargeStringArray>;

arrow::Result<LargeStrings> AsTexts(const std::shared_ptr<arrow::Array>& array,
                                    const std::string& name) {
  if (array->type_id() == arrow::Type::LARGE_STRING)
    return std::static_pointer_cast<arrow::LargeStringArray>(array);
  arrow::Result<LargeStrings> texts = ValueStrings(array, StringForm::kVersion);
  if (texts.ok()) return texts;
  return MakeError(ErrorCode::kMetadataSchema,
                   texts.status().IsNotImplemented()
                       ? fmt::format("versions of field '{}' have type {}, which has no string "
                                     "form ({}); write them as strings",
                                     name, array->type()->ToString(), texts.status().message())
                       : fmt::format("versions of field '{}' of type {} have a value without a "
                                     "string form: {}; write them as strings",
                                     name, array->type()->ToString(), texts.status().message()));
}

arrow::Result<LargeStrings> MapValues(const arrow::MapArray& map, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(LargeStrings keys, AsTexts(map.keys(), name));
  ARROW_ASSIGN_OR_RAISE(LargeStrings items, AsTexts(map.items(), name));
  arrow::LargeStringBuilder builder;
  for (int64_t row = 0; row < map.length(); ++row) {
    int64_t found = -1;
    if (map.IsValid(row)) {
      for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
        if (keys->GetView(i) == name) found = i;
      }
    }
    if (found < 0 || items->IsNull(found)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(items->GetView(found)));
    }
  }
  LargeStrings texts;
  ARROW_RETURN_NOT_OK(builder.Finish(&texts));
  return texts;
}

}  // namespace

arrow::Result<VersionStrings> VersionStrings::Extract(const std::shared_ptr<arrow::Array>& by_field,
                                                      const std::string& name) {
  VersionStrings result;
  if (by_field->type_id() == arrow::Type::MAP) {
    ARROW_ASSIGN_OR_RAISE(result.texts_,
                          MapValues(static_cast<const arrow::MapArray&>(*by_field), name));
    return result;
  }
  if (IsEntryList(*by_field->type())) {
    ARROW_ASSIGN_OR_RAISE(const auto map, EntriesAsMap(*by_field, name));
    return Extract(map, name);
  }
  if (by_field->type_id() != arrow::Type::STRUCT) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("versions by field must be a struct or a map of strings, got {}",
                                 by_field->type()->ToString()));
  }
  const auto& structs = static_cast<const arrow::StructArray&>(*by_field);
  const int index = structs.struct_type()->GetFieldIndex(name);
  std::shared_ptr<arrow::Array> member;
  if (index < 0) {
    ARROW_ASSIGN_OR_RAISE(member, arrow::MakeArrayOfNull(arrow::large_utf8(), structs.length()));
  } else {
    // Flattening hides members of rows whose whole struct is null.
    ARROW_ASSIGN_OR_RAISE(member, structs.GetFlattenedField(index));
  }
  ARROW_ASSIGN_OR_RAISE(result.texts_, AsTexts(member, name));
  return result;
}

arrow::Result<VersionStrings> VersionStrings::FromArray(const std::shared_ptr<arrow::Array>& values,
                                                        const std::string& name) {
  VersionStrings result;
  ARROW_ASSIGN_OR_RAISE(result.texts_, AsTexts(values, name));
  return result;
}

VersionStrings VersionStrings::Grouped(std::shared_ptr<arrow::LargeStringArray> texts,
                                       std::vector<uint32_t> group_of_row) {
  VersionStrings result;
  result.texts_ = std::move(texts);
  result.group_of_row_ = std::move(group_of_row);
  return result;
}

}  // namespace metaxy::internal
