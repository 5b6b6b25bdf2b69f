#include "columns/exact_cast.h"

#include <arrow/array/concatenate.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/extension_type.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "columns/categories.h"
#include "columns/entry_list.h"
#include "columns/stored_types.h"
#include "columns/value_string.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

arrow::Status NoCast(const arrow::Array& values, const TypePtr& type, const std::string& name) {
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("column '{}' has type {}, which cannot be stored as {}", name,
                               values.type()->ToString(), type->ToString()));
}

arrow::Status Lossy(const arrow::Array& values, const TypePtr& type, const std::string& name,
                    std::string_view why) {
  return MakeError(
      ErrorCode::kLossyCast,
      fmt::format("column '{}' of type {} has a value that does not fit the stored type {}: {}",
                  name, values.type()->ToString(), type->ToString(), why));
}

// The validity bitmap of a new array, whose rows begin at 0; null if all are valid.
arrow::Result<std::shared_ptr<arrow::Buffer>> Validity(const arrow::Array& values) {
  if (values.null_count() == 0) return nullptr;
  arrow::TypedBufferBuilder<bool> bits;
  ARROW_RETURN_NOT_OK(bits.Reserve(values.length()));
  for (int64_t i = 0; i < values.length(); ++i) bits.UnsafeAppend(values.IsValid(i));
  return bits.Finish();
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id());
}

bool IsUtf8(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == arrow::Type::STRING_VIEW;
}

bool HasZone(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP &&
         !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

bool HasDayOrTime(const arrow::DataType& type) {
  return arrow::is_date(type.id()) || arrow::is_time(type.id()) ||
         type.id() == arrow::Type::TIMESTAMP;
}

// A timestamp with a time zone is not a local time or date: the zone decides which instant a local
// time is.
arrow::Status CheckZones(const arrow::Array& values, const TypePtr& type, const std::string& name) {
  const bool from = HasZone(*values.type());
  const bool to = HasZone(*type);
  if (from == to || !HasDayOrTime(*values.type()) || !HasDayOrTime(*type))
    return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("column '{}' has type {}, which cannot be stored as {}: one has a time zone, the "
                  "other is {} without a time zone; {}",
                  name, values.type()->ToString(), type->ToString(),
                  arrow::is_date((from ? *type : *values.type()).id()) ? "a date" : "a time",
                  from ? "convert the timestamps to local times of one zone first"
                       : "add the time zone to the values first"));
}

// The string form of values in a string column as LanceDB, not Arrow, produces it ("1" for "1.0"):
// versions that were given as values are hashed as these strings.
arrow::Result<ArrayPtr> StoredStrings(const ArrayPtr& values, const TypePtr& type,
                                      const std::string& name) {
  const arrow::Result<std::shared_ptr<arrow::LargeStringArray>> texts =
      ValueStrings(values, StringForm::kStored);
  if (texts.ok()) return *texts;
  if (!texts.status().IsNotImplemented())
    return Lossy(*values, type, name, texts.status().message());
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("{} ({}); convert the values to strings first",
                               NoCast(*values, type, name).message(), texts.status().message()));
}

// Whether Arrow's safe cast itself refuses every value that it would change.
bool IsCheckedByArrow(const arrow::DataType& from, const arrow::DataType& to) {
  if (IsText(to)) return true;
  if (IsText(from)) return arrow::is_floating(to.id()) || arrow::is_temporal(to.id());
  if (arrow::is_integer(from.id()))
    return arrow::is_integer(to.id()) || arrow::is_floating(to.id());
  if (arrow::is_floating(from.id())) {
    return arrow::is_floating(to.id()) && arrow::bit_width(from.id()) <= arrow::bit_width(to.id());
  }
  return from.id() == to.id() &&
         (from.id() == arrow::Type::TIMESTAMP || from.id() == arrow::Type::DURATION);
}

arrow::Result<ArrayPtr> CastPlain(const ArrayPtr& values, const TypePtr& type,
                                  const std::string& name) {
  if (IsUtf8(*type) && !IsUtf8(*values->type())) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr texts, StoredStrings(values, type, name));
    return CastPlain(texts, type, name);
  }
  ARROW_RETURN_NOT_OK(CheckZones(*values, type, name));
  const arrow::Result<arrow::Datum> cast = arrow::compute::Cast(values, type);
  if (cast.status().IsNotImplemented()) return NoCast(*values, type, name);
  if (!cast.ok()) return Lossy(*values, type, name, cast.status().message());
  ArrayPtr result = cast->make_array();
  if (IsCheckedByArrow(*values->type(), *type)) return result;
  const arrow::Result<arrow::Datum> back = arrow::compute::Cast(result, values->type());
  const auto equal = arrow::EqualOptions::Defaults().nans_equal(true);
  if (!back.ok() || !back->make_array()->Equals(*values, equal))
    return Lossy(*values, type, name, "it would be changed");
  return result;
}

