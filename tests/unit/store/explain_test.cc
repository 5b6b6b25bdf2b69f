// Why samples are new, stale or orphaned.
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kCrop = "video/crop";

class ExplainTest : public StoreTest {
 protected:
  static std::vector<std::string> States(const Explanation& explanation) {
    std::vector<std::string> states;
    for (const SampleReason& sample : explanation.samples)
      states.push_back(sample.id.front().second + " " + sample.state);
    return states;
  }
};

TEST_F(ExplainTest, NewSamplesWereNeverStored) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Explanation explanation = Get(store->Explain(kCrop));
  EXPECT_EQ(explanation.counts, (IncrementCounts{2, 0, 0}));
  EXPECT_THAT(States(explanation), ElementsAre("a new", "b new"));
  EXPECT_EQ(explanation.samples[0].other_feature_version, std::nullopt);
  EXPECT_EQ(explanation.stored_for_other_versions, 0);
  EXPECT_THAT(Get(store->Explain(kCrop, {.examples = 1})).samples, ::testing::SizeIs(1));
}

TEST_F(ExplainTest, StaleSamplesNameTheFieldOfTheParent) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, kCrop);
  ASSERT_THAT(store->Write("video", Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a9", "frames": "f1"}}])")),
              IsOk());
  const Explanation explanation = Get(store->Explain(kCrop));
  EXPECT_THAT(States(explanation), ElementsAre("a stale"));
  EXPECT_THAT(explanation.stale_fields, ElementsAre(Pair("audio", 1)));
  ASSERT_THAT(explanation.samples[0].fields, ::testing::SizeIs(1));
  const FieldReason& field = explanation.samples[0].fields[0];
  EXPECT_EQ(field.field, "audio");
  EXPECT_NE(field.stored, field.expected);
  ASSERT_THAT(field.causes, ::testing::SizeIs(1));
  EXPECT_EQ(field.causes[0].parent.ToString(), "video.audio");
  EXPECT_EQ(field.causes[0].old_version, "a1");
  EXPECT_EQ(field.causes[0].new_version, "a9");
}

TEST_F(ExplainTest, AChangedDefinitionMakesStoredSamplesNew) {
  {
    auto store = OpenStore(VideoGraph("1"));
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, kCrop);
  }
  auto store = OpenStore(VideoGraph("2"));
  const Explanation explanation = Get(store->Explain(kCrop, {.sample = "id=b"}));
  EXPECT_EQ(explanation.stored_for_other_versions, 2);
  ASSERT_THAT(States(explanation), ElementsAre("b new"));
  EXPECT_EQ(explanation.samples[0].other_feature_version,
            Get(VideoGraph("1")->GetFeatureVersion(kCrop)));
}

TEST_F(ExplainTest, OrphansAndSamplesThatAreUpToDate) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, kCrop);
  EXPECT_THAT(States(Get(store->Explain(kCrop, {.sample = "a"}))), ElementsAre("a up to date"));
  ASSERT_THAT(store->Delete("video", {"id = 'a'"}), IsOk());
  EXPECT_THAT(States(Get(store->Explain(kCrop))), ElementsAre("a orphaned"));
}

TEST_F(ExplainTest, RootFeaturesHaveNoReasons) {
  auto store = OpenStore(VideoGraph());
  const Explanation explanation = Get(store->Explain("video"));
  EXPECT_TRUE(explanation.is_root);
  EXPECT_THAT(explanation.samples, IsEmpty());
}

TEST_F(ExplainTest, RefusesWhatDoesNotExist) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(store->Explain(kCrop, {.sample = "x"}),
              FailsWith(ErrorCode::kInvalidInput, "there is no sample 'x'"));
  EXPECT_THAT(store->Explain(kCrop, {.sample = "id=a,part=1", .examples = -1}),
              FailsWith(ErrorCode::kInvalidInput, "examples is -1; use 0 or more"));
  EXPECT_THAT(store->Explain("nothing"), FailsWith(ErrorCode::kFeatureNotInGraph, "nothing"));
}

}  // namespace
}  // namespace metaxy::testing
