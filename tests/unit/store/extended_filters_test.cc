// Filters beyond the reference's grammar on stored rows: a store finds the rows that an evaluation
// in memory finds, whatever part of a filter the database is given.
#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <string>
#include <utility>
#include <vector>

#include "backends.h"
#include "filter/evaluate.h"
#include "metaxy/filter.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Each of them matches some of the rows, and not all.
const std::vector<const char*> kFilters = {
    // These LanceDB answers.
    "path LIKE 'raw/%'",
    "path LIKE '%_.mp_'",
    "path NOT LIKE '%.mp4'",
    "path LIKE '%''%'",
    "height BETWEEN 480 AND 1080",
    "height NOT BETWEEN 480 AND 719",
    "made_on >= DATE '2024-01-31'",
    "made_on BETWEEN DATE '1969-12-31' AND DATE '2024-01-30'",
    "made_on IN (DATE '2024-01-31', DATE '1969-12-31')",
    "seen_at > TIMESTAMP '2024-01-31 10:00:00Z'",
    "seen_at <= TIMESTAMP '2024-01-31T11:00:00+01:00'",
    "metaxy_created_at > DATE '2020-01-01' AND height = 480",
    // These it does not, or not as they are meant.
    "path ILIKE 'RAW/%'",
    "path LIKE '100\\%%'",
    "path LIKE '%\\\\%'",
    "camera.model = 'X100'",
    "camera.model LIKE 'X%'",
    "camera.lens.mm BETWEEN 30 AND 40",
    "camera.lens.mm IN (35, 85)",
    "camera.model IS NULL",
    "tags.place = 'lab'",
    "tags.place IS NOT NULL",
    "tags.place != 'lab' OR height IS NULL",
    "metaxy_data_version_by_field.audio = 'a1'",
    "metaxy_provenance_by_field.frames IN ('f2', 'f3')",
    // Both in one.
    "path LIKE 'raw/%' AND camera.model = 'X100'",
    "height BETWEEN 480 AND 719 OR camera.lens.mm > 80",
    "NOT (path LIKE 'raw/%' AND tags.place = 'lab')",
};

class ExtendedFiltersTest : public BackendTest {
 protected:
  static std::shared_ptr<arrow::Table> Films(const std::string& json) {
    const auto lens = arrow::struct_({arrow::field("mm", arrow::int32())});
    return TableFromJson({{"id", arrow::utf8()},
                          {"path", arrow::utf8()},
                          {"height", arrow::int64()},
                          {"made_on", arrow::date32()},
                          {"seen_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
                          {"camera", arrow::struct_({arrow::field("model", arrow::utf8()),
                                                     arrow::field("lens", lens)})},
                          {"tags", arrow::map(arrow::utf8(), arrow::utf8())},
                          {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                         json);
  }

  // In three commits; the last one replaces a sample. 19753 is 2024-01-31.
  static void Write(MetadataStore& store) {
    for (const char* rows : {R"([{"id": "a", "path": "raw/a.mp4", "height": 480, "made_on": 19753,
               "seen_at": 1706695200000000, "camera": {"model": "X100", "lens": {"mm": 35}},
               "tags": [["place", "lab"]],
               "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}},
              {"id": "b", "path": "RAW/b.MOV", "height": 1080, "made_on": -1,
               "seen_at": 1706695200000001, "camera": {"model": "x100", "lens": null},
               "tags": [["place", "roof"], ["take", "1"]],
               "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}},
              {"id": "c", "path": "100% it's", "height": 719, "made_on": 19752,
               "seen_at": 0, "camera": null, "tags": [],
               "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])",
                             R"([{"id": "d", "path": "1000\\1", "height": 240, "made_on": 30000,
               "seen_at": 1900000000000000, "camera": {"model": "Z6", "lens": {"mm": 85}},
               "tags": [["take", "2"]],
               "metaxy_provenance_by_field": {"audio": "a1", "frames": "f4"}},
              {"id": "e", "path": null, "height": null, "made_on": null, "seen_at": null,
               "camera": {"model": null, "lens": {"mm": null}}, "tags": null,
               "metaxy_provenance_by_field": {"audio": "a5", "frames": "f5"}}])",
                             R"([{"id": "d", "path": "raw/d\n.mp4", "height": 360, "made_on": 30000,
               "seen_at": 1900000000000000, "camera": {"model": "Z6", "lens": {"mm": 85}},
               "tags": [["place", "lab"]],
               "metaxy_provenance_by_field": {"audio": "a4", "frames": "f4"}},
              {"id": "f", "path": "cut\\f.mp4", "height": 2160, "made_on": 19753,
               "seen_at": 1706695199999999, "camera": {"model": "X100", "lens": {"mm": 23}},
               "tags": [["place", ""]],
               "metaxy_provenance_by_field": {"audio": "a6", "frames": "f6"}}])"}) {
      ASSERT_THAT(store.Write("video", Films(rows)), IsOk());
    }
  }

  // What the evaluation keeps of the rows that a store has.
  static std::vector<std::string> Expected(const std::shared_ptr<arrow::RecordBatch>& rows,
                                           const std::string& filter) {
    const auto bound = Get(internal::BoundFilter::Make(Get(ParseFilter(filter)), rows->schema()));
    return Rows(*Get(arrow::Table::FromRecordBatches({Get(bound.Apply(rows))})), {"id"});
  }

