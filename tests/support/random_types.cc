// Random Arrow types and names of columns.
#include <arrow/extension/bool8.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/random_columns.h"

namespace metaxy::testing {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;
using arrow::TimeUnit;
using arrow::Type;

const std::vector<TypePtr>& PlainTypes() {
  static const std::vector<TypePtr> types = {
      arrow::null(),
      arrow::boolean(),
      arrow::int8(),
      arrow::int16(),
      arrow::int32(),
      arrow::int64(),
      arrow::uint8(),
      arrow::uint16(),
      arrow::uint32(),
      arrow::uint64(),
      arrow::float16(),
      arrow::float32(),
      arrow::float64(),
      arrow::utf8(),
      arrow::large_utf8(),
      arrow::utf8_view(),
      arrow::binary(),
      arrow::large_binary(),
      arrow::binary_view(),
      arrow::fixed_size_binary(1),
      arrow::fixed_size_binary(7),
      arrow::date32(),
      arrow::date64(),
      arrow::time32(TimeUnit::SECOND),
      arrow::time32(TimeUnit::MILLI),
      arrow::time64(TimeUnit::MICRO),
      arrow::time64(TimeUnit::NANO),
      arrow::timestamp(TimeUnit::SECOND),
      arrow::timestamp(TimeUnit::MILLI),
      arrow::timestamp(TimeUnit::MICRO),
      arrow::timestamp(TimeUnit::NANO),
      arrow::timestamp(TimeUnit::MILLI, "UTC"),
      arrow::timestamp(TimeUnit::MICRO, "UTC"),
      arrow::timestamp(TimeUnit::NANO, "America/New_York"),
      arrow::timestamp(TimeUnit::MICRO, "+05:30"),
      arrow::duration(TimeUnit::SECOND),
      arrow::duration(TimeUnit::MILLI),
      arrow::duration(TimeUnit::MICRO),
      arrow::duration(TimeUnit::NANO),
      arrow::month_interval(),
      arrow::day_time_interval(),
      arrow::month_day_nano_interval(),
      arrow::decimal32(7, 2),
      arrow::decimal64(15, 4),
      arrow::decimal128(20, 3),
      arrow::decimal128(38, 0),
      arrow::decimal256(50, 6),
      arrow::extension::json(),
      arrow::extension::uuid(),
      arrow::extension::bool8(),
      arrow::dictionary(arrow::int8(), arrow::utf8()),
      arrow::dictionary(arrow::int32(), arrow::large_utf8()),
      arrow::dictionary(arrow::uint16(), arrow::int64()),
      arrow::dictionary(arrow::int32(), arrow::binary()),
  };
  return types;
}

arrow::FieldVector RandomMembers(Random* random, int depth) {
  arrow::FieldVector members;
  for (size_t count = random->Below(4); members.size() < count;) {
    std::string name = random->Percent(8) ? RandomName(random) : fmt::format("m{}", members.size());
    members.push_back(arrow::field(std::move(name), RandomType(random, depth)));
  }
  return members;
}

// Keys are not null.
TypePtr RandomKeyType(Random* random) {
  TypePtr type = arrow::utf8();
  if (random->Percent(30)) type = random->Pick(PlainTypes());
  return type->id() == Type::NA ? arrow::utf8() : type;
}

}  // namespace

TypePtr RandomType(Random* random, int depth) {
  if (depth == 0 || random->Percent(55)) return random->Pick(PlainTypes());
  const auto inner = [&] { return RandomType(random, depth - 1); };
  switch (random->Below(12)) {
    case 0:
    case 1:
      return arrow::list(inner());
    case 2:
      return arrow::large_list(inner());
    case 3:
      return arrow::fixed_size_list(inner(), static_cast<int32_t>(random->Below(4)));
    case 4:
      return random->Percent(50) ? arrow::list_view(inner()) : arrow::large_list_view(inner());
    case 5:
      return arrow::map(RandomKeyType(random), inner());
    case 6:
      return random->Percent(50)
                 ? arrow::sparse_union({arrow::field("a", inner()), arrow::field("b", inner())})
                 : arrow::dense_union({arrow::field("a", inner()), arrow::field("b", inner())});
    case 7:
      return arrow::run_end_encoded(arrow::int32(), RandomType(random, 0));
    default:
      return arrow::struct_(RandomMembers(random, depth - 1));
  }
}

std::string RandomName(Random* random) {
  static const std::vector<std::string> odd = {
      "",           "a`b",    "a.b",   "a b",   "\"q\"",       "it's",   "_rowid", "_rowaddr",
      "_rowoffset", "ID",     "Value", "value", "sel\u00e4ct", "select", "a/b",    "a\nb",
      "_distance",  "_score", "1st",   "*",     "metaxy_own",  "bad\xe9"};
  return random->Percent(75) ? fmt::format("c{}", random->Below(1000)) : random->Pick(odd);
}

}  // namespace metaxy::testing
