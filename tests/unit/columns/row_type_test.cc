// Rows as C++ structs, in both directions, and in a pipeline.
#include "metaxy/row_type.h"

#include <list>

#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

struct Everything {
  std::string text;
  bool flag = false;
  int8_t tiny = 0;
  uint16_t small = 0;
  int64_t large = 0;
  float single = 0;
  double number = 0;
  Timestamp timestamp;
  std::optional<std::string> note;
  std::vector<int32_t> list;
  std::optional<std::vector<std::string>> words;

  bool operator==(const Everything&) const = default;
};

RowType<Everything> EverythingType() {
  return RowType<Everything>()
      .Column("text", &Everything::text)
      .Column("flag", &Everything::flag)
      .Column("tiny", &Everything::tiny)
      .Column("small", &Everything::small)
      .Column("large", &Everything::large)
      .Column("single", &Everything::single)
      .Column("number", &Everything::number)
      .Column("timestamp", &Everything::timestamp)
      .Column("note", &Everything::note)
      .Column("list", &Everything::list)
      .Column("words", &Everything::words);
}

TEST(RowTypeTest, RowsComeBackAsTheyWere) {
  const std::list<Everything> rows = {{"a",
                                       true,
                                       -8,
                                       65535,
                                       INT64_MIN,
                                       0.5F,
                                       -0.25,
                                       Timestamp(std::chrono::microseconds(7)),
                                       "note",
                                       {1, 2},
                                       std::vector<std::string>{"x", ""}},
                                      {},
                                      {"c",
                                       false,
                                       127,
                                       0,
                                       INT64_MAX,
                                       -1,
                                       1e300,
                                       Timestamp(std::chrono::microseconds(-1)),
                                       std::nullopt,
                                       {3},
                                       std::nullopt}};
  const auto type = EverythingType();
  const auto table = Get(type.ToTable(rows));
  EXPECT_THAT(table->ValidateFull(), IsOk());
  EXPECT_EQ(Get(type.ToVector(*table)), std::vector<Everything>(rows.begin(), rows.end()));
  // From a slice of a table, and from a reader.
  EXPECT_THAT(Get(type.ToVector(*table->Slice(2))), ElementsAre(rows.back()));
  arrow::TableBatchReader reader(*table);
  reader.set_chunksize(1);
  EXPECT_EQ(Get(type.ToVector(reader)).size(), 3U);
}

struct Named {
  std::string id;
  int64_t size = 0;
};

RowType<Named> NamedType() {
  return RowType<Named>().Column("id", &Named::id).Column("size", &Named::size);
}

TEST(RowTypeTest, ValuesOfAnotherTypeAreReadIfNothingIsLost) {
  const auto table =
      TableFromJson({{"size", arrow::int32()}, {"id", arrow::utf8()}, {"x", arrow::utf8()}},
                    R"([{"size": 3, "id": "a", "x": "y"}])");
  const auto rows = Get(NamedType().ToVector(*table));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].id + std::to_string(rows[0].size), "a3");
}

