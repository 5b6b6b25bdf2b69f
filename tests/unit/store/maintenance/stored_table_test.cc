// Open tables of LanceDB: what is committed on top of them while others write.
#include "store/stored_table.h"

#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/compute/function.h>
#include <arrow/compute/kernel.h>
#include <arrow/table.h>
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "store/storage.h"
#include "store/store_session.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

namespace cp = arrow::compute;

// What happens when the condition of Hooked() is evaluated the next time.
std::function<void()> on_evaluation;

// A condition that only we can evaluate, and that is true: "size" is its argument, so that Lance
// cannot know the answer before the rows are read.
arrow::Status Evaluate(cp::KernelContext*, const cp::ExecSpan& batch, cp::ExecResult* out) {
  if (const auto act = std::exchange(on_evaluation, nullptr)) act();
  arrow::BooleanBuilder all;
  for (int64_t i = 0; i < batch.length; ++i) ARROW_RETURN_NOT_OK(all.Append(true));
  ARROW_ASSIGN_OR_RAISE(const auto values, all.Finish());
  out->value = values->data();
  return arrow::Status::OK();
}

cp::Expression Hooked() {
  static const bool registered = [] {
    auto function = std::make_shared<cp::ScalarFunction>("metaxy_test_hook", cp::Arity::Unary(),
                                                         cp::FunctionDoc("true", "", {"value"}));
    cp::ScalarKernel kernel({arrow::int64()}, arrow::boolean(), Evaluate);
    kernel.mem_allocation = cp::MemAllocation::NO_PREALLOCATE;
    kernel.null_handling = cp::NullHandling::COMPUTED_NO_PREALLOCATE;
    EXPECT_THAT(function->AddKernel(std::move(kernel)), IsOk());
    EXPECT_THAT(cp::GetFunctionRegistry()->AddFunction(std::move(function)), IsOk());
    return true;
  }();
  static_cast<void>(registered);
  return cp::call("metaxy_test_hook", {cp::field_ref("size")});
}

class StoredTableTest : public LanceStoreTest {
 protected:
  static std::shared_ptr<internal::StoredTable> OpenTable(MetadataStore& store) {
    return Get(internal::StoreSession::Of(store).storage().OpenTable("video"));
  }

  static int64_t AllRows(MetadataStore& store) {
    return Get(
        store.CountRows("video", {.with_sample_history = true, .include_soft_deleted = true}));
  }

  static void WriteVideos(MetadataStore& store, int count) {
    for (int i = 0; i < count; ++i) ASSERT_THAT(store.Write("video", Video(i)), IsOk());
  }
};

// The rows are chosen here and named by ids, which others make void: the deletion looks again, and
// tells what it has removed.
TEST_F(StoredTableTest, ADeletionLooksAgainWhenOthersMoveItsRows) {
  const auto store = OpenLance(Off());
  const auto other = OpenLance(Off());
  struct Case {
    const char* name;
    std::function<void()> act;
    int64_t deleted;
    bool one_file = false;
  };
  const std::vector<Case> cases = {
      {"compact", [&] { ASSERT_THAT(other->administration().CompactMetadata("video"), IsOk()); },
       5},
      {"replace",
       [&] {
         ASSERT_THAT(other->administration().MigrateByFieldLayout("video", ByFieldLayout::kMap),
                     IsOk());
       },
       5},
      {"delete",
       [&] {
         ASSERT_THAT(other->Delete("video", {cp::equal(cp::field_ref("id"), cp::literal("v1"))},
                                   {.soft = false}),
                     IsOk());
       },
       4},
      {"append", [&] { ASSERT_THAT(other->Write("video", Video(7)), IsOk()); }, 5},
      {"drop and create",
       [&] {
         ASSERT_THAT(other->DropFeatureMetadata("video"), IsOk());
         WriteVideos(*other, 3);
       },
       3,
       // What was not read before the table was dropped cannot be read.
       /*one_file=*/true}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
    if (c.one_file) {
      ASSERT_THAT(store->Write("video", ManyVideos(5)), IsOk());
    } else {
      WriteVideos(*store, 5);
    }
    int acts = 0;
    on_evaluation = [&] {
      ++acts;
      c.act();
    };
    EXPECT_EQ(Get<int64_t>(store->Delete("video", {Hooked()}, {.soft = false})), c.deleted);
    EXPECT_EQ(acts, 1);
    EXPECT_EQ(AllRows(*store), c.name == std::string("append") ? 1 : 0);
  }
}

// Rows of history: a table that was dropped and recreated between looking and removing loses none.
TEST_F(StoredTableTest, RetentionLooksAgainWhenTheTableIsAnother) {
  const auto store = OpenLance(Off());
  const auto other = OpenLance(Off());
  for (int round = 0; round < 3; ++round) ASSERT_THAT(store->Write("video", ManyVideos(4)), IsOk());
  auto table = OpenTable(*store);
  ASSERT_THAT(other->DropFeatureMetadata("video"), IsOk());
  for (int round = 0; round < 4; ++round) ASSERT_THAT(other->Write("video", ManyVideos(4)), IsOk());
  const std::vector<uint64_t> rows = {0, 1};
  EXPECT_THAT(table->DeleteRows(rows), FailsWith(ErrorCode::kCommitConflict, "recreated"));
  EXPECT_EQ(AllRows(*store), 16);
  // Compactions in between: what is told is what was removed, once.
  std::atomic<bool> stop = false;
  std::thread compacting([&] {
    while (!stop) static_cast<void>(other->administration().CompactMetadata("video"));
  });
  const auto result = store->administration().CompactMetadata("video", {.keep_history = 1});
  stop = true;
  compacting.join();
  EXPECT_EQ(Get(result).history_rows_removed, 12);
  EXPECT_EQ(AllRows(*store), 4);
}

TEST_F(StoredTableTest, IsBoundToWhatWasOpened) {
  auto store = OpenLance(Off());
  WriteVideos(*store, 3);
  const auto table = OpenTable(*store);
  EXPECT_EQ(table->name(), "video");
  EXPECT_EQ(table->version(), 3U);
  std::vector<internal::ColumnPath> columns;
  for (const auto& name : table->schema()->field_names()) columns.push_back({name});
  const auto all = Get(Get(table->Scan({.columns = columns, .with_row_id = false}))->ToTable());
  const auto rows = [&] { return std::make_shared<arrow::TableBatchReader>(all); };
  // Appends of others do not conflict, and it stays where it is.
  EXPECT_EQ(Get(table->Append(rows(), {.id = "first"})), 4U);
  EXPECT_EQ(Get(table->Append(rows(), {.id = "second"})), 5U);
  EXPECT_EQ(table->version(), 3U);
  EXPECT_EQ(Get(table->NumRows()), 3);
  EXPECT_EQ(Get(internal::StoreSession::Of(*store).storage().FindWrite("video", "second", 3)), 5U);
  EXPECT_THAT(table->Replace(rows()), FailsWith(ErrorCode::kCommitConflict, "video"));
  ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
  EXPECT_THAT(table->Append(rows(), {.id = "third"}),
              FailsWith(ErrorCode::kTableNotFound, "video"));
}

}  // namespace
}  // namespace metaxy::testing