// Members that the type lacks may be dropped only where they are null.
arrow::Status CheckNothingIsLost(const ArrayPtr& dropped, const arrow::Array& values,
                                 const TypePtr& type, const std::string& name,
                                 const std::string& member) {
  if (dropped->null_count() == dropped->length() || dropped->type_id() == arrow::Type::NA)
    return arrow::Status::OK();
  return Lossy(values, type, name, fmt::format("it has no member '{}'", member));
}

arrow::Result<ArrayPtr> CastStruct(const arrow::StructArray& values, const TypePtr& type,
                                   const std::string& name) {
  const auto& target = static_cast<const arrow::StructType&>(*type);
  for (int i = 0; i < values.num_fields(); ++i) {
    const std::string& member = values.struct_type()->field(i)->name();
    if (target.GetFieldIndex(member) >= 0) continue;
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr dropped, values.GetFlattenedField(i));
    ARROW_RETURN_NOT_OK(CheckNothingIsLost(dropped, values, type, name, member));
  }
  arrow::ArrayVector members;
  for (const auto& field : target.fields()) {
    const int index = values.struct_type()->GetFieldIndex(field->name());
    if (index < 0) {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), values.length()));
      members.push_back(std::move(nulls));
      continue;
    }
    // Flattened: what is below a null struct is not a value.
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr member, values.GetFlattenedField(index));
    ARROW_ASSIGN_OR_RAISE(auto cast, CastColumn(member, *field, name + "." + field->name()));
    members.push_back(std::move(cast));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(values));
  return std::make_shared<arrow::StructArray>(type, values.length(), std::move(members),
                                              std::move(validity));
}

arrow::Result<ArrayPtr> FixedSizeList(const arrow::Array& values, const FlatList& flat,
                                      const TypePtr& type, const std::string& name) {
  const int64_t size = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
  arrow::Int64Builder positions;
  for (int64_t row = 0; row < values.length(); ++row) {
    const int64_t length = flat.offsets->Value(row + 1) - flat.offsets->Value(row);
    if (values.IsValid(row) && length != size) {
      return Lossy(values, type, name,
                   fmt::format("a list of {} values, where every list has {}", length, size));
    }
    for (int64_t i = 0; i < size; ++i) {
      ARROW_RETURN_NOT_OK(values.IsValid(row) ? positions.Append(flat.offsets->Value(row) + i)
                                              : positions.AppendNull());
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto indices, positions.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum spread, arrow::compute::Take(flat.values, indices));
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(values));
  return std::make_shared<arrow::FixedSizeListArray>(type, values.length(), spread.make_array(),
                                                     std::move(validity));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> Offsets32(const arrow::Int64Array& offsets,
                                                        const arrow::Array& values,
                                                        const TypePtr& type,
                                                        const std::string& name) {
  const auto cast = arrow::compute::Cast(offsets, arrow::int32());
  if (!cast.ok()) return Lossy(values, type, name, "there are too many values for 32-bit offsets");
  return (*cast)->data()->buffers[1];
}

arrow::Result<ArrayPtr> CastList(const arrow::Array& values, const TypePtr& type,
                                 const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(FlatList flat, Flatten(values));
  ARROW_ASSIGN_OR_RAISE(flat.values, CastColumn(flat.values, *type->field(0), name + "[]"));
  if (type->id() == arrow::Type::FIXED_SIZE_LIST) return FixedSizeList(values, flat, type, name);
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(values));
  if (type->id() == arrow::Type::LARGE_LIST) {
    return std::make_shared<arrow::LargeListArray>(
        type, values.length(), flat.offsets->data()->buffers[1], flat.values, std::move(validity));
  }
  ARROW_ASSIGN_OR_RAISE(auto offsets, Offsets32(*flat.offsets, values, type, name));
  return std::make_shared<arrow::ListArray>(type, values.length(), std::move(offsets), flat.values,
                                            std::move(validity));
}