TEST(RowTypeTest, SaysWhatIsWrongWithAColumn) {
  struct Case {
    std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>> fields;
    const char* json;
    const char* words;
  };
  const std::vector<Case> cases = {
      {{{"id", arrow::utf8()}}, R"([{"id": "a"}])", "no column 'size'"},
      {{{"id", arrow::utf8()}, {"size", arrow::utf8()}},
       R"([{"id": "a", "size": "big"}])",
       "column 'size' is string and cannot be read as int64"},
      {{{"id", arrow::utf8()}, {"size", arrow::int64()}},
       R"([{"id": null, "size": 1}])",
       "column 'id' has 1 nulls; read it into a std::optional"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(NamedType().ToVector(*TableFromJson(c.fields, c.json)),
                FailsWith(ErrorCode::kMetadataSchema, c.words));
  }
}

TEST(RowTypeTest, SaysWhatIsWrongWithAMemberOfAStruct) {
  const auto type = RowType<Named>().Provenance("audio", &Named::id);
  const auto flat = TableFromJson({{"metaxy_provenance_by_field", arrow::utf8()}},
                                  R"([{"metaxy_provenance_by_field": "a"}])");
  EXPECT_THAT(type.ToVector(*flat),
              FailsWith(ErrorCode::kMetadataSchema, "is not a struct but string"));
  const auto other = TableFromJson({{"metaxy_provenance_by_field", ByField({"frames"})}},
                                   R"([{"metaxy_provenance_by_field": {"frames": "a"}}])");
  EXPECT_THAT(type.ToVector(*other),
              FailsWith(ErrorCode::kMetadataSchema, "has no member 'audio'"));
}

TEST(RowTypeTest, AColumnIsNamedOnce) {
  const std::vector<Named> rows(1);
  EXPECT_THAT(NamedType().Column("id", &Named::id).ToTable(rows),
              FailsWith(ErrorCode::kMetadataSchema, "column 'id' is named twice"));
  EXPECT_THAT(
      RowType<Named>().Provenance("a", &Named::id).Provenance("a", &Named::id).ToTable(rows),
      FailsWith(ErrorCode::kMetadataSchema, "'metaxy_provenance_by_field.a' is named twice"));
}

TEST(RowTypeTest, NewColumnsNeedARowForEachRow) {
  const auto table = Get(NamedType().ToTable(std::vector<Named>{{"a", 1}, {"b", 2}}));
  EXPECT_THAT(NamedType().AddTo(table, std::vector<Named>(1)),
              FailsWith(ErrorCode::kInvalidInput, "1 rows of new columns"));
  const auto replaced = Get(RowType<Named>()
                                .Column("size", &Named::size)
                                .AddTo(table, std::vector<Named>{{"", 7}, {"", 8}}));
  EXPECT_EQ(Rows(*replaced, {"id", "size"}), (std::vector<std::string>{"a|7", "b|8"}));
}

TEST(RowTypeTest, AFailureEndsTheWalk) {
  const auto table = Get(NamedType().ToTable(std::vector<Named>{{"a", 1}, {"b", 2}, {"c", 3}}));
  int visited = 0;
  const auto status = NamedType().ForEach(*table, [&](const Named& row) {
    ++visited;
    return row.size < 2 ? arrow::Status::OK() : MakeError(ErrorCode::kCancelled, "enough");
  });
  EXPECT_THAT(status, FailsWith(ErrorCode::kCancelled, "enough"));
  EXPECT_EQ(visited, 2);
}

struct Sample {
  std::string id;
  int64_t size = 0;
  std::string audio, frames;
};
struct Crop {
  int64_t area = 0;
};
struct OwnVersion {
  std::string audio, frames;
};

using RowTypePipelineTest = StoreTest;

TEST_F(RowTypePipelineTest, SamplesInIncrementsOut) {
  const auto sample = RowType<Sample>()
                          .Column("id", &Sample::id)
                          .Column("size", &Sample::size)
                          .Provenance("audio", &Sample::audio)
                          .Provenance("frames", &Sample::frames);
  const auto crop = RowType<Crop>().Column("area", &Crop::area);
  auto store = OpenStore(VideoGraph());
  const std::vector<Sample> samples = {{"a", 1, "a1", "f1"}, {"b", 2, "a2", "f2"}};
  auto increment = Get(store->ResolveUpdate("video", {.samples = Get(sample.ToTable(samples))}));
  ASSERT_THAT(store->Write("video", increment.new_samples), IsOk());

  // A custom version of audio, the same for all samples: transcripts depend on it.
  const auto own = RowType<OwnVersion>()
                       .DataVersion("audio", &OwnVersion::audio)
                       .DataVersion("frames", &OwnVersion::frames);
  increment = Get(store->ResolveUpdate("video/crop"));
  const auto cropped =
      Get(MapRows(increment.new_samples, sample, crop,
                  [](const Sample& row) -> arrow::Result<Crop> { return Crop{row.size * 10}; }));
  const auto versioned =
      Get(own.AddTo(cropped, std::vector<OwnVersion>{{"same", "x"}, {"same", "y"}}));
  ASSERT_THAT(store->Write("video/crop", versioned), IsOk());
  EXPECT_EQ(ReadRows(*store, "video/crop", {"id", "area"}),
            (std::vector<std::string>{"a|10", "b|20"}));

  increment = Get(store->ResolveUpdate("transcript"));
  struct Made {
    std::string text;
  };
  std::vector<Made> made;
  ASSERT_THAT(RowType<Made>()
                  .Provenance("text", &Made::text)
                  .ForEach(*increment.new_samples, [&](const Made& row) { made.push_back(row); }),
              IsOk());
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].text, made[1].text);
}

