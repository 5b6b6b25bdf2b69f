// Appending and deleting.
#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/json/from_string.h>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

std::shared_ptr<arrow::Schema> Wide() {
  return arrow::schema({arrow::field("id", arrow::int64(), /*nullable=*/false),
                        arrow::field("n", arrow::large_utf8()),
                        arrow::field("s", arrow::struct_({arrow::field("a", arrow::utf8()),
                                                          arrow::field("b", arrow::utf8())}))});
}

using WriteTest = BridgeTest;

TEST_F(WriteTest, AppendsByName) {
  auto table = Create("t", RowsOf(Wide(), {R"([{"id": 1, "n": "x", "s": {"a": "1", "b": "2"}}])"}));
  // A different order, fewer columns, fewer children.
  auto reordered =
      arrow::schema({arrow::field("s", arrow::struct_({arrow::field("b", arrow::utf8()),
                                                       arrow::field("a", arrow::utf8())})),
                     arrow::field("id", arrow::int64())});
  EXPECT_EQ(Must(table->Append(RowsOf(reordered, {R"([{"s": {"b": "B", "a": "A"}, "id": 2}])"}))),
            2U);
  auto fewer =
      arrow::schema({arrow::field("id", arrow::int64()),
                     arrow::field("s", arrow::struct_({arrow::field("b", arrow::utf8())}))});
  EXPECT_EQ(
      Must(table->Append(RowsOf(fewer, {R"([{"id": 3, "s": {"b": "C"}}, {"id": 4, "s": null}])"}))),
      3U);
  Must(table->CheckoutLatest());
  ExpectRows(Must(table->Scan()), Wide(), R"([
      {"id": 1, "n": "x", "s": {"a": "1", "b": "2"}}, {"id": 2, "n": null, "s": {"a": "A", "b": "B"}},
      {"id": 3, "n": null, "s": {"a": null, "b": "C"}}, {"id": 4, "n": null, "s": null}])");
}

// Lance caches the dictionaries of a table; the other rows are freed when the call is over.
TEST_F(WriteTest, KeepsNoRows) {
  const auto id = Must(arrow::json::ArrayFromJSONString(arrow::int64(), "[1, 2]"));
  const auto kind = Must(arrow::json::DictArrayFromJSONString(
      arrow::dictionary(arrow::int32(), arrow::utf8()), "[0, 1]", R"(["a", "b"])"));
  const auto nested = Must(arrow::StructArray::Make({kind}, std::vector<std::string>{"kind"}));
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("kind", kind->type()),
                     arrow::field("nested", nested->type())});
  std::vector<std::weak_ptr<arrow::ArrayData>> rows;
  // A separate batch each time, as with rows from a caller.
  const auto stream = [&] {
    const auto copy = [&](const std::shared_ptr<arrow::Array>& array) {
      const auto taken = Must(arrow::Concatenate({array, array}));
      rows.push_back(taken->data());
      return taken;
    };
    const auto batch = arrow::RecordBatch::Make(schema, 4, {copy(id), copy(kind), copy(nested)});
    return Must(arrow::RecordBatchReader::Make({batch}, schema));
  };
  auto table = Create("t", stream());
  Must(table->Append(stream()));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 8U);
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_TRUE(rows[i].expired()) << i;
}

