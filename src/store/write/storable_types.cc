#include "store/write/storable_types.h"

#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// A type that cannot be stored, and the remedy.
struct Refusal {
  std::string type;
  std::string_view why;
};

// The values that files support in a list of fixed length: those of a fixed width.
bool FitsFixedSizeList(const arrow::DataType& type) {
  if (type.id() == arrow::Type::FIXED_SIZE_LIST) return FitsFixedSizeList(*type.field(0)->type());
  return arrow::is_primitive(type.id()) || arrow::is_decimal(type.id());
}

std::optional<Refusal> RefusalOf(const arrow::DataType& type) {
  using arrow::Type;
  const auto refusal = [&](std::string_view why) { return Refusal{type.ToString(), why}; };
  switch (type.id()) {
    case Type::INTERVAL_MONTHS:
    case Type::INTERVAL_DAY_TIME:
    case Type::INTERVAL_MONTH_DAY_NANO:
      return refusal("LanceDB has no intervals; convert it to a duration or to integers");
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      return refusal("LanceDB has no unions; convert it to a struct with a member for each type");
    case Type::STRUCT:
      if (type.num_fields() == 0)
        return refusal(
            "a struct without members cannot be read back; leave it out, or make it null");
      break;
    case Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
      if (list.list_size() < 1)
        return refusal("a list of fixed length needs a length of at least 1; convert it to a list");
      if (!FitsFixedSizeList(*list.value_type())) {
        return refusal(
            "a list of fixed length can hold only numbers, booleans, dates, times and decimals; "
            "convert it to a list");
      }
      break;
    }
    default:
      break;
  }
  for (const auto& field : type.fields())
    if (auto inner = RefusalOf(*field->type())) return inner;
  return std::nullopt;
}

}  // namespace

arrow::Status CheckStorableTypes(const arrow::Schema& stored, std::string_view what) {
  for (const auto& field : stored.fields()) {
    const auto refused = RefusalOf(*field->type());
    if (!refused) continue;
    const std::string type = field->type()->ToString();
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format("{}: column {} of type {} cannot be stored{}: {}", what, Quote(field->name()),
                    type,
                    refused->type == type ? "" : ", because of the " + refused->type + " in it",
                    refused->why));
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::DataType> WithoutUntypedMembers(
    const std::shared_ptr<arrow::DataType>& type) {
  using arrow::Type;
  const auto inner = [](const std::shared_ptr<arrow::Field>& field) {
    return field->WithType(WithoutUntypedMembers(field->type()));
  };
  switch (type->id()) {
    case Type::STRUCT: {
      arrow::FieldVector members;
      for (const auto& field : type->fields())
        if (field->type()->id() != Type::NA) members.push_back(inner(field));
      return arrow::struct_(std::move(members));
    }
    case Type::LIST:
      return arrow::list(inner(type->field(0)));
    case Type::LARGE_LIST:
      return arrow::large_list(inner(type->field(0)));
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(map.key_field(), inner(map.item_field()));
    }
    default:
      return type;
  }
}

}  // namespace metaxy::internal
