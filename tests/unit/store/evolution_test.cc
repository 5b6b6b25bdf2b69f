// Schema evolution: writing rows that do not match the columns and types of a table.
#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include "columns/stored_types.h"
#include "evolution_rows.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class EvolutionTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(On, EvolutionTest, ::testing::ValuesIn(Backends()), BackendName);

struct Case {
  const char* what;
  Type first;
  std::string stored;
  Type second;
  std::string written;
  Type result;
  std::vector<std::string> read;
};

const Type kInner = arrow::struct_({arrow::field("x", arrow::int64())});
const Type kGrownInner =
    arrow::struct_({arrow::field("x", arrow::int64()), arrow::field("y", arrow::large_utf8())});
const Type kOuter = arrow::struct_({arrow::field("in", kInner)});
const Type kGrownOuter = arrow::struct_({arrow::field("in", kGrownInner)});
const Type kMicros = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
const Type kMillis = arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
const Type kSeconds = arrow::timestamp(arrow::TimeUnit::SECOND, "UTC");

// Stored values are unchanged, and the new value is stored exactly.
TEST_P(EvolutionTest, KeepsOrWidensTypes) {
  const std::vector<Case> cases = {
      {"a narrower integer", arrow::int64(), "1", arrow::int32(), "2", arrow::int64(), {"1", "2"}},
      {"a wider integer that fits",
       arrow::int32(),
       "1",
       arrow::int64(),
       "2",
       arrow::int32(),
       {"1", "2"}},
      {"a wider integer that does not",
       arrow::int32(),
       "-1",
       arrow::int64(),
       "3000000000",
       arrow::int64(),
       {"-1", "3000000000"}},
      {"unsigned into signed",
       arrow::int8(),
       "-1",
       arrow::uint8(),
       "200",
       arrow::int16(),
       {"-1", "200"}},
      {"a float that fits",
       arrow::float32(),
       "1.5",
       arrow::float64(),
       "2.5",
       arrow::float32(),
       {"1.5", "2.5"}},
      {"a float that does not",
       arrow::float32(),
       "1.5",
       arrow::float64(),
       "0.1",
       arrow::float64(),
       {"1.5", "0.1"}},
      {"an integer in a column of floats",
       arrow::float64(),
       "1.5",
       arrow::int64(),
       "2",
       arrow::float64(),
       {"1.5", "2"}},
      {"a whole float in a column of integers",
       arrow::int64(),
       "1",
       arrow::float64(),
       "2.0",
       arrow::int64(),
       {"1", "2"}},
      {"a coarser unit of time",
       kMicros,
       "1000001",
       kSeconds,
       "2",
       kMicros,
       {"1970-01-01 00:00:01.000001Z", "1970-01-01 00:00:02.000000Z"}},
      {"a finer unit that fits",
       kMillis,
       "1001",
       kMicros,
       "2000000",
       kMillis,
       {"1970-01-01 00:00:01.001Z", "1970-01-01 00:00:02.000Z"}},
      {"a finer unit that does not",
       kMillis,
       "1001",
       kMicros,
       "2000001",
       kMicros,
       {"1970-01-01 00:00:01.001000Z", "1970-01-01 00:00:02.000001Z"}},
      {"a timestamp of another zone",
       kMicros,
       "1000001",
       arrow::timestamp(arrow::TimeUnit::MICRO, "America/New_York"),
       "2000000",
       kMicros,
       {"1970-01-01 00:00:01.000001Z", "1970-01-01 00:00:02.000000Z"}},
      {"a timestamp in a column of texts, as LanceDB writes it",
       arrow::utf8(),
       "\"p\"",
       arrow::timestamp(arrow::TimeUnit::MICRO, "America/New_York"),
       "1714557600250000",
       arrow::large_utf8(),
       {"p", "2024-05-01T06:00:00.250-04:00"}},
      {"seconds, which are stored as milliseconds",
       kSeconds,
       "1",
       kMillis,
       "2001",
       kMillis,
       {"1970-01-01 00:00:01.000Z", "1970-01-01 00:00:02.001Z"}},
      {"a dictionary",
       arrow::utf8(),
       "\"p\"",
       arrow::dictionary(arrow::int8(), arrow::utf8()),
       "\"q\"",
       arrow::large_utf8(),
       {"p", "q"}},
      {"a dictionary first",
       arrow::dictionary(arrow::int8(), arrow::utf8()),
       "\"p\"",
       arrow::large_utf8(),
       "\"q\"",
       arrow::dictionary(arrow::uint32(), arrow::large_utf8()),
       {"p", "q"}},
      {"a number as text", arrow::int64(), "1", arrow::utf8(), "\"7\"", arrow::int64(), {"1", "7"}},
      {"a number in a column of texts",
       arrow::utf8(),
       "\"p\"",
       arrow::int64(),
       "7",
       arrow::large_utf8(),
       {"p", "7"}},
      {"floats in a column of texts, as LanceDB writes them",
       arrow::utf8(),
       "\"p\"",
       arrow::float64(),
       "16777216.0",
       arrow::large_utf8(),
       {"p", "16777216.0"}},
      {"a narrow float in a column of texts",
       arrow::utf8(),
       "\"p\"",
       arrow::float32(),
       "0",
       arrow::large_utf8(),
       {"p", "0.0"}},
      {"a column without a type",
       arrow::null(),
       "null",
       arrow::int64(),
       "7",
       arrow::int64(),
       {"null", "7"}},
      {"a null column later",
       arrow::int64(),
       "7",
       arrow::null(),
       "null",
       arrow::int64(),
       {"7", "null"}},
      {"nulls of an unlike type",
       arrow::int64(),
       "7",
       LargeList(arrow::utf8()),
       "null",
       arrow::int64(),
       {"7", "null"}},
      {"a member",
       kInner,
       R"({"x": 1})",
       kGrownInner,
       R"({"x": 2, "y": "z"})",
       kGrownInner,
       {"{x:1, y:null}", "{x:2, y:z}"}},
      {"a member less",
       kGrownInner,
       R"({"x": 2, "y": "z"})",
       kInner,
       R"({"x": 1})",
       kGrownInner,
       {"{x:1, y:null}", "{x:2, y:z}"}},
      {"members in another order",
       kGrownInner,
       R"({"x": 2, "y": "z"})",
       arrow::struct_({arrow::field("y", arrow::utf8()), arrow::field("x", arrow::int64())}),
       R"({"y": "w", "x": 1})",
       kGrownInner,
       {"{x:1, y:w}", "{x:2, y:z}"}},
      {"a member of a member",
       kOuter,
       R"({"in": {"x": 1}})",
       kGrownOuter,
       R"({"in": {"x": 2, "y": "z"}})",
       kGrownOuter,
       {"{in:{x:1, y:null}}", "{in:{x:2, y:z}}"}},
      {"a wider member",
       kInner,
       R"({"x": 1})",
       arrow::struct_({arrow::field("x", arrow::uint8())}),
       R"({"x": 2})",
       kInner,
       {"{x:1}", "{x:2}"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Fresh();
    auto store = Open(VideoGraph());
    ASSERT_THAT(store->Write("video", Values(c.first, {c.stored})), IsOk());
    ASSERT_THAT(store->Write("video", Values(c.second, {c.written}, 'b')), IsOk());
    const Type type = TypeOf(*store, "video", "v");
    EXPECT_TRUE(type->Equals(*c.result)) << type->ToString();
    EXPECT_THAT(ReadRows(*store, "video", {"v"}), ::testing::UnorderedElementsAreArray(c.read));
  }
}

TEST_P(EvolutionTest, ListsKeepTheirKindAndGrow) {
  struct ListCase {
    const char* what;
    Type first;
    std::string stored;
    Type second;
    std::string written;
    Type result;
  };
  const Type embedding = arrow::fixed_size_list(arrow::field("item", arrow::float32()), 2);
  const std::vector<ListCase> cases = {
      {"structs in a list", LargeList(kInner), R"([{"x": 1}, null])", LargeList(kGrownInner),
       R"([{"x": 2, "y": "z"}])", LargeList(kGrownInner)},
      {"wider values", arrow::list(arrow::int32()), "[1, 2]", arrow::list(arrow::int64()),
       "[3000000000]", LargeList(arrow::int64())},
      {"a list for an embedding", embedding, "[0.5, 1.5]", arrow::list(arrow::float64()),
       "[2.5, 3.5]", embedding},
      {"an embedding without a value", embedding, "[0.5, 1.5]", embedding, "null", embedding},
      {"an embedding of more digits", embedding, "[0.5, 1.5]",
       arrow::fixed_size_list(arrow::float64(), 2), "[0.1, 0.2]",
       arrow::fixed_size_list(arrow::field("item", arrow::float64()), 2)},
      {"an embedding for a list", arrow::list(arrow::float32()), "[1, 2, 3]", embedding, "[1, 2]",
       LargeList(arrow::float32())},
  };
  for (const ListCase& c : cases) {
    SCOPED_TRACE(c.what);
    Fresh();
    auto store = Open(VideoGraph());
    const auto first = Values(c.first, {c.stored, "null"});
    const auto second = Values(c.second, {"null", c.written}, 'c');
    ASSERT_THAT(store->Write("video", first), IsOk());
    ASSERT_THAT(store->Write("video", second), IsOk());
    const auto rows = Get(Get(store->Read("video"))->ToTable());
    const auto column = Get(arrow::Concatenate(rows->GetColumnByName("v")->chunks()));
    EXPECT_TRUE(column->type()->Equals(*c.result)) << column->type()->ToString();
    ASSERT_THAT(column->ValidateFull(), IsOk());
    const auto expected = Get(arrow::Concatenate(
        {Get(internal::CastColumn(first->GetColumnByName("v")->chunk(0), c.result, "v")),
         Get(internal::CastColumn(second->GetColumnByName("v")->chunk(0), c.result, "v"))}));
    EXPECT_TRUE(column->Equals(*expected)) << column->ToString();
  }
}

// Columns in a different order, and fewer of them.
TEST_P(EvolutionTest, ColumnsAreFoundByTheirNames) {
  auto store = Open(VideoGraph());
  const std::vector<std::pair<std::string, Type>> columns = {
      {"id", arrow::utf8()},
      {"n", arrow::int64()},
      {"title", arrow::utf8()},
      {"metaxy_provenance_by_field", ByField({"audio", "frames"})}};
  const auto row = [](const std::string& id, const std::string& more) {
    return R"([{"id": ")" + id + "\"" + more +
           R"(, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])";
  };
  ASSERT_THAT(store->Write("video", TableFromJson(columns, row("a", R"(, "n": 1, "title": "x")"))),
              IsOk());
  ASSERT_THAT(store->Write("video", TableFromJson({columns.rbegin(), columns.rend()},
                                                  row("b", R"(, "n": 2, "title": "y")"))),
              IsOk());
  ASSERT_THAT(store->Write("video", TableFromJson({columns[3], columns[0]}, row("c", ""))), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id", "n", "title"}),
              ElementsAre("a|1|x", "b|2|y", "c|null|null"));
}

// Several batches, of which only later ones do not fit, from a stream that can be read only once.
TEST_P(EvolutionTest, LooksAtAllRowsOfAStreamBeforeItWidens) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", Values(arrow::int8(), {"1"})), IsOk());
  const auto rows = Get(arrow::ConcatenateTables({Values(arrow::int64(), {"2"}, 'b'),
                                                  Values(arrow::int64(), {"300"}, 'c'),
                                                  Values(arrow::int64(), {"70000"}, 'd')}));
  ASSERT_THAT(store->Write("video", std::make_shared<arrow::TableBatchReader>(rows)), IsOk());
  EXPECT_TRUE(TypeOf(*store, "video", "v")->Equals(*arrow::int64()));
  EXPECT_THAT(ReadRows(*store, "video", {"v"}), UnorderedElementsAre("1", "2", "300", "70000"));
  if (GetParam() == Backend::kMemory) {
    EXPECT_EQ(database_->versions.at("video"), 3U);  // written, widened once, written
  }
}

