#include "store/write/promoted_types.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "columns/categories.h"
#include "columns/entry_list.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;
using FieldPtr = std::shared_ptr<arrow::Field>;

// Every member is a column of its own. Where there are thousands the keys are values: those of each
// row are others, and columns for all would take keys times rows.
constexpr size_t kMostMembersOfKeys = 2000;

TypePtr Integer(bool is_signed, int bits) {
  switch (bits) {
    case 8:
      return is_signed ? arrow::int8() : arrow::uint8();
    case 16:
      return is_signed ? arrow::int16() : arrow::uint16();
    case 32:
      return is_signed ? arrow::int32() : arrow::uint32();
    case 64:
      return is_signed ? arrow::int64() : arrow::uint64();
    default:
      return nullptr;  // no integer holds the values of both
  }
}

TypePtr WiderInteger(const arrow::DataType& a, const arrow::DataType& b) {
  const bool a_signed = arrow::is_signed_integer(a.id());
  const bool b_signed = arrow::is_signed_integer(b.id());
  const int a_bits = arrow::bit_width(a.id());
  const int b_bits = arrow::bit_width(b.id());
  if (a_signed == b_signed) return Integer(a_signed, std::max(a_bits, b_bits));
  const int unsigned_bits = a_signed ? b_bits : a_bits;
  return Integer(/*is_signed=*/true, std::max(a_signed ? a_bits : b_bits, 2 * unsigned_bits));
}

template <class Type>
TypePtr WiderDecimal(const arrow::DataType& a, const arrow::DataType& b, int32_t limit) {
  const auto& x = static_cast<const arrow::DecimalType&>(a);
  const auto& y = static_cast<const arrow::DecimalType&>(b);
  const int32_t scale = std::max(x.scale(), y.scale());
  const int32_t digits = std::max(x.precision() - x.scale(), y.precision() - y.scale());
  if (digits + scale > limit) return nullptr;
  return std::make_shared<Type>(digits + scale, scale);
}

// The narrowest type that holds all values of both; null if the stored column must not change its
// kind.
TypePtr Wider(const arrow::DataType& stored, const arrow::DataType& rows) {
  using arrow::Type;
  const Type::type a = stored.id();
  const Type::type b = rows.id();
  if (arrow::is_integer(a) && arrow::is_integer(b)) return WiderInteger(stored, rows);
  if (arrow::is_floating(a) && (arrow::is_floating(b) || arrow::is_integer(b)))
    return arrow::float64();
  if (a == Type::STRING) return arrow::large_utf8();
  if (a == Type::BINARY) return arrow::large_binary();
  if (arrow::is_time(a) && arrow::is_time(b)) return arrow::time64(arrow::TimeUnit::NANO);
  if (a != b) return nullptr;
  switch (a) {
    case Type::TIMESTAMP: {
      const auto& x = static_cast<const arrow::TimestampType&>(stored);
      const auto& y = static_cast<const arrow::TimestampType&>(rows);
      return arrow::timestamp(std::max(x.unit(), y.unit()), x.timezone());
    }
    case Type::DURATION:
      return arrow::duration(std::max(static_cast<const arrow::DurationType&>(stored).unit(),
                                      static_cast<const arrow::DurationType&>(rows).unit()));
    case Type::DECIMAL128:
      return WiderDecimal<arrow::Decimal128Type>(stored, rows,
                                                 arrow::Decimal128Type::kMaxPrecision);
    case Type::DECIMAL256:
      return WiderDecimal<arrow::Decimal256Type>(stored, rows,
                                                 arrow::Decimal256Type::kMaxPrecision);
    default:
      return nullptr;
  }
}