TEST_F(WriteTest, RefusesRowsThatDoNotFit) {
  auto table = Create("t", RowsOf(Wide(), {R"([{"id": 1, "n": "x", "s": null}])"}));
  auto id = arrow::field("id", arrow::int64());
  struct Case {
    arrow::FieldVector fields;
    std::string json;
    std::string message;
  };
  for (const Case& c : {
           Case{
               {id, arrow::field("extra", arrow::utf8())}, R"([{"id": 2, "extra": "x"}])", "extra"},
           Case{{id, arrow::field("s", arrow::struct_({arrow::field("extra", arrow::utf8())}))},
                R"([{"id": 2, "s": {"extra": "x"}}])",
                "extra"},
           Case{{arrow::field("id", arrow::int32())}, R"([{"id": 2}])", "int64"},
           Case{{id, arrow::field("n", arrow::utf8())}, R"([{"id": 2, "n": "x"}])", "n"},
           Case{{arrow::field("n", arrow::large_utf8())}, R"([{"n": "x"}])", "id"},
       }) {
    SCOPED_TRACE(c.message);
    auto schema = arrow::schema(c.fields);
    EXPECT_THAT(table->Append(RowsOf(schema, {c.json})).status(),
                FailsWith(ErrorCode::kMetadataSchema, c.message));
    // The same without rows.
    EXPECT_THAT(table->Append(RowsOf(schema, {})).status(),
                FailsWith(ErrorCode::kMetadataSchema, c.message));
  }
  EXPECT_FALSE(table->Append(RowsOf(arrow::schema({id}), {R"([{"id": null}])"})).ok());
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Version()), 1U);
  EXPECT_EQ(Must(table->CountRows()), 1);
}

TEST_F(WriteTest, CommitsNothingForNoRows) {
  auto table = Create("t", Numbers(0, 3));
  auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  EXPECT_EQ(Must(table->Append(RowsOf(schema, {}))), 1U);
  EXPECT_EQ(Must(table->Append(RowsOf(schema, {"[]", "[]"}))), 1U);
  EXPECT_EQ(Must(table->Append(RowsOf(schema, {"[]", R"([{"id": 9}])", "[]"}))), 2U);
}

TEST_F(WriteTest, CutsFilesAsAsked) {
  auto table = Create("t", Numbers(0, 10));
  Must(table->Append(Numbers(10, 5000), {.max_rows_per_file = 1000}));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Stats()).fragments, 6);
  EXPECT_EQ(Must(table->CountRows()), 5010);
  auto other = Must(connection().CreateTable("u", Numbers(0, 3000), {.max_rows_per_file = 1000}));
  EXPECT_EQ(Must(other->Stats()).data_files, 3);
  EXPECT_THAT(table->Append(Numbers(0, 1), {.max_rows_per_file = -1}).status(),
              FailsWith(ErrorCode::kInvalidInput, "max_rows_per_file"));
}

TEST_F(WriteTest, CommitsNothingOfAStreamThatFails) {
  CHandles handles(directory());
  for (int after : {0, 1, 7}) {
    TestStream stream({.batches = 20, .fail_after = after});
    CError error;
    uint64_t version = 42;
    EXPECT_EQ(mxl_table_append(handles.table, stream.get(), nullptr, &version, &error), MXL_IO);
    EXPECT_EQ(error.text(), "the input stream failed: the producer broke");
    EXPECT_EQ(version, 42U);
    EXPECT_EQ(stream.releases(), 1);
    EXPECT_EQ(stream.batches_read(), after);
  }
  ASSERT_EQ(mxl_table_checkout_latest(handles.table, nullptr), MXL_OK);
  uint64_t rows = 0;
  ASSERT_EQ(mxl_table_count(handles.table, {}, &rows, nullptr), MXL_OK);
  EXPECT_EQ(rows, 10U);
}

