// Maps as lists of entries, as Polars has them.
#include "columns/entry_list.h"

#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>
#include <arrow/util/key_value_metadata.h>

#include "columns/exact_cast.h"
#include "columns/stored_types.h"
#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using Type = std::shared_ptr<arrow::DataType>;

std::shared_ptr<arrow::Array> Array(const Type& type, const std::string& json) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  return Get(arrow::json::ArrayFromJSONString(type, json));
}

Type Entries(const Type& key, const Type& value) {
  return arrow::large_list(
      arrow::struct_({arrow::field("key", key), arrow::field("value", value)}));
}

const Type kMap = arrow::map(arrow::large_utf8(), arrow::large_utf8());
const Type kEntries = Entries(arrow::large_utf8(), arrow::large_utf8());
const Type kStruct = arrow::struct_(
    {arrow::field("x", arrow::large_utf8()), arrow::field("y", arrow::large_utf8())});

TEST(EntryListTest, IsAListOfKeysAndValuesOnly) {
  EXPECT_TRUE(internal::IsEntryList(*kEntries));
  EXPECT_TRUE(internal::IsEntryList(*arrow::list(arrow::struct_(
      {arrow::field("value", arrow::int32()), arrow::field("key", arrow::int8())}))));
  EXPECT_FALSE(internal::IsEntryList(*kMap));
  EXPECT_FALSE(internal::IsEntryList(*arrow::list(kStruct)));
  EXPECT_FALSE(internal::IsEntryList(*arrow::list(
      arrow::struct_({arrow::field("key", arrow::utf8()), arrow::field("value", arrow::utf8()),
                      arrow::field("more", arrow::utf8())}))));
  EXPECT_FALSE(internal::IsEntryList(*arrow::fixed_size_list(kEntries->field(0)->type(), 1)));
}

TEST(EntryListTest, StructsMapsAndEntryListsAreCastIntoEachOther) {
  const auto map = Array(kMap, R"([[["x", "1"], ["y", "2"]], null, [["x", null], ["y", "3"]]])");
  const auto entries = Array(kEntries, R"([[{"key": "x", "value": "1"}, {"key": "y", "value": "2"}],
                                           null,
                                           [{"key": "x", "value": null}, {"key": "y", "value": "3"}]])");
  const auto structs = Array(kStruct, R"([{"x": "1", "y": "2"}, null, {"x": null, "y": "3"}])");
  const std::pair<const char*, std::shared_ptr<arrow::Array>> all[] = {
      {"map", map}, {"entries", entries}, {"struct", structs}};
  for (const auto& [from_name, from] : all) {
    for (const auto& [to_name, to] : all) {
      SCOPED_TRACE(std::string(from_name) + " to " + to_name);
      const auto cast = internal::CastColumn(from, to->type(), "c");
      ASSERT_THAT(cast, IsOk());
      EXPECT_THAT((*cast)->ValidateFull(), IsOk());
      EXPECT_TRUE((*cast)->Equals(*to)) << (*cast)->ToString();
      // Of a part of a batch, too.
      const auto part = internal::CastColumn(from->Slice(1), to->type(), "c");
      ASSERT_THAT(part, IsOk());
      EXPECT_TRUE((*part)->Equals(*to->Slice(1))) << (*part)->ToString();
    }
  }
}

TEST(EntryListTest, NothingIsLostByACast) {
  const auto entries = Array(kEntries, R"([[{"key": "z", "value": "1"}]])");
  EXPECT_THAT(internal::CastColumn(entries, kStruct, "c"),
              FailsWith(ErrorCode::kLossyCast, "it has no member 'z'"));
  const auto no_key = Array(kEntries, R"([[{"key": null, "value": "1"}]])");
  EXPECT_THAT(internal::CastColumn(no_key, kMap, "c"),
              FailsWith(ErrorCode::kMetadataSchema, "column 'c' has an entry without a key"));
}

TEST(EntryListTest, WhatPolarsMarksAsAMapIsStoredAsOne) {
  const auto marked =
      arrow::field("tags", Entries(arrow::utf8_view(), arrow::int32()),
                   arrow::key_value_metadata({"ARROW:extension:name"}, {"polars_map.map"}));
  const auto stored = internal::StoredField(marked);
  EXPECT_TRUE(stored->type()->Equals(arrow::map(arrow::large_utf8(), arrow::int32())));
  EXPECT_FALSE(stored->HasMetadata());
  const auto plain = internal::StoredField(marked->RemoveMetadata());
  EXPECT_TRUE(internal::IsEntryList(*plain->type()));
}

}  // namespace
}  // namespace metaxy::testing