arrow::Result<ArrayPtr> MakeMap(const arrow::Array& rows, const TypePtr& type,
                                const arrow::Int64Array& offsets, const ArrayPtr& keys,
                                const ArrayPtr& items, const std::string& name) {
  const auto& target = static_cast<const arrow::MapType&>(*type);
  ARROW_ASSIGN_OR_RAISE(auto cast_keys, CastColumn(keys, *target.key_field(), name + " (keys)"));
  ARROW_ASSIGN_OR_RAISE(auto cast_items, CastColumn(items, *target.item_field(), name + "[]"));
  ARROW_ASSIGN_OR_RAISE(auto starts, Offsets32(offsets, rows, type, name));
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(rows));
  return std::make_shared<arrow::MapArray>(type, rows.length(), std::move(starts),
                                           std::move(cast_keys), std::move(cast_items),
                                           std::move(validity));
}

arrow::Result<ArrayPtr> CastMap(const arrow::Array& values, const TypePtr& type,
                                const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(values));
  const auto& entries = static_cast<const arrow::StructArray&>(*flat.values);
  return MakeMap(values, type, *flat.offsets, entries.field(0), entries.field(1), name);
}

// An entry per member, including null members, as in the reference.
arrow::Result<ArrayPtr> StructToMap(const arrow::StructArray& values, const TypePtr& type,
                                    const std::string& name) {
  const auto& item = static_cast<const arrow::MapType&>(*type).item_field();
  arrow::ArrayVector members;
  for (int i = 0; i < values.num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr member, values.GetFlattenedField(i));
    ARROW_ASSIGN_OR_RAISE(
        auto cast, CastColumn(member, *item, name + "." + values.struct_type()->field(i)->name()));
    members.push_back(std::move(cast));
  }
  arrow::Int64Builder offsets;
  arrow::LargeStringBuilder keys;
  arrow::Int64Builder positions;  // in all members, one after the other
  int64_t entries = 0;
  ARROW_RETURN_NOT_OK(offsets.Append(0));
  for (int64_t row = 0; row < values.length(); ++row) {
    for (int i = 0; values.IsValid(row) && i < values.num_fields(); ++i, ++entries) {
      ARROW_RETURN_NOT_OK(keys.Append(values.struct_type()->field(i)->name()));
      ARROW_RETURN_NOT_OK(positions.Append(i * values.length() + row));
    }
    ARROW_RETURN_NOT_OK(offsets.Append(entries));
  }
  ArrayPtr all;
  if (members.empty()) {
    ARROW_ASSIGN_OR_RAISE(all, arrow::MakeEmptyArray(item->type()));
  } else {
    ARROW_ASSIGN_OR_RAISE(all, arrow::Concatenate(members));
  }
  ARROW_ASSIGN_OR_RAISE(const auto indices, positions.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum items, arrow::compute::Take(all, indices));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr key_array, keys.Finish());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr starts, offsets.Finish());
  return MakeMap(values, type, static_cast<const arrow::Int64Array&>(*starts), key_array,
                 items.make_array(), name);
}

arrow::Result<ArrayPtr> StructToEntries(const arrow::StructArray& values, const arrow::Field& field,
                                        const std::string& name) {
  const auto& entry = static_cast<const arrow::StructType&>(*field.type()->field(0)->type());
  const TypePtr map = arrow::map(arrow::large_utf8(), entry.GetFieldByName("value")->type());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr entries, StructToMap(values, map, name));
  return CastColumn(entries, field, name);
}

// For every key that is a member of the type the positions of its entries, row by row. A key that
// is none may stand only at nulls: where each row has keys of its own, a column for each would take
// keys times rows.
arrow::Result<std::map<std::string_view, std::vector<int64_t>>> EntriesByMember(
    const arrow::Array& map, const FlatList& flat, const arrow::LargeStringArray& keys,
    const TypePtr& type, const std::string& name) {
  const auto& target = static_cast<const arrow::StructType&>(*type);
  const arrow::Array& items = *static_cast<const arrow::StructArray&>(*flat.values).field(1);
  std::map<std::string_view, std::vector<int64_t>> positions;
  std::unordered_set<std::string_view> members;
  for (const auto& field : target.fields()) members.insert(field->name());
  std::optional<std::string_view> lost;
  for (int64_t row = 0; row < map.length(); ++row) {
    for (int64_t i = flat.offsets->Value(row); i < flat.offsets->Value(row + 1); ++i) {
      const std::string_view key = keys.GetView(i);
      if (members.contains(key)) {
        auto& of_key = positions[key];
        of_key.resize(static_cast<size_t>(map.length()), -1);
        of_key[static_cast<size_t>(row)] = i;
      } else if (items.IsValid(i)) {
        lost = lost ? std::min(*lost, key) : key;
      }
    }
  }
  if (lost) return Lossy(map, type, name, fmt::format("it has no member '{}'", *lost));
  return positions;
}

