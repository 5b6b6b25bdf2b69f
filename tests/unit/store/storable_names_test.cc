// Column names: accepted ones can be read back, and a refusal leaves the table unchanged.
#include <arrow/array.h>
#include <arrow/compute/expression.h>
#include <arrow/type.h>

#include "evolution_rows.h"
#include "metaxy/errors.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StorableNamesTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(On, StorableNamesTest, ::testing::ValuesIn(Backends()), BackendName);

// A row with a column `name` that is 7; a struct member with this name if `nested`.
std::shared_ptr<arrow::Table> Named(const std::string& name, bool nested, char id) {
  const auto type = nested ? arrow::struct_({arrow::field(name, arrow::int64())}) : arrow::int64();
  auto rows = Values(arrow::int64(), {"7"}, id);
  const auto values = rows->GetColumnByName("v");
  std::shared_ptr<arrow::ChunkedArray> column = values;
  if (nested) {
    column = std::make_shared<arrow::ChunkedArray>(
        Get(arrow::StructArray::Make({values->chunk(0)}, type->fields())));
  }
  const int index = rows->schema()->GetFieldIndex("v");
  return Get(rows->SetColumn(index, arrow::field(nested ? "s" : name, type), column));
}

struct Name {
  std::string name;
  bool column;  // whether a column may have it
  bool member;
};

const std::vector<Name>& Names() {
  static const std::vector<Name> names = {
      {"", false, false},
      {"_rowid", false, true},
      {"_rowaddr", false, true},
      {"_rowoffset", false, true},
      {"_row_created_at_version", false, true},
      {"_row_last_updated_at_version", false, true},
      {"*", false, true},
      {"a.b", false, true},
      {".", false, true},
      {"a`b", false, true},
      {"`", false, true},
      {"`a`", false, true},
      {std::string("a\0b", 3), false, false},
      {"caf\xe9", false, false},
      {"_ROWID", true, true},
      {"_distance", true, true},
      {"_score", true, true},
      {"_relevance_score", true, true},
      {"a\nb", true, true},
      {"a\tb", true, true},
      {"\x01", true, true},
      {" a", true, true},
      {"a ", true, true},
      {"a b", true, true},
      {"a-b", true, true},
      {"a[0]", true, true},
      {"count(*)", true, true},
      {"select", true, true},
      {"1", true, true},
      {"a\"b", true, true},
      {"'a'", true, true},
      {"a\\b", true, true},
      {"a,b", true, true},
      {"a:b", true, true},
      {"$", true, true},
      {"_", true, true},
      {"ID", true, true},
      {"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80", true, true},
      {std::string(5000, 'x'), true, true},
  };
  return names;
}

std::vector<std::string> Columns(MetadataStore& store) {
  return Get(store.Read("video", {.with_sample_history = true}))->schema()->field_names();
}

void ExpectReadable(MetadataStore& store, const std::string& column, bool nested) {
  const auto rows = Get(Get(store.Read("video"))->ToTable());
  ASSERT_NE(rows->GetColumnByName(column), nullptr);
  const auto only = Get(Get(store.Read("video", {.columns = {column}}))->ToTable());
  EXPECT_EQ(only->schema()->field_names(), std::vector<std::string>{column});
  if (nested) return;
  const auto is_seven = arrow::compute::equal(arrow::compute::field_ref(arrow::FieldRef(column)),
                                              arrow::compute::literal(int64_t{7}));
  EXPECT_EQ(Get(store.CountRows("video", {.filters = Filters{is_seven}})), 1);
}

TEST_P(StorableNamesTest, AreTakenOrRefused) {
  for (const Name& name : Names()) {
    for (const bool nested : {false, true}) {
      for (const bool grow : {false, true}) {
        SCOPED_TRACE(::testing::Message()
                     << name.name.substr(0, 40) << (nested ? " in a struct" : "")
                     << (grow ? " grown" : " created"));
        Fresh();
        auto store = Open(VideoGraph());
        if (grow) {
          ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
        }
        const auto before = grow ? Columns(*store) : std::vector<std::string>();
        const auto rows = Named(name.name, nested, 'x');
        const auto checked =
            store->CheckWrite("video", std::make_shared<arrow::TableBatchReader>(rows));
        const arrow::Status written = store->Write("video", rows);
        EXPECT_EQ(checked, written);
        if (nested ? name.member : name.column) {
          ASSERT_THAT(written, IsOk());
          ExpectReadable(*store, nested ? "s" : name.name, nested);
        } else {
          EXPECT_THAT(written, FailsWith(ErrorCode::kMetadataSchema, "the rows to write: "));
          if (!grow) {
            EXPECT_THAT(Get(store->administration().ListTables()), IsEmpty());
          }
        }
        // The next write finds the table intact.
        ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
        ASSERT_THAT(store->Delete("video", {"id = 'a'"}), IsOk());
        EXPECT_EQ(ReadRows(*store, "video", {"id"}).back(), written.ok() ? "x" : "b");
        if (grow && !written.ok()) {
          EXPECT_EQ(Columns(*store), before);
        }
        EXPECT_EQ(Counts(*store, "video/crop").new_samples, written.ok() ? 2 : 1);
      }
    }
  }
}

TEST_P(StorableNamesTest, DifferInCase) {
  auto store = Open(VideoGraph());
  auto rows = Values(arrow::int64(), {"1", "2"});
  const auto column = rows->GetColumnByName("v");
  rows = Get(rows->AddColumn(1, arrow::field("V", arrow::int64()), column));
  ASSERT_THAT(store->Write("video", rows), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"v", "V"}), ElementsAre("1|1", "2|2"));
  EXPECT_EQ(Get(store->CountRows("video", {.filters = {"V = 2 AND v = 2"}})), 1);
}

}  // namespace
}  // namespace metaxy::testing