// A C++ reader keeps its own status, however the C interface maps it.
TEST_F(WriteTest, GivesBackTheFailureOfTheReader) {
  class Failing : public arrow::RecordBatchReader {
   public:
    explicit Failing(bool throws) : throws_(throws) {}
    std::shared_ptr<arrow::Schema> schema() const override {
      return arrow::schema({arrow::field("id", arrow::int64())});
    }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>*) override {
      if (throws_) throw std::runtime_error("thrown");
      return MakeError(ErrorCode::kLossyCast, "300 is not an int8", /*retryable=*/true);
    }

   private:
    bool throws_;
  };
  auto table = Create("t", Numbers(0, 3));
  arrow::Status status = table->Append(std::make_shared<Failing>(false)).status();
  EXPECT_THAT(status,
              FailsWith(ErrorCode::kLossyCast, "cannot append to table 't': 300 is not an int8"));
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_THAT(table->Append(std::make_shared<Failing>(true)).status(),
              FailsWith(ErrorCode::kInternal, "thrown"));
  EXPECT_THAT(connection().CreateTable("u", std::make_shared<Failing>(false)).status(),
              FailsWith(ErrorCode::kLossyCast, "300"));
  EXPECT_THAT(table->Append(nullptr).status(), FailsWith(ErrorCode::kInvalidInput, "no rows"));
}

// The input may come from the bridge itself: its callbacks must not need the thread that waits for
// them.
TEST_F(WriteTest, AppendsWhatItScans) {
  auto table = Create("t", Numbers(0, 100000));
  for (int i = 0; i < 3; ++i) {
    Must(table->Append(Must(table->Scan({.batch_size = 1000}))));
    Must(table->CheckoutLatest());
  }
  EXPECT_EQ(Must(table->CountRows()), 800000);
  auto copy = Create("copy", Must(table->Scan({.filter = "id < 10"})));
  EXPECT_EQ(Must(copy->CountRows()), 80);
}

TEST_F(WriteTest, KeepsTheOrderOfRows) {
  auto table = Create("t", Numbers(0, 1));
  Must(table->Append(Numbers(1, 300000, 999)));
  Must(table->CheckoutLatest());
  auto ids = Int64s(*Collect(Must(table->Scan())), "id");
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i));
}

TEST_F(WriteTest, Deletes) {
  auto table = Create("t", Numbers(0, 10));
  Must(table->Append(Numbers(10, 10)));
  // Applies to the latest version, although the handle is at the first.
  LanceDeleteResult deleted = Must(table->Delete("id % 2 = 0"));
  EXPECT_EQ(deleted.rows_deleted, 10U);
  EXPECT_EQ(deleted.version, 3U);
  EXPECT_EQ(Must(table->CountRows()), 10);
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 10);
  EXPECT_EQ(Must(table->CountRows("id % 2 = 0")), 0);
  LanceTableStats stats = Must(table->Stats());
  EXPECT_EQ(stats.rows, 10);
  EXPECT_EQ(stats.deleted_rows, 10);
  EXPECT_EQ(stats.deletion_files, 2);
  EXPECT_EQ(Must(table->Delete("id > 1000")).rows_deleted, 0U);
  EXPECT_THAT(table->Delete("absent = 1").status(), FailsWith(ErrorCode::kInvalidInput, "absent"));
  EXPECT_THAT(table->Delete("id = ").status(), FailsWith(ErrorCode::kInvalidInput, "id ="));
  EXPECT_EQ(Must(table->Delete("true")).rows_deleted, 10U);
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 0);
}

// A slice of an array, whose nested structs begin at the slice's offset.
TEST_F(WriteTest, TakesPartsOfNestedStructs) {
  const auto inner = arrow::struct_({arrow::field("m", arrow::int64())});
  const auto schema =
      arrow::schema({arrow::field("s", arrow::struct_({arrow::field("x", inner)}))});
  const auto rows = Collect(RowsOf(
      schema, {R"([{"s": null}, {"s": {"x": {"m": 1}}}, {"s": {"x": null}}, {"s": null}])"}));
  auto table = Create("t", std::make_shared<arrow::TableBatchReader>(rows->Slice(0, 0)));
  Must(table->Append(std::make_shared<arrow::TableBatchReader>(rows->Slice(1, 3))));
  Must(table->CheckoutLatest());
  ExpectRows(Must(table->Scan()), schema,
             R"([{"s": {"x": {"m": 1}}}, {"s": {"x": null}}, {"s": null}])");
}

}  // namespace
}  // namespace metaxy::internal
