// Replacing the content of a table, and finding a write again.
#include <arrow/util/key_value_metadata.h>

#include <functional>
#include <thread>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using ReplaceTest = BridgeTest;

// Rows that are interrupted after the first batch.
class InterruptedRows final : public arrow::RecordBatchReader {
 public:
  InterruptedRows(Rows rows, std::function<void()> act)
      : rows_(std::move(rows)), act_(std::move(act)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (batches_++ == 1) act_();
    return rows_->ReadNext(batch);
  }

 private:
  Rows rows_;
  std::function<void()> act_;
  int batches_ = 0;
};

TEST_F(ReplaceTest, ReplacesRowsAndSchemaInOneVersion) {
  auto table = Create("t", Numbers(0, 10));
  Must(table->Delete("id = 3"));
  Must(table->CheckoutLatest());
  auto schema =
      arrow::schema({arrow::field("id", arrow::int32()), arrow::field("n", arrow::large_utf8())});
  EXPECT_EQ(Must(table->Replace(RowsOf(schema, {R"([{"id": 1, "n": "x"}])", R"([{"id": 2}])"}))),
            3U);
  EXPECT_EQ(Must(table->CountRows()), 9);  // the handle stays
  Must(table->CheckoutLatest());
  ExpectRows(Must(table->Scan()), schema, R"([{"id": 1, "n": "x"}, {"id": 2, "n": null}])");
  Must(table->Append(RowsOf(schema, {R"([{"id": 3, "n": "y"}])"})));
  Must(table->Checkout(1));
  EXPECT_EQ(Int64s(*Collect(Must(table->Scan())), "id").size(), 10U);
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 3);
  Must(table->Replace(RowsOf(schema, {})));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 0);
}

TEST_F(ReplaceTest, NothingThatOthersWroteIsReplaced) {
  auto table = Create("t", Numbers(0, 10));
  auto other = Must(Connect()->OpenTable("t"));
  auto late = Must(connection().OpenTable("t"));
  Must(other->Append(Numbers(10, 10)));
  auto refused = table->Replace(Numbers(0, 1)).status();
  EXPECT_THAT(refused, FailsWith(ErrorCode::kCommitConflict, "cannot replace the content of"));
  EXPECT_TRUE(IsRetryable(refused));
  // Also if they write between the first row and the commit.
  Must(table->CheckoutLatest());
  EXPECT_THAT(table
                  ->Replace(std::make_shared<InterruptedRows>(
                      Numbers(0, 4, 2), [&] { Must(other->Delete("id = 0")); }))
                  .status(),
              FailsWith(ErrorCode::kCommitConflict, "'t'"));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 19);
}

// Lance would commit these rows with the ids of removed columns, and their values would be lost.
TEST_F(ReplaceTest, AnAppendDoesNotSlipIntoWhatWasReplaced) {
  auto table = Create("t", Numbers(0, 10));
  auto other = Must(connection().OpenTable("t"));
  auto wider = arrow::schema({arrow::field("id", arrow::float64())});
  const auto replace = [&] {
    Must(other->CheckoutLatest());
    Must(other->Replace(RowsOf(wider, {R"([{"id": 0.5}])"})));
  };
  EXPECT_THAT(table->Append(std::make_shared<InterruptedRows>(Numbers(10, 4, 2), replace)).status(),
              FailsWith(ErrorCode::kCommitConflict, "'t'"));
  Must(table->CheckoutLatest());
  ExpectRows(Must(table->Scan()), wider, R"([{"id": 0.5}])");
}

TEST_F(ReplaceTest, WritesAreFoundByTheirIds) {
  auto table = Must(connection().CreateTable("t", Numbers(0, 1), {.write_id = "first"}));
  EXPECT_EQ(Must(table->Append(Numbers(1, 1), {.write_id = "second"})), 2U);
  Must(table->Append(Numbers(2, 1)));
  EXPECT_EQ(Must(table->FindWrite("first", 0)), 1U);
  EXPECT_EQ(Must(table->FindWrite("second", 0)), 2U);
  EXPECT_EQ(Must(table->FindWrite("second", 1)), 2U);
  EXPECT_EQ(Must(table->FindWrite("second", 2)), std::nullopt);
  EXPECT_EQ(Must(table->FindWrite("third", 0)), std::nullopt);
  Must(table->CheckoutLatest());
  Must(table->Replace(Numbers(5, 1), {.write_id = "third"}));
  EXPECT_EQ(Must(table->FindWrite("third", 0)), 4U);
  EXPECT_THAT(table->FindWrite("", 0).status(), FailsWith(ErrorCode::kInvalidInput, "write_id"));
}

TEST_F(ReplaceTest, WritesOfPrunedVersionsAreNotTakenForMissing) {
  auto table = Must(connection().CreateTable("t", Numbers(0, 1), {.write_id = "first"}));
  Must(table->Append(Numbers(1, 1)));
  Must(table->Append(Numbers(2, 1), {.write_id = "third"}));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Prune({})).versions_removed, 2U);
  EXPECT_EQ(Must(table->FindWrite("third", 0)), 3U);
  for (const std::string_view id : {"first", "never made"}) {
    EXPECT_THAT(table->FindWrite(id, 0).status(),
                FailsWith(ErrorCode::kCorruptTable, "cannot look for write"));
    EXPECT_EQ(Must(table->FindWrite(id, 2)), std::nullopt);
  }
}

// Table metadata outlives the rows.
TEST_F(ReplaceTest, KeepsTagsAndMetadata) {
  const auto owner = arrow::key_value_metadata({{"owner", "team-a"}, {"unit", "cm"}});
  auto table = Create(
      "t", RowsOf(arrow::schema({arrow::field("id", arrow::int64())}, owner), {R"([{"id": 1}])"}));
  Must(table->CreateTag("first", 1));
  const auto inch = arrow::key_value_metadata({{"unit", "inch"}});
  Must(table->Replace(
      RowsOf(arrow::schema({arrow::field("id", arrow::int32())}, inch), {R"([{"id": 1}])"})));
  Must(table->CheckoutLatest());
  const auto kept = Must(table->Schema())->metadata();
  EXPECT_EQ(Must(kept->Get("owner")), "team-a");
  EXPECT_EQ(Must(kept->Get("unit")), "inch");
  EXPECT_EQ(Must(table->Tags()).at("first"), 1U);
  EXPECT_THAT(Must(table->Indices()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace metaxy::internal
