#include "store/write/valid_strings.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/util/checked_cast.h>
#include <fmt/format.h>

#include <memory>
#include <string_view>

#include "base/quote.h"
#include "base/utf8.h"
#include "metaxy/errors.h"
#include "store/write/lossy_value.h"

namespace metaxy::internal {
namespace {

bool AreStrings(const arrow::Array& values);

// The bytes of all values are validated at once: every value is valid UTF-8 if they are and none
// begins in the middle of a character. Bytes below a null count, too: LanceDB reads them.
template <class ArrayType>
bool AreUtf8(const arrow::Array& array) {
  const auto& strings = arrow::internal::checked_cast<const ArrayType&>(array);
  if (strings.length() == 0) return true;
  const auto begin = strings.value_offset(0);
  const auto end = strings.value_offset(strings.length());
  if (begin == end) return true;
  const std::string_view all(reinterpret_cast<const char*>(strings.value_data()->data()) + begin,
                             static_cast<size_t>(end - begin));
  if (!IsUtf8(all)) return false;
  for (int64_t i = 1; i < strings.length(); ++i) {
    const auto offset = strings.value_offset(i);
    if (offset == end) break;
    if ((static_cast<unsigned char>(all[static_cast<size_t>(offset - begin)]) & 0xC0) == 0x80)
      return false;
  }
  return true;
}

bool AreUtf8Views(const arrow::Array& array) {
  const auto& strings = arrow::internal::checked_cast<const arrow::StringViewArray&>(array);
  for (int64_t i = 0; i < strings.length(); ++i)
    if (strings.IsValid(i) && !IsUtf8(strings.GetView(i))) return false;
  return true;
}

bool AreEntriesStrings(const arrow::DictionaryArray& encoded) {
  if (AreStrings(*encoded.dictionary())) return true;
  for (int64_t i = 0; i < encoded.length(); ++i) {
    if (encoded.IsValid(i) &&
        !AreStrings(*encoded.dictionary()->Slice(encoded.GetValueIndex(i), 1)))
      return false;
  }
  return true;
}

template <class ArrayType>
bool AreItemsStrings(const arrow::Array& array) {
  const auto& lists = arrow::internal::checked_cast<const ArrayType&>(array);
  const auto begin = lists.value_offset(0);
  const auto end = lists.value_offset(lists.length());
  return AreStrings(*lists.values()->Slice(begin, end - begin));
}

bool AreMembersStrings(const arrow::StructArray& structs) {
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (!AreStrings(*structs.field(i))) return false;
  }
  return true;
}

bool AreStrings(const arrow::Array& values) {
  using arrow::internal::checked_cast;
  switch (values.type_id()) {
    case arrow::Type::STRING:
      return AreUtf8<arrow::StringArray>(values);
    case arrow::Type::LARGE_STRING:
      return AreUtf8<arrow::LargeStringArray>(values);
    case arrow::Type::STRING_VIEW:
      return AreUtf8Views(values);
    case arrow::Type::DICTIONARY:
      return AreEntriesStrings(checked_cast<const arrow::DictionaryArray&>(values));
    case arrow::Type::STRUCT:
      return AreMembersStrings(checked_cast<const arrow::StructArray&>(values));
    case arrow::Type::LIST:
      return AreItemsStrings<arrow::ListArray>(values);
    case arrow::Type::MAP:
      return AreItemsStrings<arrow::MapArray>(values);
    case arrow::Type::LARGE_LIST:
      return AreItemsStrings<arrow::LargeListArray>(values);
    case arrow::Type::FIXED_SIZE_LIST:
      return AreItemsStrings<arrow::FixedSizeListArray>(values);
    case arrow::Type::EXTENSION:
      return AreStrings(*checked_cast<const arrow::ExtensionArray&>(values).storage());
    default:
      return true;
  }
}

}  // namespace

arrow::Status CheckStrings(const arrow::RecordBatch& rows,
                           const std::vector<std::string>& id_columns) {
  for (int i = 0; i < rows.num_columns(); ++i) {
    const auto& column = rows.column(i);
    if (AreStrings(*column)) continue;
    const int64_t row = FindRefusedRow(*column, [](const auto& part) { return AreStrings(*part); });
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("column {} has text that is not valid UTF-8, {}{}; nothing was "
                                 "written. Convert it to UTF-8, or store it as binary",
                                 Quote(rows.schema()->field(i)->name()), ValueText(*column, row),
                                 NameOfRow(rows, id_columns, row)));
  }
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
