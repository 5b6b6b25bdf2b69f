// Every Arrow type, alone and nested: stored and read back, or refused before the table is touched.
#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <map>

#include "columns/stored_types.h"
#include "evolution_rows.h"
#include "metaxy/errors.h"
#include "support/value_text.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StorableTypesTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(On, StorableTypesTest, ::testing::ValuesIn(Backends()), BackendName);

struct Case {
  Type type;
  std::string value;         // as JSON
  std::string refused = {};  // a word of the refusal; empty: it is stored
  bool fits_fixed = true;    // in lists of fixed length
  bool is_id = true;
};

Type Stamp(arrow::TimeUnit::type unit, const std::string& zone = "") {
  return arrow::timestamp(unit, zone);
}

const std::vector<Case>& Cases() {
  using arrow::TimeUnit;
  static const Type kStruct = arrow::struct_({arrow::field("m", arrow::int64())});
  static const std::vector<Case> cases = {
      {arrow::boolean(), "true"},
      {arrow::int8(), "-7"},
      {arrow::int16(), "-7"},
      {arrow::int32(), "-7"},
      {arrow::int64(), "-7"},
      {arrow::uint8(), "7"},
      {arrow::uint16(), "7"},
      {arrow::uint32(), "7"},
      {arrow::uint64(), "18446744073709551615"},
      {arrow::float16(), "1.5"},
      {arrow::float32(), "1.5"},
      {arrow::float64(), "1.5"},
      {arrow::utf8(), "\"a\"", "", false},
      {arrow::large_utf8(), "\"a\"", "", false},
      {arrow::utf8_view(), "\"a\"", "", false},
      {arrow::binary(), "\"a\"", "", false},
      {arrow::large_binary(), "\"a\"", "", false},
      {arrow::binary_view(), "\"a\"", "", false},
      {arrow::fixed_size_binary(2), "\"ab\"", "", false},
      {arrow::fixed_size_binary(0), "\"\"", "", false},
      {arrow::date32(), "7"},
      {arrow::date64(), "86400000"},
      {arrow::time32(TimeUnit::SECOND), "7"},
      {arrow::time32(TimeUnit::MILLI), "7"},
      {arrow::time64(TimeUnit::MICRO), "7"},
      {arrow::time64(TimeUnit::NANO), "7"},
      {Stamp(TimeUnit::SECOND), "7"},
      {Stamp(TimeUnit::MILLI), "7"},
      {Stamp(TimeUnit::MICRO), "7"},
      {Stamp(TimeUnit::NANO), "7"},
      {Stamp(TimeUnit::MICRO, "UTC"), "7"},
      {Stamp(TimeUnit::MICRO, "Europe/Berlin"), "7"},
      {arrow::duration(TimeUnit::SECOND), "7"},
      {arrow::duration(TimeUnit::MILLI), "7"},
      {arrow::duration(TimeUnit::MICRO), "7"},
      {arrow::duration(TimeUnit::NANO), "7"},
      {arrow::decimal32(5, 1), "\"1.5\""},
      {arrow::decimal64(12, 1), "\"1.5\""},
      {arrow::decimal128(5, 1), "\"1.5\""},
      {arrow::decimal256(50, 1), "\"1.5\""},
      {arrow::dictionary(arrow::int32(), arrow::utf8()), "\"a\"", "", false},
      {arrow::dictionary(arrow::int8(), arrow::int64()), "7"},
      {arrow::list(arrow::int64()), "[7]", "", false, false},
      {arrow::large_list(arrow::int64()), "[7]", "", false, false},
      {arrow::list_view(arrow::int64()), "[7]", "", false, false},
      {arrow::large_list_view(arrow::int64()), "[7]", "", false, false},
      {arrow::fixed_size_list(arrow::int64(), 1), "[7]", "", true, false},
      {arrow::fixed_size_list(arrow::int64(), 0), "[]", "a length of at least 1", false, false},
      {kStruct, "{\"m\": 7}", "", false, false},
      {arrow::map(arrow::utf8(), arrow::int64()), "[[\"a\", 7]]", "", false, false},
      {arrow::struct_({}), "{}", "without members", false, false},
      {arrow::month_interval(), "7", "no intervals", false, false},
      {Stamp(TimeUnit::MICRO, "+05:30"), "7", "the time zone '+05:30'"},
      {arrow::day_time_interval(), "[7, 7]", "no intervals", false, false},
      {arrow::month_day_nano_interval(), "[7, 7, 7]", "no intervals", false, false},
      {arrow::sparse_union({arrow::field("i", arrow::int64())}, {0}), "[0, 7]", "no unions", false,
       false},
      {arrow::dense_union({arrow::field("i", arrow::int64())}, {0}), "[0, 7]", "no unions", false,
       false},
  };
  return cases;
}