TEST_F(RowTypePipelineTest, AComputationThatFailsEndsTheMap) {
  const auto table = Get(NamedType().ToTable(std::vector<Named>{{"a", 1}}));
  const auto type = NamedType();
  EXPECT_THAT(MapRows(table, type, type,
                      [](const Named&) -> arrow::Result<Named> {
                        return MakeError(ErrorCode::kIo, "no such file");
                      }),
              FailsWith(ErrorCode::kIo, "no such file"));
}

struct Versioned {
  std::string id;
  VersionsByField provenance;
  VersionsByField data_version;

  bool operator==(const Versioned&) const = default;
};

RowType<Versioned> VersionedType() {
  return RowType<Versioned>()
      .Column("id", &Versioned::id)
      .Provenance(&Versioned::provenance)
      .DataVersion(&Versioned::data_version);
}

class RowTypeVersionsTest : public StoreTest {};

// One type for any fields of a feature: samples in, rows of the store out, in tables of both
// layouts.
TEST_F(RowTypeVersionsTest, AllFieldsAtOnce) {
  const std::vector<Versioned> rows = {
      {"a", {{"audio", "a1"}, {"frames", "f1"}}, {{"audio", "mine"}, {"frames", "f1"}}},
      {"b", {{"audio", "a2"}, {"frames", "f2"}}, {{"audio", "a2"}, {"frames", "f2"}}}};
  for (const bool as_map : {false, true}) {
    SCOPED_TRACE(as_map);
    auto store = MemoryMetadataStore::Make(
        std::make_shared<MemoryDatabase>(),
        {.graph = VideoGraph(), .project = "test", .enable_map_datatype = as_map});
    ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
    const auto samples = Get(VersionedType().ToTable(rows));
    const Increment increment = Get(store->ResolveUpdate("video", {.samples = samples}));
    EXPECT_EQ(increment.new_samples->num_rows(), 2);
    ASSERT_THAT(store->Write("video", increment.new_samples), IsOk());
    const auto stored = Get(store->Read("video"));
    EXPECT_EQ(stored->schema()->GetFieldByName("metaxy_data_version_by_field")->type()->id(),
              as_map ? arrow::Type::MAP : arrow::Type::STRUCT);
    EXPECT_EQ(Get(VersionedType().ToVector(*stored)), rows);
  }
}

TEST(RowTypeTest, MembersThatAreNullAreLeftOut) {
  const auto table = TableFromJson(
      {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
      R"([{"id": "a", "metaxy_provenance_by_field": {"audio": "a1", "frames": null}}])");
  const auto type = RowType<Versioned>().Provenance(&Versioned::provenance);
  EXPECT_EQ(Get(type.ToVector(*table))[0].provenance, (VersionsByField{{"audio", "a1"}}));
}

TEST(RowTypeTest, OneFieldAndAllOfThemAreTwice) {
  const auto type =
      RowType<Versioned>().Provenance("audio", &Versioned::id).Provenance(&Versioned::provenance);
  EXPECT_THAT(type.ToTable(std::vector<Versioned>(1)),
              FailsWith(ErrorCode::kMetadataSchema, "named twice"));
}

}  // namespace
}  // namespace metaxy::testing