arrow::Result<TypePtr> NeededPlain(const TypePtr& stored, const ArrayPtr& values,
                                   const std::string& name) {
  const arrow::Result<ArrayPtr> fits = CastColumn(values, stored, name);
  if (fits.ok()) return stored;
  if (!IsError(fits.status(), ErrorCode::kLossyCast)) return fits.status();
  const TypePtr wider = Wider(*stored, *values->type());
  if (!wider || wider->Equals(*stored) || !CastColumn(values, wider, name).ok())
    return fits.status();
  return wider;
}

arrow::Result<TypePtr> NeededStruct(const TypePtr& stored, const arrow::StructArray& values,
                                    const std::string& name) {
  arrow::FieldVector members = stored->fields();
  const auto& known = static_cast<const arrow::StructType&>(*stored);
  for (int i = 0; i < values.num_fields(); ++i) {
    const auto& field = values.struct_type()->field(i);
    const int index = known.GetFieldIndex(field->name());
    if (index < 0) {
      members.push_back(StoredField(field));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr member, values.GetFlattenedField(i));
    auto& kept = members[static_cast<size_t>(index)];
    ARROW_ASSIGN_OR_RAISE(kept, NeededField(kept, member, name + "." + field->name()));
  }
  return arrow::struct_(std::move(members));
}

// A struct that receives the entries of a map needs a member per key.
arrow::Result<TypePtr> NeededForKeys(const TypePtr& stored, const arrow::Array& map,
                                     const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(map));
  const auto& entries = static_cast<const arrow::StructArray&>(*flat.values);
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys,
                        CastColumn(entries.field(0), arrow::large_utf8(), name + " (keys)"));
  const auto& texts = static_cast<const arrow::LargeStringArray&>(*keys);
  std::set<std::string> wanted;
  for (int64_t i = 0; i < texts.length(); ++i) wanted.emplace(texts.GetView(i));
  arrow::FieldVector members = stored->fields();
  for (const auto& member : members) wanted.erase(member->name());
  if (members.size() + wanted.size() > kMostMembersOfKeys) {
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format("column '{}' is stored as a struct and the rows have maps with so many keys "
                    "that it would get {} members, more than {}; write structs, or store maps "
                    "(enable_map_datatype; `metaxy metadata migrate` for a column by field)",
                    name, members.size() + wanted.size(), kMostMembersOfKeys));
  }
  const auto item = StoredField(static_cast<const arrow::MapType&>(*map.type()).item_field());
  for (const std::string& key : wanted) members.push_back(item->WithName(key));
  return arrow::struct_(std::move(members));
}

arrow::Result<TypePtr> NeededList(const TypePtr& stored, const ArrayPtr& values,
                                  const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(*values));
  ARROW_ASSIGN_OR_RAISE(const FieldPtr field,
                        NeededField(stored->field(0), flat.values, name + "[]"));
  if (stored->id() == arrow::Type::LARGE_LIST) return arrow::large_list(field);
  if (stored->id() == arrow::Type::LIST) return arrow::list(field);
  // The length of embeddings is fixed: a different one is a mistake.
  TypePtr list = arrow::fixed_size_list(
      field, static_cast<const arrow::FixedSizeListType&>(*stored).list_size());
  ARROW_RETURN_NOT_OK(CastColumn(values, list, name).status());
  return list;
}

arrow::Result<TypePtr> NeededMap(const TypePtr& stored, const ArrayPtr& values,
                                 const std::string& name) {
  const auto& map = static_cast<const arrow::MapType&>(*stored);
  FieldPtr item = map.item_field();
  if (values->type_id() == arrow::Type::MAP) {
    ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(*values));
    const auto& entries = static_cast<const arrow::StructArray&>(*flat.values);
    ARROW_ASSIGN_OR_RAISE(item, NeededField(item, entries.field(1), name + "[]"));
  }
  if (item->Equals(*map.item_field(), /*check_metadata=*/true)) return stored;
  return std::make_shared<arrow::MapType>(map.key_field(), std::move(item), map.keys_sorted());
}

