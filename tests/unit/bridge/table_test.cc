// Tables: creating, opening, dropping, and which version a handle sees.
#include <fstream>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using TableTest = BridgeTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(TableTest, KeepsItsSchema) {
  auto schema = arrow::schema({
      arrow::field("id", arrow::int64(), /*nullable=*/false),
      arrow::field("text", arrow::large_utf8()),
      arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
      arrow::field("s", arrow::struct_({arrow::field("a/b", arrow::utf8()),
                                        arrow::field("c", arrow::list(arrow::int8()))})),
      arrow::field("m", arrow::map(arrow::utf8(), arrow::utf8())),
      arrow::field("d", arrow::decimal128(20, 3)),
      arrow::field("bin", arrow::binary()),
  });
  std::string json = R"([
    {"id": 1, "text": "x", "time": "2024-05-06 07:08:09", "s": {"a/b": "y", "c": [1, null]}, "m": [["k", "v"]], "d": "1.500", "bin": "z"},
    {"id": 2, "text": null, "time": null, "s": null, "m": null, "d": null, "bin": null}])";
  Create("t", RowsOf(schema, {json}));
  auto table = Must(connection().OpenTable("t"));
  EXPECT_TRUE(Must(table->Schema())->Equals(*schema)) << Must(table->Schema())->ToString();
  ExpectRows(Must(table->Scan()), schema, json);
}

TEST_F(TableTest, IsCreatedOnce) {
  Create("t", Numbers(0, 3));
  EXPECT_THAT(connection().CreateTable("t", Numbers(0, 5)).status(),
              FailsWith(ErrorCode::kTableAlreadyExists, "'t'"));
  EXPECT_EQ(Must(Must(connection().OpenTable("t"))->CountRows()), 3);
}

TEST_F(TableTest, IsCreatedWithoutRows) {
  auto table = Create("t", RowsOf(arrow::schema({arrow::field("x", arrow::utf8())}), {}));
  EXPECT_EQ(Must(table->CountRows()), 0);
  EXPECT_EQ(Must(table->Version()), 1U);
  ExpectRows(Must(table->Scan()), arrow::schema({arrow::field("x", arrow::utf8())}), "[]");
}

TEST_F(TableTest, IsNotCreatedFromAStreamThatFails) {
  CHandles handles(directory());
  for (int after : {0, 1, 5}) {
    TestStream stream({.batches = 9, .fail_after = after});
    CError error;
    mxl_table* table = nullptr;
    EXPECT_EQ(
        mxl_table_create(handles.connection, Text("broken"), stream.get(), nullptr, &table, &error),
        MXL_IO);
    EXPECT_EQ(error.text(), "the input stream failed: the producer broke");
    EXPECT_EQ(stream.releases(), 1);
    EXPECT_EQ(mxl_table_open(handles.connection, Text("broken"), &table, nullptr), MXL_NOT_FOUND);
  }
  // What was written before the failure affects nobody.
  TestStream stream;
  mxl_table* table = nullptr;
  EXPECT_EQ(
      mxl_table_create(handles.connection, Text("broken"), stream.get(), nullptr, &table, nullptr),
      MXL_OK);
  mxl_table_free(table);
}

TEST_F(TableTest, RefusesSchemasThatLanceCannotStore) {
  auto twice = arrow::schema({arrow::field("x", arrow::utf8()), arrow::field("x", arrow::utf8())});
  EXPECT_THAT(connection().CreateTable("t", RowsOf(twice, {})).status(),
              FailsWith(ErrorCode::kMetadataSchema, "x"));
  auto dotted = arrow::schema({arrow::field("a.b", arrow::utf8())});
  EXPECT_THAT(connection().CreateTable("t", RowsOf(dotted, {})).status(),
              FailsWith(ErrorCode::kMetadataSchema, "a.b"));
  EXPECT_THAT(connection().OpenTable("t").status(), FailsWith(ErrorCode::kTableNotFound, "'t'"));
}

TEST_F(TableTest, IsDropped) {
  auto table = Create("t", Numbers(0, 3));
  Must(connection().DropTable("t"));
  EXPECT_THAT(Must(connection().TableNames()), IsEmpty());
  EXPECT_THAT(connection().OpenTable("t").status(), FailsWith(ErrorCode::kTableNotFound, "'t'"));
  EXPECT_THAT(connection().DropTable("t"), FailsWith(ErrorCode::kTableNotFound, "'t'"));
  EXPECT_THAT(table->CheckoutLatest(), FailsWith(ErrorCode::kTableNotFound, "'t'"));
  EXPECT_THAT(table->Append(Numbers(3, 1)).status(), FailsWith(ErrorCode::kTableNotFound, "'t'"));
  EXPECT_THAT(table->DeleteRows(std::vector<uint64_t>{0}).status(),
              FailsWith(ErrorCode::kTableNotFound, "'t'"));
}

