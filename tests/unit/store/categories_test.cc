// Categorical columns keep their type, and grow.
#include "columns/categories.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "backends.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

using Field = std::shared_ptr<arrow::Field>;

constexpr const char* kCategorical = "_PL_CATEGORICAL2";

// As returned by Parquet and other readers: wide indices, whatever the list.
Field Wide(const Field& field) {
  return field->WithType(arrow::dictionary(arrow::int32(), arrow::utf8()));
}

// Samples of `video` with a column `v`: ids first, first + 1 ... and these strings as categories.
std::shared_ptr<arrow::Table> Samples(const Field& field, const std::vector<std::string>& values,
                                      char first = 'a') {
  std::string json;
  for (const std::string& value : values) {
    json += fmt::format(
        R"({}{{"id": "{}", "v": {}, "metaxy_provenance_by_field": {{"audio": "1", "frames": "2"}}}})",
        json.empty() ? "" : ",", first++, value.empty() ? "null" : "\"" + value + "\"");
  }
  const auto table = TableFromJson({{"id", arrow::utf8()},
                                    {"v", field->type()},
                                    {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                   "[" + json + "]");
  return Get(table->SetColumn(1, field->WithName("v"), table->column(1)));
}

class CategoriesTest : public BackendTest {
 protected:
  Field StoredField(MetadataStore& store) {
    return Get(Get(store.Read("video"))->ToTable())->schema()->GetFieldByName("v");
  }

  static std::vector<std::string> Texts(MetadataStore& store) {
    const auto rows = Get(Get(store.Read("video"))->ToTable());
    const auto column = rows->GetColumnByName("v");
    EXPECT_THAT(column->ValidateFull(), IsOk());
    const auto texts = Get(arrow::compute::Cast(column, arrow::large_utf8())).chunked_array();
    std::vector<std::string> result;
    for (int64_t i = 0; i < texts->length(); ++i)
      result.push_back(Get(texts->GetScalar(i))->ToString());
    return result;
  }
};

INSTANTIATE_TEST_SUITE_P(On, CategoriesTest, ::testing::ValuesIn(Backends()), BackendName);

// Polars exports categories as views of strings.
TEST_P(CategoriesTest, CategoriesMayBeViews) {
  const Field field = arrow::field("v", arrow::dictionary(arrow::uint32(), arrow::utf8()));
  const auto samples = Samples(field, {"film", "", "clip", "film"});
  const auto column = std::static_pointer_cast<arrow::DictionaryArray>(
      Get(arrow::Concatenate(samples->column(1)->chunks())));
  const auto views =
      Get(arrow::compute::Cast(column->dictionary(), arrow::utf8_view())).make_array();
  const auto type = arrow::dictionary(arrow::uint32(), arrow::utf8_view());
  const auto viewed = Get(arrow::DictionaryArray::FromArrays(type, column->indices(), views));
  auto store = Open(VideoGraph());
  ASSERT_THAT(
      store->Write("video", Get(samples->SetColumn(1, field->WithType(type),
                                                   std::make_shared<arrow::ChunkedArray>(viewed)))),
      IsOk());
  EXPECT_THAT(Texts(*store), UnorderedElementsAre("film", "clip", "film", "null"));
}

TEST_P(CategoriesTest, AnyDictionaryOfStringsIsACategorical) {
  for (const auto& index : {arrow::int8(), arrow::int32(), arrow::uint64()}) {
    SCOPED_TRACE(index->ToString());
    Fresh();
    auto store = Open(VideoGraph());
    const Field given = arrow::field("v", arrow::dictionary(index, arrow::utf8()));
    ASSERT_THAT(store->Write("video", Samples(given, {"p", "", "q"})), IsOk());
    ASSERT_THAT(store->Write("video", Samples(given, {"r", "p"}, 'd')), IsOk());
    const Field stored = StoredField(*store);
    EXPECT_TRUE(stored->type()->Equals(*arrow::dictionary(arrow::uint32(), arrow::large_utf8())))
        << stored->ToString();
    ASSERT_TRUE(stored->HasMetadata());
    EXPECT_EQ(Get(stored->metadata()->Get(kCategorical)), "0;0;u32;");
    EXPECT_THAT(Texts(*store), UnorderedElementsAre("p", "null", "q", "r", "p"));
  }
}

TEST_P(CategoriesTest, AnEnumKeepsItsListAndItsNarrowIndices) {
  auto store = Open(VideoGraph());
  const Field field = internal::EnumField("v", {"low", "", "h;2"});
  ASSERT_THAT(store->Write("video", Samples(Wide(field), {"h;2", "low"})), IsOk());
  const Field stored = StoredField(*store);
  EXPECT_TRUE(stored->Equals(*field, /*check_metadata=*/true)) << stored->ToString(true);
  EXPECT_THAT(internal::EnumCategories(*stored), Optional(ElementsAre("low", "", "h;2")));
  EXPECT_THAT(Texts(*store), UnorderedElementsAre("h;2", "low"));
}

// The reference appends them, and then reads them as nulls.
TEST_P(CategoriesTest, AnEnumGrowsByWhatItsListLacks) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", Samples(Wide(internal::EnumField("v", {"b", "a"})), {"a"})),
              IsOk());
  const Field other = internal::EnumField("v", {"n", "b", "m"});
  ASSERT_THAT(store->Write("video", Samples(Wide(other), {"m", "b"}, 'b')), IsOk());
  EXPECT_THAT(internal::EnumCategories(*StoredField(*store)), Optional(ElementsAre("b", "a", "m")));
  ASSERT_THAT(store->Write("video", Samples(arrow::field("v", arrow::utf8()), {"text"}, 'd')),
              IsOk());
  EXPECT_THAT(internal::EnumCategories(*StoredField(*store)),
              Optional(ElementsAre("b", "a", "m", "text")));
  EXPECT_THAT(Texts(*store), UnorderedElementsAre("a", "m", "b", "text"));
}