arrow::Result<ArrayPtr> MapToStruct(const arrow::Array& values, const TypePtr& type,
                                    const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(values));
  const auto& entries = static_cast<const arrow::StructArray&>(*flat.values);
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys,
                        CastColumn(entries.field(0), arrow::large_utf8(), name + " (keys)"));
  ARROW_ASSIGN_OR_RAISE(
      const auto positions,
      EntriesByMember(values, flat, static_cast<const arrow::LargeStringArray&>(*keys), type,
                      name));
  arrow::ArrayVector members;
  arrow::FieldVector fields;
  for (const auto& [key, of_key] : positions) {
    arrow::Int64Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(static_cast<int64_t>(of_key.size())));
    for (int64_t position : of_key)
      ARROW_RETURN_NOT_OK(position < 0 ? indices.AppendNull() : indices.Append(position));
    ARROW_ASSIGN_OR_RAISE(const auto taken, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum member, arrow::compute::Take(entries.field(1), taken));
    members.push_back(member.make_array());
    fields.push_back(arrow::field(std::string(key), members.back()->type()));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(values));
  const arrow::StructArray structs(arrow::struct_(std::move(fields)), values.length(),
                                   std::move(members), std::move(validity));
  return CastStruct(structs, type, name);
}

// Arrow's own decoding of run-end encoded values and views supports few value types; take()
// supports all storable ones.
arrow::Result<ArrayPtr> TakeStored(const ArrayPtr& values, arrow::Int64Builder* indices,
                                   const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto taken, indices->Finish());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr stored,
                        CastColumn(values, StoredType(values->type()), name));
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum result, arrow::compute::Take(stored, taken));
  return result.make_array();
}

arrow::Result<ArrayPtr> DecodeRuns(const arrow::RunEndEncodedArray& runs, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast,
                        arrow::compute::Cast(runs.run_ends(), arrow::int64()));
  const ArrayPtr ends = cast.make_array();
  const int64_t* end = static_cast<const arrow::Int64Array&>(*ends).raw_values();
  arrow::Int64Builder indices;
  ARROW_RETURN_NOT_OK(indices.Reserve(runs.length()));
  int64_t run = 0;
  for (int64_t row = runs.offset(); row < runs.offset() + runs.length(); ++row) {
    while (end[run] <= row) ++run;
    indices.UnsafeAppend(run);
  }
  return TakeStored(runs.values(), &indices, name);
}

template <class ListView>
arrow::Result<ArrayPtr> DecodeView(const ListView& view, const std::string& name) {
  arrow::Int64Builder indices;
  arrow::Int64Builder offsets;
  ARROW_RETURN_NOT_OK(offsets.Append(0));
  for (int64_t row = 0; row < view.length(); ++row) {
    const auto size = view.IsValid(row) ? static_cast<int64_t>(view.value_length(row)) : 0;
    for (int64_t i = 0; i < size; ++i)
      ARROW_RETURN_NOT_OK(indices.Append(static_cast<int64_t>(view.value_offset(row)) + i));
    ARROW_RETURN_NOT_OK(offsets.Append(indices.length()));
  }
  ARROW_ASSIGN_OR_RAISE(const auto bounds, offsets.Finish());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr values, TakeStored(view.values(), &indices, name + "[]"));
  ARROW_ASSIGN_OR_RAISE(auto validity, Validity(view));
  return std::make_shared<arrow::LargeListArray>(arrow::large_list(values->type()), view.length(),
                                                 bounds->data()->buffers[1], values,
                                                 std::move(validity));
}

// The same values in a layout that casts support: dictionaries, run-end encoding, list views and
// extension types are undone.
arrow::Result<ArrayPtr> Plain(const ArrayPtr& values, const std::string& name) {
  using arrow::Type;
  const arrow::DataType& type = *values->type();
  switch (type.id()) {
    case Type::DICTIONARY:
      return DecodeDictionary(values);
    case Type::EXTENSION:
      return static_cast<const arrow::ExtensionArray&>(*values).storage();
    case Type::RUN_END_ENCODED:
      return DecodeRuns(static_cast<const arrow::RunEndEncodedArray&>(*values), name);
    case Type::LIST_VIEW:
      return DecodeView(static_cast<const arrow::ListViewArray&>(*values), name);
    case Type::LARGE_LIST_VIEW:
      return DecodeView(static_cast<const arrow::LargeListViewArray&>(*values), name);
    default:
      return values;
  }
}