arrow::Result<TypePtr> NeededEntries(const TypePtr& stored, const ArrayPtr& values,
                                     const std::string& name) {
  if (values->type_id() == arrow::Type::MAP) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr entries,
                          MapAsEntries(static_cast<const arrow::MapArray&>(*values)));
    return NeededList(stored, entries, name);
  }
  // Members become values of one type, which is not widened for some of them.
  ARROW_RETURN_NOT_OK(CastColumn(values, stored, name).status());
  return stored;
}

// A list of categories is extended by new ones.
arrow::Result<FieldPtr> NeededCategories(const FieldPtr& stored, const ArrayPtr& values,
                                         const std::string& name) {
  const arrow::Result<ArrayPtr> fits = CastColumn(values, *stored, name);
  if (fits.ok()) return stored;
  if (!IsError(fits.status(), ErrorCode::kLossyCast)) return fits.status();
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr texts, CastColumn(values, arrow::large_utf8(), name));
  ARROW_ASSIGN_OR_RAISE(FieldPtr grown, WithCategories(*stored, texts));
  return CastColumn(texts, *grown, name).ok() ? arrow::Result<FieldPtr>(std::move(grown))
                                              : fits.status();
}

// The stored type, widened as far as these values need it.
arrow::Result<TypePtr> NeededType(const TypePtr& stored, const ArrayPtr& values,
                                  const std::string& name) {
  using arrow::Type;
  const Type::type to = stored->id();
  if (values->null_count() == values->length()) return stored;
  if (values->type()->Equals(*stored) && !HasCategories(*stored)) return stored;
  if (values->type_id() == Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(*values->type());
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum plain,
                          arrow::compute::Cast(values, dictionary.value_type()));
    return NeededType(stored, plain.make_array(), name);
  }
  const bool is_map = values->type_id() == Type::MAP;
  const bool is_struct = values->type_id() == Type::STRUCT;
  if (IsEntryList(*values->type()) && (to == Type::STRUCT || to == Type::MAP)) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr map, EntriesAsMap(*values, name));
    return NeededType(stored, map, name);
  }
  if (IsEntryList(*stored) && (is_map || is_struct)) return NeededEntries(stored, values, name);
  if (to == Type::STRUCT && is_struct)
    return NeededStruct(stored, static_cast<const arrow::StructArray&>(*values), name);
  if (to == Type::STRUCT && is_map) return NeededForKeys(stored, *values, name);
  if (to == Type::MAP && (is_map || is_struct)) return NeededMap(stored, values, name);
  if (IsListLike(*stored) && IsListLike(*values->type())) return NeededList(stored, values, name);
  return NeededPlain(stored, values, name);
}

}  // namespace

arrow::Result<FieldPtr> NeededField(const FieldPtr& stored, const ArrayPtr& values,
                                    const std::string& name) {
  if (stored->type()->id() == arrow::Type::DICTIONARY)
    return NeededCategories(stored, values, name);
  if (stored->type()->id() == arrow::Type::NA && values->null_count() < values->length())
    return StoredField(stored->WithType(values->type()));
  ARROW_ASSIGN_OR_RAISE(TypePtr type, NeededType(stored->type(), values, name));
  return stored->WithType(std::move(type));
}

arrow::FieldVector MissingFields(const arrow::FieldVector& table, const arrow::FieldVector& rows) {
  arrow::FieldVector missing;
  for (const auto& field : rows) {
    const auto known = std::find_if(table.begin(), table.end(),
                                    [&](const auto& f) { return f->name() == field->name(); });
    if (known == table.end()) {
      missing.push_back(field->WithNullable(true));
    } else if (field->type()->id() == arrow::Type::STRUCT &&
               (*known)->type()->id() == arrow::Type::STRUCT) {
      const arrow::FieldVector members =
          MissingFields((*known)->type()->fields(), field->type()->fields());
      if (!members.empty()) missing.push_back(arrow::field(field->name(), arrow::struct_(members)));
    }
  }
  return missing;
}

}  // namespace metaxy::internal