TEST_P(CategoriesTest, IndicesGrowWithTheList) {
  auto store = Open(VideoGraph());
  std::vector<std::string> categories;
  for (int i = 0; i < 255; ++i) categories.push_back(std::to_string(i));
  ASSERT_THAT(store->Write("video", Samples(internal::EnumField("v", categories), {"7"})), IsOk());
  EXPECT_TRUE(
      StoredField(*store)->type()->Equals(*arrow::dictionary(arrow::uint8(), arrow::large_utf8())));
  ASSERT_THAT(store->Write("video", Samples(internal::EnumField("v", {"more"}), {"more"}, 'b')),
              IsOk());
  EXPECT_TRUE(StoredField(*store)->type()->Equals(
      *arrow::dictionary(arrow::uint16(), arrow::large_utf8())));
  EXPECT_THAT(Texts(*store), UnorderedElementsAre("7", "more"));
}

TEST_P(CategoriesTest, CategoriesOfTheirOwnHaveTheIndicesTheyName) {
  auto store = Open(VideoGraph());
  const auto named = arrow::key_value_metadata({kCategorical}, {"2;nm2;nsu8;"});
  const Field field =
      arrow::field("v", arrow::dictionary(arrow::int32(), arrow::utf8()), true, named);
  ASSERT_THAT(store->Write("video", Samples(field, {"x", "y"})), IsOk());
  const Field stored = StoredField(*store);
  EXPECT_TRUE(stored->type()->Equals(*arrow::dictionary(arrow::uint8(), arrow::large_utf8())));
  EXPECT_TRUE(stored->metadata()->Equals(*named));
}

// Rows of either parent are enough, and neither list has all of the ids.
TEST_P(CategoriesTest, IdsFromDifferentListsMeetAsStrings) {
  auto graph = VideoGraph();
  for (const char* key : {"left", "right"}) {
    ASSERT_THAT(graph->AddFeature({.key = key, .id_columns = {"id"}, .fields = {"audio"}}, "test"),
                IsOk());
  }
  ASSERT_THAT(graph->AddFeature({.key = "both",
                                 .id_columns = {"id"},
                                 .deps = {FeatureDep{.feature = "left", .optional = true},
                                          FeatureDep{.feature = "right", .optional = true}},
                                 .fields = {"all"}},
                                "test"),
              IsOk());
  auto store = Open(graph);
  const auto write = [&](const FeatureKey& feature, const Field& ids, const std::string& sample) {
    auto rows = TableFromJson(
        {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio"})}},
        fmt::format(R"([{{"id": "{}", "metaxy_provenance_by_field": {{"audio": "1"}}}}])", sample));
    const auto id = Get(internal::CastColumn(rows->column(0)->chunk(0), *ids, "id"));
    rows = Get(rows->SetColumn(0, ids, std::make_shared<arrow::ChunkedArray>(id)));
    ASSERT_THAT(store->Write(feature, rows), IsOk());
  };
  write("left", internal::EnumField("id", {"a"}), "a");
  write("right", internal::EnumField("id", {"b", "c"}), "c");
  Update(*store, "both");
  EXPECT_THAT(ReadRows(*store, "both", {"id"}), ElementsAre("a", "c"));
  write("right", internal::EnumField("id", {"d"}), "d");
  Update(*store, "both");
  EXPECT_THAT(ReadRows(*store, "both", {"id"}), ElementsAre("a", "c", "d"));
}

// Increments have the types of their parents' tables, and so do the tables they are written to.
TEST_P(CategoriesTest, GoDownToOtherFeatures) {
  auto store = Open(VideoGraph());
  const Field kind = internal::EnumField("v", {"x", "y"});
  ASSERT_THAT(store->Write("video", Samples(Wide(kind), {"y", "x"})), IsOk());
  Update(*store, "video/crop");
  const auto rows = Get(Get(store->Read("video/crop"))->ToTable());
  EXPECT_TRUE(rows->schema()->GetFieldByName("v")->Equals(*kind, /*check_metadata=*/true));
}

// With rows before it, and in files that are compacted later.
TEST_P(CategoriesTest, ColumnsMayComeLater) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Field kind = internal::EnumField("v", {"x", "y"});
  ASSERT_THAT(store->Write("video", Samples(Wide(kind), {"y", ""}, 'c')), IsOk());
  ASSERT_THAT(store->Write("video", Samples(arrow::field("v", arrow::utf8()), {"x", "z"}, 'e')),
              IsOk());
  EXPECT_THAT(internal::EnumCategories(*StoredField(*store)), Optional(ElementsAre("x", "y", "z")));
  const auto expected = UnorderedElementsAre("null", "null", "y", "null", "x", "z");
  EXPECT_THAT(Texts(*store), expected);
  if (GetParam() == Backend::kMemory) return;
  ASSERT_THAT(store->administration().CompactMetadata("video"), IsOk());
  EXPECT_THAT(Texts(*store), expected);
}