// A nested type: the outer type, its value, and whether it is storable.
struct Nesting {
  const char* name;
  Type (*type)(const Type& inner);
  std::string (*value)(const std::string& inner);
  bool fixed = false;
};

const std::vector<Nesting>& Nestings() {
  static const std::vector<Nesting> nestings = {
      {"alone", [](const Type& t) { return t; }, [](const std::string& v) { return v; }},
      {"in a struct",
       [](const Type& t) {
         return arrow::struct_({arrow::field("n", arrow::int8()), arrow::field("x", t)});
       },
       [](const std::string& v) { return "{\"n\": 1, \"x\": " + v + "}"; }},
      {"in a list", [](const Type& t) { return arrow::list(t); },
       [](const std::string& v) { return "[" + v + ", null]"; }},
      {"in a map", [](const Type& t) { return arrow::map(arrow::utf8(), t); },
       [](const std::string& v) { return "[[\"k\", " + v + "], [\"l\", null]]"; }},
      {"in a struct in a list",
       [](const Type& t) { return arrow::large_list(arrow::struct_({arrow::field("x", t)})); },
       [](const std::string& v) { return "[{\"x\": " + v + "}, null]"; }},
      {"in a list of fixed length", [](const Type& t) { return arrow::fixed_size_list(t, 2); },
       [](const std::string& v) { return "[" + v + ", " + v + "]"; }, true},
  };
  return nestings;
}

bool IsRefused(const Case& c, const Nesting& nesting) {
  return !c.refused.empty() || (nesting.fixed && !c.fits_fixed);
}

