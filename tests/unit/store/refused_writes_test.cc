// A refused write changes nothing: no column, no type, no row.
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/compute/api.h>
#include <arrow/type.h>

#include "evolution_rows.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RefusedWritesTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(On, RefusedWritesTest, ::testing::ValuesIn(Backends()), BackendName);

// "caf" and a Latin-1 byte in place of the string "bad", wherever it is.
std::shared_ptr<arrow::Array> Spoilt(const std::shared_ptr<arrow::Array>& array) {
  auto data = array->data()->Copy();
  for (auto& child : data->child_data) child = Spoilt(arrow::MakeArray(child))->data();
  if (data->dictionary) data->dictionary = Spoilt(arrow::MakeArray(data->dictionary))->data();
  for (auto& buffer : data->buffers) {
    if (!buffer) continue;
    std::string bytes = buffer->ToString();
    for (size_t at = bytes.find("bad"); at != std::string::npos; at = bytes.find("bad"))
      bytes.replace(at, 3, "ca\xe9");
    buffer = arrow::Buffer::FromString(std::move(bytes));
  }
  return arrow::MakeArray(data);
}

std::shared_ptr<arrow::Table> Spoilt(const std::shared_ptr<arrow::Table>& table) {
  arrow::ChunkedArrayVector columns;
  const auto whole = Get(table->CombineChunks());
  for (const auto& column : whole->columns())
    columns.push_back(std::make_shared<arrow::ChunkedArray>(Spoilt(column->chunk(0))));
  return arrow::Table::Make(table->schema(), columns);
}

struct Text {
  const char* what;
  Type type;
  std::string value;
};

const std::vector<Text>& Texts() {
  static const Type kStruct = arrow::struct_({arrow::field("m", arrow::utf8())});
  static const std::vector<Text> texts = {
      {"a column", arrow::utf8(), R"("bad")"},
      {"a large column", arrow::large_utf8(), R"("bad")"},
      {"a column of views", arrow::utf8_view(), R"("bad")"},
      {"a column of long views", arrow::utf8_view(), R"("a text that is too long: bad")"},
      {"a dictionary", arrow::dictionary(arrow::int32(), arrow::utf8()), R"("bad")"},
      {"a struct", kStruct, R"({"m": "bad"})"},
      {"a list", arrow::list(arrow::utf8()), R"(["good", "bad"])"},
      {"a large list of structs", arrow::large_list(kStruct), R"([{"m": "bad"}])"},
      {"a key of a map", arrow::map(arrow::utf8(), arrow::int64()), R"([["bad", 1]])"},
      {"a value of a map", arrow::map(arrow::utf8(), arrow::utf8()), R"([["k", "bad"]])"},
  };
  return texts;
}

TEST_P(RefusedWritesTest, StringsThatAreNotUtf8) {
  for (const Text& text : Texts()) {
    for (const bool there : {false, true}) {
      SCOPED_TRACE(std::string(text.what) + (there ? " of a table" : " that is new"));
      Fresh();
      auto store = Open(VideoGraph());
      const std::string good = text.type->id() == arrow::Type::STRING ? "\"x\"" : "null";
      ASSERT_THAT(store->Write("video", there ? Values(text.type, {good, good}) : TwoVideos()),
                  IsOk());
      const auto before = Everything(*store, "video");
      const auto rows = Spoilt(Values(text.type, {good, text.value, good}, 'p'));
      const arrow::Status refused = store->Write("video", rows);
      EXPECT_THAT(refused, FailsWith(ErrorCode::kInvalidInput, "column 'v' has text that is not"));
      EXPECT_THAT(refused.message(), HasSubstr("of the row with id = 'q'"));
      EXPECT_THAT(refused.message(), HasSubstr("\\xe9"));
      EXPECT_EQ(store->CheckWrite("video", std::make_shared<arrow::TableBatchReader>(rows)),
                refused);
      EXPECT_TRUE(Everything(*store, "video")->Equals(*before));
    }
  }
}

TEST_P(RefusedWritesTest, IdsAndVersionsThatAreNotUtf8) {
  auto store = Open(VideoGraph());
  const auto ids = Spoilt(Videos(R"([{"id": "bad", "size": 1,
      "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])"));
  EXPECT_THAT(store->Write("video", ids), FailsWith(ErrorCode::kInvalidInput, "id = 'ca\\xe9'"));
  const auto versions = Spoilt(Videos(R"([{"id": "a", "size": 1,
      "metaxy_provenance_by_field": {"audio": "a", "frames": "bad"}}])"));
  EXPECT_THAT(store->Write("video", versions),
              FailsWith(ErrorCode::kInvalidInput, "column 'metaxy_provenance_by_field'"));
  EXPECT_THAT(store->Write("video", TwoVideos(), {.materialization_id = "ca\xe9"}),
              FailsWith(ErrorCode::kInvalidInput, "materialization id 'ca\\xe9'"));
  EXPECT_THAT(Get(store->administration().ListTables()), IsEmpty());
}

