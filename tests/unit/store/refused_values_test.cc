// Values that a column cannot hold are refused and named.
#include <arrow/type.h>

#include "columns/stored_types.h"
#include "evolution_rows.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Type kInner = arrow::struct_({arrow::field("x", arrow::int64())});
const Type kTimestamps = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
const Type kLocalTimes = arrow::timestamp(arrow::TimeUnit::MICRO);

class RefusedValuesTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(On, RefusedValuesTest, ::testing::ValuesIn(Backends()), BackendName);

// A refusal changes nothing, and names the column, row and value.
TEST_P(RefusedValuesTest, RefusesWhatWouldBeLost) {
  struct Refused {
    const char* what;
    Type first;
    std::string stored;
    Type second;
    std::vector<std::string> written;
    std::vector<const char*> words;
  };
  const Type embedding = arrow::fixed_size_list(arrow::field("item", arrow::float32()), 2);
  const std::vector<Refused> cases = {
      {"a fraction", arrow::int64(), "1", arrow::float64(), {"2", "1.5"}, {"1.5", "id = 'd'"}},
      {"a string that is not a number",
       arrow::int64(),
       "1",
       arrow::utf8(),
       {"\"1\"", "\"x\""},
       {"'x'", "id = 'd'"}},
      {"a number with leading zeros",
       arrow::int64(),
       "1",
       arrow::utf8(),
       {"\"007\""},
       {"'007'", "id = 'c'"}},
      {"an integer too large for all types",
       arrow::int64(),
       "-1",
       arrow::uint64(),
       {"18446744073709551615"},
       {"18446744073709551615", "id = 'c'"}},
      {"a number that is not a truth value",
       arrow::boolean(),
       "true",
       arrow::int64(),
       {"1", "2"},
       {"id = 'd'"}},
      {"a time in a column of days", arrow::date32(), "1", kLocalTimes, {"0", "1"}, {"id = 'd'"}},
      {"an embedding of another length",
       embedding,
       "[1, 2]",
       arrow::list(arrow::float32()),
       {"[1, 2]", "[1, 2, 3]"},
       {"a list of 3", "id = 'd'"}},
      {"a value in a struct",
       kInner,
       R"({"x": 1})",
       arrow::struct_({arrow::field("x", arrow::float64())}),
       {R"({"x": 1})", R"({"x": 0.5})"},
       {"v.x", "id = 'd'"}},
  };
  for (const Refused& c : cases) {
    SCOPED_TRACE(c.what);
    Fresh();
    auto store = Open(VideoGraph());
    ASSERT_THAT(store->Write("video", Values(c.first, {c.stored})), IsOk());
    const arrow::Status refused = store->Write("video", Values(c.second, c.written, 'c'));
    EXPECT_THAT(refused, FailsWith(ErrorCode::kLossyCast, "'v'"));
    EXPECT_THAT(refused.message(), Not(HasSubstr("\n")));
    for (const char* word : c.words) EXPECT_THAT(refused.message(), HasSubstr(word));
    EXPECT_TRUE(TypeOf(*store, "video", "v")->Equals(*internal::StoredType(c.first)));
    EXPECT_EQ(Everything(*store, "video")->num_rows(), 1);
  }
  auto store = Open(VideoGraph());
  ASSERT_THAT(
      store->Write("transcript", TableFromJson({{"id", arrow::utf8()},
                                                {"v", arrow::int64()},
                                                {"metaxy_provenance_by_field", ByField({"text"})}},
                                               R"([{"id": "a", "v": 1,
                               "metaxy_provenance_by_field": {"text": "1"}}])")),
      IsOk());
  EXPECT_THAT(
      store->Write("transcript", TableFromJson({{"id", arrow::utf8()},
                                                {"v", LargeList(arrow::int64())},
                                                {"metaxy_provenance_by_field", ByField({"text"})}},
                                               R"([{"id": "b", "v": [1],
                               "metaxy_provenance_by_field": {"text": "1"}}])")),
      FailsWith(ErrorCode::kMetadataSchema, "cannot be stored as int64"));
}