arrow::Result<ArrayPtr> Encode(const ArrayPtr& values, const arrow::Field& field,
                               const std::string& name) {
  if (IsTextDictionary(*field.type())) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr texts, CastColumn(values, arrow::large_utf8(), name));
    return EncodeCategories(texts, field, name);
  }
  const auto& target = static_cast<const arrow::DictionaryType&>(*field.type());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, CastColumn(values, target.value_type(), name));
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded, arrow::compute::DictionaryEncode(plain));
  const auto array = std::static_pointer_cast<arrow::DictionaryArray>(encoded.make_array());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr indices,
                        CastColumn(array->indices(), target.index_type(), name));
  return arrow::DictionaryArray::FromArrays(field.type(), indices, array->dictionary());
}

}  // namespace

bool IsListLike(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::FIXED_SIZE_LIST;
}

arrow::Result<FlatList> Flatten(const arrow::Array& list) {
  FlatList flat;
  arrow::Int64Builder offsets;
  int64_t end = 0;
  const auto add = [&](const auto& rows) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(flat.values, rows.Flatten(arrow::default_memory_pool()));
    ARROW_RETURN_NOT_OK(offsets.Append(0));
    for (int64_t row = 0; row < rows.length(); ++row) {
      if (rows.IsValid(row)) end += static_cast<int64_t>(rows.value_length(row));
      ARROW_RETURN_NOT_OK(offsets.Append(end));
    }
    return arrow::Status::OK();
  };
  if (list.type_id() == arrow::Type::LARGE_LIST) {
    ARROW_RETURN_NOT_OK(add(static_cast<const arrow::LargeListArray&>(list)));
  } else if (list.type_id() == arrow::Type::FIXED_SIZE_LIST) {
    ARROW_RETURN_NOT_OK(add(static_cast<const arrow::FixedSizeListArray&>(list)));
  } else {
    // A map is a list of its entries.
    ARROW_RETURN_NOT_OK(add(static_cast<const arrow::ListArray&>(list)));
  }
  ARROW_ASSIGN_OR_RAISE(const auto array, offsets.Finish());
  flat.offsets = std::static_pointer_cast<arrow::Int64Array>(array);
  return flat;
}

arrow::Result<ArrayPtr> CastColumn(const ArrayPtr& values, const TypePtr& type,
                                   const std::string& name) {
  return CastColumn(values, *arrow::field(name, type), name);
}

arrow::Result<ArrayPtr> CastColumn(const ArrayPtr& values, const arrow::Field& field,
                                   const std::string& name) {
  using arrow::Type;
  const TypePtr& type = field.type();
  const Type::type from = values->type_id();
  const Type::type to = type->id();
  if (values->type()->Equals(*type) && !HasCategories(*type)) return values;
  if (from == Type::NA || values->null_count() == values->length())
    return arrow::MakeArrayOfNull(type, values->length());
  if (to == Type::NA) return Lossy(*values, type, name, "the column has no type yet");
  if (to == Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr storage,
                          CastColumn(values, extension.storage_type(), name));
    return arrow::ExtensionType::WrapArray(type, storage);
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, Plain(values, name));
  if (plain != values) return CastColumn(plain, field, name);
  if (to == Type::DICTIONARY) return Encode(values, field, name);
  if (from == Type::STRUCT) {
    const auto& structs = static_cast<const arrow::StructArray&>(*values);
    if (to == Type::STRUCT) return CastStruct(structs, type, name);
    if (to == Type::MAP) return StructToMap(structs, type, name);
    if (IsEntryList(*type)) return StructToEntries(structs, field, name);
  } else if (from == Type::MAP) {
    if (to == Type::STRUCT) return MapToStruct(*values, type, name);
    if (to == Type::MAP) return CastMap(*values, type, name);
    if (IsEntryList(*type)) {
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr entries,
                            MapAsEntries(static_cast<const arrow::MapArray&>(*values)));
      return CastColumn(entries, field, name);
    }
  } else if (IsEntryList(*values->type()) && (to == Type::STRUCT || to == Type::MAP)) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr map, EntriesAsMap(*values, name));
    return CastColumn(map, field, name);
  } else if (IsListLike(*values->type()) && IsListLike(*type)) {
    return CastList(*values, type, name);
  }
  if (arrow::is_nested(from) || arrow::is_nested(to)) return NoCast(*values, type, name);
  return CastPlain(values, type, name);
}

}  // namespace metaxy::internal
