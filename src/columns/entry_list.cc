#include "columns/entry_list.h"

#include <arrow/buffer_builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "columns/exact_cast.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr const char* kExtensionName = "ARROW:extension:name";
constexpr const char* kPolarsMap = "polars_map.map";

// A bitmap that begins at the first row; null if no row is null.
arrow::Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& rows) {
  if (rows.null_count() == 0) return nullptr;
  arrow::TypedBufferBuilder<bool> bits;
  ARROW_RETURN_NOT_OK(bits.Reserve(rows.length()));
  for (int64_t i = 0; i < rows.length(); ++i) bits.UnsafeAppend(rows.IsValid(i));
  return bits.Finish();
}

}  // namespace

bool IsEntryList(const arrow::DataType& type) {
  if (type.id() != arrow::Type::LIST && type.id() != arrow::Type::LARGE_LIST) return false;
  const arrow::DataType& entry = *type.field(0)->type();
  if (entry.id() != arrow::Type::STRUCT || entry.num_fields() != 2) return false;
  const auto& members = static_cast<const arrow::StructType&>(entry);
  return members.GetFieldIndex("key") >= 0 && members.GetFieldIndex("value") >= 0;
}

bool IsPolarsMap(const arrow::Field& field) {
  if (!field.HasMetadata() || !IsEntryList(*field.type())) return false;
  const auto name = field.metadata()->Get(kExtensionName);
  return name.ok() && *name == kPolarsMap;
}

arrow::Result<std::shared_ptr<arrow::Array>> EntriesAsMap(const arrow::Array& entries,
                                                          const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(entries));
  const auto& structs = static_cast<const arrow::StructArray&>(*flat.values);
  ARROW_ASSIGN_OR_RAISE(const auto keys,
                        structs.GetFlattenedField(structs.struct_type()->GetFieldIndex("key")));
  ARROW_ASSIGN_OR_RAISE(const auto items,
                        structs.GetFlattenedField(structs.struct_type()->GetFieldIndex("value")));
  if (keys->null_count() > 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("column '{}' has an entry without a key; a map needs one for each "
                                 "entry",
                                 name));
  }
  const auto offsets = arrow::compute::Cast(*flat.offsets, arrow::int32());
  if (!offsets.ok()) {
    return MakeError(ErrorCode::kLossyCast,
                     fmt::format("column '{}' has too many entries in one batch for a map", name));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(entries));
  return std::make_shared<arrow::MapArray>(arrow::map(keys->type(), items->type()),
                                           entries.length(), (*offsets)->data()->buffers[1], keys,
                                           items, std::move(validity));
}

arrow::Result<std::shared_ptr<arrow::Array>> MapAsEntries(const arrow::MapArray& map) {
  ARROW_ASSIGN_OR_RAISE(const FlatList flat, Flatten(map));
  const auto& pairs = static_cast<const arrow::StructArray&>(*flat.values);
  const auto& key = pairs.struct_type()->field(0);
  const auto& value = pairs.struct_type()->field(1);
  ARROW_ASSIGN_OR_RAISE(const auto structs,
                        arrow::StructArray::Make({pairs.field(0), pairs.field(1)},
                                                 {key->WithName("key"), value->WithName("value")}));
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(map));
  return std::make_shared<arrow::LargeListArray>(
      arrow::large_list(arrow::field("item", structs->type())), map.length(),
      flat.offsets->data()->buffers[1], structs, std::move(validity));
}

}  // namespace metaxy::internal