// An unused part of the array is ignored; a value below a null is not, because LanceDB reads it.
TEST_P(RefusedWritesTest, OnlyRowsThatAreWrittenCount) {
  auto store = Open(VideoGraph());
  auto rows = Spoilt(Values(arrow::utf8(), {R"("bad")", R"("good")"}));
  const auto column = rows->GetColumnByName("v")->chunk(0);
  // The first value is below a null.
  auto data = column->data()->Copy();
  data->buffers[0] = arrow::Buffer::FromString("\x02");
  data->null_count = 1;
  ASSERT_THAT(store->Write("video", rows->Slice(1)), IsOk());
  rows = Get(rows->SetColumn(1, rows->field(1),
                             std::make_shared<arrow::ChunkedArray>(arrow::MakeArray(data))));
  EXPECT_THAT(store->Write("video", rows),
              FailsWith(ErrorCode::kInvalidInput, "null of the row with id = 'a'"));
  EXPECT_THAT(ReadRows(*store, "video", {"id", "v"}), ElementsAre("b|good"));
}

// The columns that refused rows would have added do not appear.
TEST_P(RefusedWritesTest, ARefusedValueAddsNoColumn) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto before = Everything(*store, "video");
  auto rows = Values(arrow::utf8(), {"\"red\"", "\"blue\""}, 'p');
  rows = Get(rows->AddColumn(0, arrow::field("size", arrow::utf8()),
                             Values(arrow::utf8(), {"\"1\"", "\"seven\""})->GetColumnByName("v")));
  EXPECT_THAT(store->Write("video", rows),
              FailsWith(ErrorCode::kLossyCast, "'seven' of the row with id = 'q'"));
  EXPECT_TRUE(Everything(*store, "video")->Equals(*before));
  // One of many batches, of rows that can be read only once.
  std::vector<std::shared_ptr<arrow::Table>> parts(20, rows->Slice(0, 1));
  parts.push_back(rows->Slice(1));
  const auto many = Get(arrow::ConcatenateTables(parts));
  EXPECT_THAT(store->Write("video", std::make_shared<arrow::TableBatchReader>(many)),
              FailsWith(ErrorCode::kLossyCast, "'seven'"));
  EXPECT_TRUE(Everything(*store, "video")->Equals(*before));
}

// A column is widened only if the stored rows can be converted, and the refusal names both values.
TEST_P(RefusedWritesTest, StoredRowsThatCannotFollow) {
  using arrow::TimeUnit;
  struct Case {
    Type stored;
    std::string there;
    Type rows;
    std::string fits;
    std::string given;
    std::vector<const char*> words;
  };
  const auto micros = arrow::timestamp(TimeUnit::MICRO);
  const auto nanos = arrow::timestamp(TimeUnit::NANO);
  const std::vector<Case> cases = {
      {micros,
       "253402214400000000",
       nanos,
       "1000",
       "1700000000123456789",
       {"9999-12-31", "2023-11-14 22:13:20.123456789", "timestamp[us]", "timestamp[ns]"}},
      {arrow::struct_({arrow::field("t", micros)}),
       "{\"t\": 253402214400000000}",
       arrow::struct_({arrow::field("t", nanos)}),
       "{\"t\": 1000}",
       "{\"t\": 1}",
       {"9999-12-31"}},
      {arrow::duration(TimeUnit::SECOND),
       "9223372036854775",
       arrow::duration(TimeUnit::NANO),
       "1000000000",
       "1",
       {"9223372036854775", "duration[ns]"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.stored->ToString());
    Fresh();
    auto store = Open(VideoGraph());
    ASSERT_THAT(store->Write("video", Values(c.stored, {"null", c.there}, 'a')), IsOk());
    const auto before = Everything(*store, "video");
    const auto rows = Values(c.rows, {c.fits, c.given}, 'p');
    const arrow::Status refused = store->Write("video", rows);
    EXPECT_THAT(refused, FailsWith(ErrorCode::kLossyCast, "column 'v' is stored as"));
    EXPECT_THAT(refused.message(), HasSubstr("of the row with id = 'q'"));
    EXPECT_THAT(refused.message(), HasSubstr("of the row with id = 'b'"));
    EXPECT_THAT(refused.message(), HasSubstr("nothing was written"));
    for (const char* word : c.words) EXPECT_THAT(refused.message(), HasSubstr(word));
    EXPECT_EQ(store->CheckWrite("video", std::make_shared<arrow::TableBatchReader>(rows)), refused);
    EXPECT_TRUE(Everything(*store, "video")->Equals(*before));
  }
}

}  // namespace
}  // namespace metaxy::testing