TEST_P(CategoriesTest, NumbersInADictionaryAreNumbers) {
  auto store = Open(VideoGraph());
  const auto rows = Videos(R"([
      {"id": "a", "size": 7, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}},
      {"id": "b", "size": 7, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  const auto encoded = Get(arrow::compute::DictionaryEncode(rows->column(1))).chunked_array();
  ASSERT_THAT(
      store->Write("video", Get(rows->SetColumn(1, arrow::field("v", encoded->type()), encoded))),
      IsOk());
  EXPECT_TRUE(StoredField(*store)->type()->Equals(*arrow::int64()));
  EXPECT_THAT(Texts(*store), ElementsAre("7", "7"));
}

TEST_P(CategoriesTest, CategoriesInStructsAndListsGrowToo) {
  auto store = Open(VideoGraph());
  const auto column = [](const Field& item) {
    const auto indices = Get(arrow::MakeArrayFromScalar(arrow::UInt8Scalar(0), 1));
    arrow::LargeStringBuilder texts;
    EXPECT_THAT(texts.AppendValues(*internal::EnumCategories(*item)), IsOk());
    const auto values =
        Get(arrow::DictionaryArray::FromArrays(item->type(), indices, Get(texts.Finish())));
    const auto list = std::make_shared<arrow::LargeListArray>(
        arrow::large_list(item), 1, arrow::Buffer::FromVector(std::vector<int64_t>{0, 1}), values);
    const Field member = arrow::field("in", list->type());
    return Get(arrow::StructArray::Make({list}, {member}));
  };
  char id = 'a';
  for (const std::string category : {"a", "b"}) {
    const auto value = column(internal::EnumField("item", {category}));
    auto rows = Samples(arrow::field("v", arrow::utf8()), {"x"}, id++);
    rows = Get(rows->SetColumn(1, arrow::field("v", value->type()),
                               std::make_shared<arrow::ChunkedArray>(value)));
    ASSERT_THAT(store->Write("video", rows), IsOk());
  }
  const auto item = StoredField(*store)->type()->field(0)->type()->field(0);
  EXPECT_THAT(internal::EnumCategories(*item), Optional(ElementsAre("a", "b")));
  EXPECT_EQ(Get(store->CountRows("video")), 2);
}

// The content does not match the lengths: no list, and no crash.
TEST(EnumCategories, ABrokenListIsIgnored) {
  for (const char* note : {"1", "x;a", "5;ab", "1;a2", "99999999999999999999;a", ";"}) {
    const Field field = arrow::field("v", arrow::dictionary(arrow::uint8(), arrow::large_utf8()),
                                     true, arrow::key_value_metadata({"_PL_ENUM_VALUES2"}, {note}));
    EXPECT_EQ(internal::EnumCategories(*field), std::nullopt) << note;
    EXPECT_EQ(internal::StoredCategories(*field)->type()->ToString(),
              "dictionary<values=large_string, indices=uint32, ordered=0>");
  }
}

}  // namespace
}  // namespace metaxy::testing