// The same feature, changed five times, with writes in between: all rows stay readable.
TEST_P(EvolutionTest, AFeatureThatIsChangedFiveTimes) {
  using Fields = decltype(FeatureSpec::fields);
  using Columns = std::vector<std::pair<std::string, Type>>;
  struct Revision {
    Fields fields;
    Columns columns;
    const char* rows;
  };
  const std::vector<Revision> revisions = {
      {Fields{{.key = "audio"}}, Columns{{"n", arrow::int32()}},
       R"([{"id": "a", "n": 1, "metaxy_provenance_by_field": {"audio": "1"}}])"},
      {Fields{{.key = "audio"}, {.key = "frames"}}, Columns{{"n", arrow::int32()}},
       R"([{"id": "a", "n": 2, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])"},
      {Fields{{.key = "audio"}, {.key = "frames"}},
       Columns{{"n", arrow::int64()}, {"title", arrow::utf8()}},
       R"([{"id": "b", "n": 3000000000, "title": "t",
            "metaxy_provenance_by_field": {"audio": "3", "frames": "4"}}])"},
      {Fields{{.key = "audio"}, {.key = "images"}}, Columns{{"title", arrow::utf8()}},
       R"([{"id": "a", "title": "u", "metaxy_provenance_by_field": {"audio": "1", "images": "2"}}])"},
      {Fields{{.key = "images"}}, Columns{{"n", arrow::int64()}, {"score", arrow::float32()}},
       R"([{"id": "c", "n": 5, "score": 0.5, "metaxy_provenance_by_field": {"images": "6"}}])"},
      {Fields{{.key = "images", .code_version = "2"}},
       Columns{{"score", arrow::float64()}, {"tags", arrow::list(arrow::utf8())}},
       R"([{"id": "a", "score": 0.1, "tags": ["x"], "metaxy_provenance_by_field": {"images": "7"}}])"},
  };
  for (bool as_map : {false, true}) {
    SCOPED_TRACE(as_map ? "map" : "struct");
    Fresh();
    size_t written = 0;
    for (const Revision& revision : revisions) {
      SCOPED_TRACE(written);
      auto graph = std::make_shared<FeatureGraph>();
      ASSERT_THAT(graph->AddFeature(
                      {.key = "video", .id_columns = {"id"}, .fields = revision.fields}, "test"),
                  IsOk());
      ASSERT_THAT(
          graph->AddFeature(
              {.key = "below", .id_columns = {"id"}, .deps = {"video"}, .fields = {"all"}}, "test"),
          IsOk());
      auto store = Open(graph, as_map);
      std::vector<std::string> members;
      for (const FieldSpec& field : revision.fields) members.push_back(field.key.ToString());
      auto columns = revision.columns;
      columns.emplace_back("id", arrow::utf8());
      columns.emplace_back("metaxy_provenance_by_field", ByField(members));
      ASSERT_THAT(store->Write("video", TableFromJson(columns, revision.rows)), IsOk());
      ++written;
      EXPECT_EQ(Counts(*store, "below").new_samples, 1);
      Update(*store, "below");
      EXPECT_EQ(Counts(*store, "below").new_samples, 0);
      EXPECT_EQ(Get(store->CountRows("video",
                                     {.with_feature_history = true, .with_sample_history = true})),
                static_cast<int64_t>(written));
      // The same rows again are up to date: the stored versions are the given ones.
      const auto samples = TableFromJson(columns, revision.rows);
      const IncrementCounts same = Counts(*store, "video", {.samples = samples});
      EXPECT_EQ(same.new_samples, 0);
      EXPECT_EQ(same.stale, 0);
    }
    auto store = Open(VideoGraph());
    EXPECT_EQ(TypeOf(*store, "video", "metaxy_provenance_by_field")->id(),
              as_map ? arrow::Type::MAP : arrow::Type::STRUCT);
    EXPECT_THAT(Rows(*Everything(*store, "video"), {"id", "n", "title", "score"}),
                ElementsAre("a|1|null|null", "a|2|null|null", "a|null|null|0.1", "a|null|u|null",
                            "b|3000000000|t|null", "c|5|null|0.5"));
  }
}

}  // namespace
}  // namespace metaxy::testing