  static std::vector<std::string> Found(MetadataStore& store, const Filters& filters) {
    return ReadRows(store, "video", {"id"}, {.filters = filters});
  }
};

INSTANTIATE_TEST_SUITE_P(On, ExtendedFiltersTest, ::testing::ValuesIn(Backends()), BackendName);

TEST_P(ExtendedFiltersTest, FindTheRowsOfTheEvaluation) {
  const auto store = Open(VideoGraph());
  Write(*store);
  const auto rows = Get(Get(Get(store->Read("video"))->ToTable())->CombineChunksToBatch());
  ASSERT_EQ(rows->num_rows(), 6);
  for (const std::string filter : kFilters) {
    const std::vector<std::string> expected = Expected(rows, filter);
    EXPECT_THAT(expected, Not(SizeIs(0))) << filter;
    EXPECT_THAT(expected, Not(SizeIs(6))) << filter;
    EXPECT_EQ(Found(*store, {filter}), expected) << filter;
    EXPECT_EQ(Get(store->CountRows("video", {.filters = {filter}})),
              static_cast<int64_t>(expected.size()))
        << filter;
    const std::string opposite = "NOT (" + filter + ")";
    EXPECT_EQ(Found(*store, {opposite}), Expected(rows, opposite)) << opposite;
    EXPECT_EQ(Found(*store, {filter, "height > 400"}),
              Expected(rows, "(" + filter + ") AND height > 400"))
        << filter;
  }
}

TEST_P(ExtendedFiltersTest, ChooseWhatIsResolved) {
  const auto store = Open(VideoGraph());
  Write(*store);
  const auto added = [&](const char* filter) {
    return Counts(*store, "video/crop", {.filters = {{"video", {filter}}}}).new_samples;
  };
  EXPECT_EQ(added("camera.model LIKE 'X%'"), 2);
  EXPECT_EQ(added("tags.place = 'lab'"), 2);
  EXPECT_EQ(added("height BETWEEN 300 AND 500"), 2);
  EXPECT_EQ(added("seen_at < TIMESTAMP '2024-01-31 10:00:00Z'"), 2);
}

TEST_P(ExtendedFiltersTest, ChooseWhatIsDeleted) {
  const auto store = Open(VideoGraph());
  Write(*store);
  EXPECT_EQ(Get(store->Delete("video", {"camera.model ILIKE 'X%' AND path LIKE 'raw/%'"})), 1);
  EXPECT_THAT(Found(*store, {}), ElementsAre("b", "c", "d", "e", "f"));
  const DeleteOptions hard{.soft = false};
  EXPECT_EQ(Get(store->Delete("video", {"tags.place = 'roof'"}, hard)), 1);
  EXPECT_EQ(Get(store->Delete("video", {"path LIKE 'raw/%' AND height < 400"}, hard)), 1);
  EXPECT_EQ(Get(store->Delete("video", {"camera.lens.mm < 30 OR height = 719"}, hard)), 2);
  EXPECT_THAT(Found(*store, {"height IS NULL OR height != 240"}), ElementsAre("e"));
}

TEST_P(ExtendedFiltersTest, SayWhatHasNoMeaning) {
  const auto store = Open(VideoGraph());
  Write(*store);
  const auto message = [&](const char* filter) {
    return store->CountRows("video", {.filters = {filter}}).status().message();
  };
  EXPECT_THAT(message("height LIKE '4%'"), HasSubstr("patterns are for strings"));
  EXPECT_THAT(message("camera.maker = 'X'"), HasSubstr("the members of 'camera' are model, lens"));
  EXPECT_THAT(message("cameras.model = 'X'"), HasSubstr("did you mean 'camera'?"));
  EXPECT_THAT(message("length = 1"),
              AllOf(HasSubstr("which does not exist"), Not(HasSubstr("_rowid"))));
  EXPECT_THAT(message("id IN @ids.txt"), HasSubstr("only the command line reads files of ids"));
}

// A definition is read by the reference, too, in whose filters a dot is a part of a name.
TEST_P(ExtendedFiltersTest, AreRefusedInDefinitions) {
  for (const auto& [filter, words] : std::vector<std::pair<const char*, const char*>>{
           {"path LIKE 'raw/%'", "LIKE is not supported in definitions"},
           {"height BETWEEN 1 AND 2", "BETWEEN is not supported in definitions"},
           {"camera.model = 'X100'", "'camera.model'"}}) {
    Fresh();
    auto graph = std::make_shared<FeatureGraph>();
    ASSERT_THAT(graph->AddFeature(
                    {.key = "video", .id_columns = {"id"}, .fields = {"audio", "frames"}}, "test"),
                IsOk());
    ASSERT_THAT(graph->AddFeature(
                    {.key = "cut",
                     .id_columns = {"id"},
                     .deps = {{.feature = "video", .filters = std::vector<std::string>{filter}}}},
                    "test"),
                IsOk());
    const auto store = Open(graph);
    Write(*store);
    EXPECT_THAT(store->ResolveUpdate("cut").status().message(), HasSubstr(words));
  }
}

}  // namespace
}  // namespace metaxy::testing