// Samples a and b with a column for every storable type: a value, and null.
std::shared_ptr<arrow::Table> AllStorable(const Nesting& nesting) {
  auto rows = TableFromJson(
      {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
      R"([
    {"id": "a", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}},
    {"id": "b", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  for (const Case& c : Cases()) {
    if (IsRefused(c, nesting)) continue;
    const auto column =
        Values(nesting.type(c.type), {nesting.value(c.value), "null"})->GetColumnByName("v");
    rows = Get(rows->AddColumn(rows->num_columns(),
                               arrow::field(c.type->ToString(), column->type()), column));
  }
  return Get(rows->RenameColumns([&] {
    std::vector<std::string> names;
    for (int i = 0; i < rows->num_columns(); ++i)
      names.push_back(i < 2 ? rows->field(i)->name() : "v" + std::to_string(i));
    return names;
  }()));
}

std::shared_ptr<arrow::Table> SortedById(const std::shared_ptr<arrow::Table>& table) {
  const auto rows = Get(table->CombineChunks());
  const auto order = Get(arrow::compute::SortIndices(*rows->GetColumnByName("id")->chunk(0)));
  return Get(Get(arrow::compute::Take(rows, order)).table()->CombineChunks());
}

// The columns of `given` are stored in their stored types, with their values.
void ExpectStored(MetadataStore& store, const std::shared_ptr<arrow::Table>& given) {
  const auto expected = SortedById(Get(internal::WithStoredTypes(given)));
  const auto stored = SortedById(Get(Get(store.Read("video"))->ToTable()));
  for (int i = 2; i < given->num_columns(); ++i) {
    SCOPED_TRACE(given->field(i)->type()->ToString());
    const auto before = expected->column(i);
    const auto after = stored->GetColumnByName(given->field(i)->name());
    ASSERT_NE(after, nullptr);
    EXPECT_TRUE(after->type()->Equals(*before->type()))
        << after->type()->ToString() << " for " << before->type()->ToString();
    // Dictionaries may list a value twice, so arrays with the same values can differ.
    for (int64_t row = 0; row < given->num_rows(); ++row) {
      EXPECT_EQ(ValueText(*after->chunk(0), row), ValueText(*before->chunk(0), row));
    }
  }
}

TEST_P(StorableTypesTest, AreStored) {
  for (const Nesting& nesting : Nestings()) {
    for (const bool grow : {false, true}) {
      SCOPED_TRACE(std::string(nesting.name) + (grow ? " grown" : " created"));
      Fresh();
      auto store = Open(VideoGraph());
      if (grow) {
        ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
      }
      const auto rows = AllStorable(nesting);
      ASSERT_THAT(store->CheckWrite("video", std::make_shared<arrow::TableBatchReader>(rows)),
                  IsOk());
      ASSERT_THAT(store->Write("video", rows), IsOk());
      ExpectStored(*store, rows);
      ASSERT_THAT(store->Write("video", rows), IsOk());
      if (store->administration().target() == StoreTarget::kDirectory) {
        ASSERT_THAT(store->administration().CompactMetadata("video").status(), IsOk());
      }
      ExpectStored(*store, rows);
      for (int i = 2; i < rows->num_columns(); ++i) {
        SCOPED_TRACE(rows->field(i)->type()->ToString());
        const auto is_null =
            arrow::compute::is_null(arrow::compute::field_ref(rows->field(i)->name()));
        EXPECT_EQ(Get(store->CountRows("video", {.filters = Filters{is_null}})), 1);
      }
      EXPECT_EQ(Counts(*store, "video/crop").new_samples, 2);
      Update(*store, "video/crop");
      EXPECT_EQ(Counts(*store, "video/crop").new_samples, 0);
      ASSERT_THAT(store->Delete("video", {"id = 'a'"}), IsOk());
      EXPECT_EQ(Get(store->CountRows("video")), 1);
      ASSERT_THAT(store->Delete("video", {"id = 'a'"}, {.soft = false}), IsOk());
      EXPECT_EQ(Get(store->CountRows("video")), 1);
    }
  }
}

TEST_P(StorableTypesTest, AreRefusedBeforeTheTableIsTouched) {
  for (const Nesting& nesting : Nestings()) {
    auto store = Open(VideoGraph());
    for (const bool grow : {false, true}) {
      Fresh();
      store = Open(VideoGraph());
      if (grow) {
        ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
      }
      for (const Case& c : Cases()) {
        if (!IsRefused(c, nesting)) continue;
        SCOPED_TRACE(c.type->ToString() + " " + nesting.name + (grow ? " grown" : " created"));
        const std::string word =
            c.refused.empty() ? "a list of fixed length can hold only" : c.refused;
        const auto rows = Values(nesting.type(c.type), {nesting.value(c.value), "null"});
        const arrow::Status written = store->Write("video", rows);
        EXPECT_THAT(written, FailsWith(ErrorCode::kMetadataSchema, "column 'v' of type "));
        if (!nesting.fixed) {
          EXPECT_THAT(written.message(), HasSubstr(word));
        }
        EXPECT_THAT(store->CheckWrite("video", std::make_shared<arrow::TableBatchReader>(rows)),
                    FailsWith(ErrorCode::kMetadataSchema, "cannot be stored"));
        EXPECT_THAT(store->WriteMulti({{FeatureKey("video"), rows}}),
                    FailsWith(ErrorCode::kMetadataSchema, "cannot be stored"));
      }
      if (!grow) {
        EXPECT_THAT(Get(store->administration().ListTables()), IsEmpty());
      }
      if (grow) {
        EXPECT_EQ(Everything(*store, "video")->schema()->GetFieldIndex("v"), -1);
      }
    }
  }
}

TEST_P(StorableTypesTest, IdsAreWhatResolveTakes) {
  for (const Case& c : Cases()) {
    if (!c.refused.empty()) continue;
    SCOPED_TRACE(c.type->ToString());
    Fresh();
    auto store = Open(VideoGraph());
    auto rows = Values(c.type, {c.value});
    rows = Get(Get(rows->RemoveColumn(0))->RenameColumns({"id", "metaxy_provenance_by_field"}));
    const arrow::Status written = store->Write("video", rows);
    if (c.is_id) {
      ASSERT_THAT(written, IsOk());
      EXPECT_EQ(Counts(*store, "video/crop").new_samples, 1);
    } else {
      EXPECT_THAT(written, FailsWith(ErrorCode::kMetadataSchema, "cannot identify samples"));
      EXPECT_THAT(Get(store->administration().ListTables()), IsEmpty());
    }
  }
}

// A member without a type cannot be stored in the files; it is added when there is a value for it.
TEST_P(StorableTypesTest, UntypedMembersWaitForValues) {
  auto store = Open(VideoGraph());
  const auto untyped =
      arrow::struct_({arrow::field("n", arrow::int64()), arrow::field("u", arrow::null())});
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video", Values(untyped, {R"({"n": 1, "u": null})", "null"}, 'c')),
              IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "v"}),
            (std::vector<std::string>{"a|null", "b|null", "c|{n:1}", "d|null"}));
  const auto typed =
      arrow::struct_({arrow::field("n", arrow::int64()), arrow::field("u", arrow::utf8())});
  ASSERT_THAT(store->Write("video", Values(typed, {R"({"n": 2, "u": "x"})"}, 'e')), IsOk());
  EXPECT_EQ(ReadRows(*store, "video", {"id", "v"}).back(), "e|{n:2, u:x}");
  Fresh();
  store = Open(VideoGraph());
  const auto none = arrow::struct_({arrow::field("u", arrow::null())});
  EXPECT_THAT(store->Write("video", Values(none, {R"({"u": null})"})),
              FailsWith(ErrorCode::kMetadataSchema, "without members"));
}

}  // namespace
}  // namespace metaxy::testing
