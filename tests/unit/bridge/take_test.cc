#include <algorithm>
#include <random>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

class TakeTest : public BridgeTest {
 protected:
  /// Two fragments; `id` is the position of a row in the table.
  TakeTest() : table_(Create("t", Numbers(0, 5000))) {
    Must(table_->Append(Numbers(5000, 5000)));
    Must(table_->CheckoutLatest());
    row_ids_ = UInt64s(
        *Collect(Must(table_->Scan({.columns = std::vector<std::string>{}, .with_row_id = true}))),
        "_rowid");
  }

  LanceTable& table() { return *table_; }

  /// The row ids of positions.
  std::vector<uint64_t> At(const std::vector<int64_t>& places) const {
    std::vector<uint64_t> ids;
    for (int64_t place : places) ids.push_back(row_ids_.at(static_cast<size_t>(place)));
    return ids;
  }

  std::vector<int64_t> Taken(const std::vector<uint64_t>& ids, int batch_size = 0) {
    return Int64s(*Collect(Must(table().Take(ids, {.batch_size = batch_size}))), "id");
  }

 private:
  std::unique_ptr<LanceTable> table_;
  std::vector<uint64_t> row_ids_;
};

TEST_F(TakeTest, KeepsTheOrderOfTheIds) {
  for (const std::vector<int64_t>& places : std::vector<std::vector<int64_t>>{{},
                                                                              {0},
                                                                              {3, 4, 5},
                                                                              {0, 9999},
                                                                              {9999, 0},
                                                                              {4999, 5000},
                                                                              {5000, 4999, 5001},
                                                                              {7, 7, 7},
                                                                              {9, 3, 9, 6000, 3}}) {
    for (int batch_size : {0, 1, 2, 3}) EXPECT_EQ(Taken(At(places), batch_size), places);
  }
}

TEST_F(TakeTest, TakesAllRowsShuffled) {
  std::vector<int64_t> places(10000);
  for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int64_t>(i);
  std::mt19937 random(7);
  std::shuffle(places.begin(), places.end(), random);
  EXPECT_EQ(Taken(At(places)), places);
  EXPECT_EQ(Taken(At(places), 999), places);
}

TEST_F(TakeTest, GivesColumnsAndRowIds) {
  auto ids = At({8000, 1});
  auto rows = Collect(Must(table().Take(ids, {.columns = {{"id"}}, .with_row_id = true})));
  EXPECT_EQ(rows->schema()->ToString(), "id: int64\n_rowid: uint64");
  EXPECT_EQ(UInt64s(*rows, "_rowid"), ids);
  rows = Collect(
      Must(table().Take(ids, {.columns = std::vector<std::string>{}, .with_row_id = true})));
  EXPECT_EQ(UInt64s(*rows, "_rowid"), ids);
  EXPECT_EQ(rows->num_columns(), 1);
  // The schema is present even without rows.
  EXPECT_EQ(Must(table().Take({}, {}))->schema()->ToString(), "id: int64");
}

TEST_F(TakeTest, TakesChildrenOfStructs) {
  auto s = arrow::field(
      "s", arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::utf8())}));
  auto table = Create(
      "n", RowsOf(arrow::schema({s}),
                  {R"([{"s": {"a": "1", "b": "2"}}, {"s": null}, {"s": {"a": null, "b": "3"}}])"}));
  auto narrowed =
      arrow::schema({arrow::field("s", arrow::struct_({arrow::field("b", arrow::utf8())}))});
  std::vector<uint64_t> ids = {2, 1, 0};
  ExpectRows(Must(table->Take(ids, {.columns = {{"s.b"}}})), narrowed,
             R"([{"s": {"b": "3"}}, {"s": null}, {"s": {"b": "2"}}])");
}

TEST_F(TakeTest, RefusesMissingIds) {
  uint64_t first = At({0}).front();
  for (const std::vector<uint64_t>& ids :
       std::vector<std::vector<uint64_t>>{{5000},
                                          {first, 5000},
                                          {5000, first},
                                          {uint64_t{77} << 32},
                                          {first, uint64_t{77} << 32},
                                          {UINT64_MAX},
                                          {UINT64_MAX, first}}) {
    auto rows = table().Take(ids, {});
    arrow::Status status = rows.ok() ? (*rows)->ToTable().status() : rows.status();
    EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidInput, "cannot take rows of table 't'"));
  }
  EXPECT_THAT(table().Take(At({0}), {.columns = {{"absent"}}}).status(),
              FailsWith(ErrorCode::kMetadataSchema, "absent"));
}

TEST_F(TakeTest, RefusesRowsThatWereDeleted) {
  auto ids = At({1, 2, 3});
  Must(table().Delete("id = 2"));
  EXPECT_EQ(Taken(ids), (std::vector<int64_t>{1, 2, 3}));  // The handle is at the version before.
  Must(table().CheckoutLatest());
  for (const auto& wanted : {At({2}), At({1, 2, 3}), At({3, 2, 1}), At({2, 9000})}) {
    EXPECT_THAT(Must(table().Take(wanted, {}))->ToTable().status(),
                FailsWith(ErrorCode::kInvalidInput, "1 of "));
  }
  EXPECT_EQ(Taken(At({3, 1})), (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(Taken(At({1, 3})), (std::vector<int64_t>{1, 3}));
}

}  // namespace
}  // namespace metaxy::internal