// A creation that never reached its commit leaves a directory that is listed as a table.
TEST_F(TableTest, LeftoversCanBeDropped) {
  std::filesystem::create_directories(directory() / "db" / "t.lance" / "data");
  std::ofstream(directory() / "db" / "t.lance" / "data" / "x.lance") << "x";
  EXPECT_THAT(Must(connection().TableNames()), ElementsAre("t"));
  EXPECT_THAT(connection().OpenTable("t").status(), FailsWith(ErrorCode::kTableNotFound, "'t'"));
  Must(connection().DropTable("t"));
  EXPECT_THAT(Must(connection().TableNames()), IsEmpty());
}

TEST_F(TableTest, StaysAtItsVersion) {
  auto table = Create("t", Numbers(0, 3));
  EXPECT_EQ(Must(table->Append(Numbers(3, 2))), 2U);
  EXPECT_EQ(Must(table->Version()), 1U);
  EXPECT_EQ(Must(table->CountRows()), 3);
  EXPECT_EQ(Collect(Must(table->Scan()))->num_rows(), 3);
  EXPECT_EQ(Must(table->Stats()).rows, 3);

  auto other = Must(connection().OpenTable("t"));
  EXPECT_EQ(Must(other->Version()), 2U);
  EXPECT_EQ(Must(other->CountRows()), 5);

  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Version()), 2U);
  EXPECT_EQ(Must(table->CountRows()), 5);
}

TEST_F(TableTest, IsReadOnlyWhereItIsCheckedOut) {
  auto table = Create("t", Numbers(0, 3));
  Must(table->Append(Numbers(3, 2)));
  Must(table->CheckoutLatest());
  Must(table->Checkout(1));
  EXPECT_EQ(Must(table->CountRows()), 3);
  for (const arrow::Status& status :
       {table->Append(Numbers(5, 1)).status(), table->Delete("id = 1").status(),
        table->DeleteRows(std::vector<uint64_t>{0}).status(), table->DropColumns({"id"}).status(),
        table->AddNullColumns(*arrow::schema({arrow::field("n", arrow::utf8())})).status(),
        table->Compact().status(), table->Prune({}).status()}) {
    EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidInput, "checked out at version 1"));
  }
  EXPECT_THAT(table->Checkout(3), FailsWith(ErrorCode::kInvalidInput, "version 3"));
  EXPECT_EQ(Must(table->Version()), 1U);
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Append(Numbers(5, 1))), 3U);
}

// The caches of the process must not be used for the table that was there before.
TEST_F(TableTest, IsAnotherAfterItWasDroppedAndCreatedAgain) {
  auto old = Create("t", Numbers(0, 3));
  for (int i = 0; i < 4; ++i) Must(old->Append(Numbers(100 * (i + 1), 10)));
  Must(old->CheckoutLatest());
  EXPECT_EQ(Must(old->CountRows()), 43);

  Must(connection().DropTable("t"));
  auto schema = arrow::schema({arrow::field("other", arrow::utf8())});
  Create("t", RowsOf(schema, {R"([{"other": "x"}])"}));
  ExpectRows(Must(Must(connection().OpenTable("t"))->Scan()), schema, R"([{"other": "x"}])");

  // What was built on the old table is not committed to this one, however many versions it has.
  for (int version = 1; version <= 6; ++version) {
    for (const arrow::Status& status :
         {old->Append(Numbers(0, 1)).status(), old->Replace(Numbers(0, 1)).status(),
          old->DeleteRows(std::vector<uint64_t>{0}).status()}) {
      EXPECT_THAT(status, FailsWith(ErrorCode::kCommitConflict, "recreated")) << version;
      EXPECT_TRUE(IsRetryable(status));
    }
    auto now = Must(connection().OpenTable("t"));
    EXPECT_EQ(Must(now->Version()), static_cast<uint64_t>(version));
    EXPECT_EQ(Must(now->CountRows()), version);
    Must(now->Append(RowsOf(schema, {R"([{"other": "y"}])"})));
  }
  // What it is at is gone.
  EXPECT_THAT(
      old->Scan().status().ok() ? Must(old->Scan())->ToTable().status() : old->Scan().status(),
      FailsWith(ErrorCode::kCorruptTable, "'t'"));
  Must(old->CheckoutLatest());
  EXPECT_EQ(Must(old->CountRows()), 7);
  EXPECT_EQ(Must(old->Append(RowsOf(schema, {R"([{"other": "z"}])"}))), 8U);
}

TEST_F(TableTest, OutlivesItsConnection) {
  Create("t", Numbers(0, 3));
  std::unique_ptr<LanceTable> table;
  {
    auto other = Connect();
    table = Must(other->OpenTable("t"));
  }
  EXPECT_EQ(Must(table->CountRows()), 3);
  Must(table->Append(Numbers(3, 1)));
}

}  // namespace
}  // namespace metaxy::internal