// Only the writer knows which instants local times and dates denote.
TEST_P(RefusedValuesTest, RefusesTimesOfAnotherKind) {
  const std::vector<std::pair<Type, Type>> cases = {
      {kTimestamps, kLocalTimes},
      {kLocalTimes, kTimestamps},
      {kTimestamps, arrow::date32()},
      {arrow::date32(), kTimestamps},
      {kTimestamps, arrow::timestamp(arrow::TimeUnit::MICRO, "+05:30")}};
  for (const auto& [stored, written] : cases) {
    SCOPED_TRACE(written->ToString() + " in a column of " + stored->ToString());
    Fresh();
    auto store = Open(VideoGraph());
    ASSERT_THAT(store->Write("video", Values(stored, {"0"})), IsOk());
    EXPECT_THAT(store->Write("video", Values(written, {"0"}, 'b')),
                FailsWith(ErrorCode::kMetadataSchema, "time zone"));
    EXPECT_TRUE(TypeOf(*store, "video", "v")->Equals(*stored));
    EXPECT_EQ(Everything(*store, "video")->num_rows(), 1);
  }
}

// System columns are cast before the table is inspected.
TEST_P(RefusedValuesTest, RefusesInvalidTimestamps) {
  auto store = Open(VideoGraph());
  const auto rows = TableFromJson({{"id", arrow::utf8()},
                                   {"metaxy_created_at", arrow::utf8()},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                  R"([
    {"id": "a", "metaxy_created_at": "2026-01-02T03:04:05Z",
     "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}},
    {"id": "b", "metaxy_created_at": "yesterday",
     "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  const arrow::Status refused = store->Write("video", rows);
  EXPECT_THAT(refused, FailsWith(ErrorCode::kLossyCast, "'metaxy_created_at'"));
  EXPECT_THAT(refused.message(), HasSubstr("'yesterday' of the row with id = 'b'"));
}

// The common type of both version columns is string, as in the reference.
TEST_P(RefusedValuesTest, NumbersAmongVersionStringsBecomeStrings) {
  auto store = Open(VideoGraph());
  const auto numbers = arrow::struct_(
      {arrow::field("audio", arrow::int64()), arrow::field("frames", arrow::int64())});
  const auto rows = TableFromJson({{"id", arrow::utf8()},
                                   {"metaxy_data_version_by_field", numbers},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                  R"([
    {"id": "a", "metaxy_data_version_by_field": {"audio": 1, "frames": 2},
     "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}},
    {"id": "b", "metaxy_data_version_by_field": null,
     "metaxy_provenance_by_field": {"audio": "x", "frames": "2"}}])");
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "metaxy_data_version_by_field"}),
            (std::vector<std::string>{"a|{audio:1, frames:2}", "b|{audio:x, frames:2}"}));
}

// The refusal names the one row among many batches.
TEST_P(RefusedValuesTest, TheRowIsFoundInAStream) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", Values(arrow::int64(), {"1"})), IsOk());
  std::vector<std::shared_ptr<arrow::Table>> parts;
  for (char id = 'b'; id <= 'y'; ++id)
    parts.push_back(Values(arrow::float64(), {id == 'r' ? "0.25" : "2"}, id));
  const auto rows = Get(arrow::ConcatenateTables(parts));
  for (const auto& given : {rows, Get(rows->CombineChunks())}) {
    const arrow::Status refused =
        store->Write("video", std::make_shared<arrow::TableBatchReader>(given));
    EXPECT_THAT(refused, FailsWith(ErrorCode::kLossyCast, "0.25 of the row with id = 'r'"));
  }
  EXPECT_EQ(Everything(*store, "video")->num_rows(), 1);
}

}  // namespace
}  // namespace metaxy::testing
