// Fallback stores sample by sample.
#include "backends.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OverlayTest : public BackendTest {
 protected:
  void SetUp() override {
    prod_ = Open(VideoGraph());
    Fresh();
    ASSERT_THAT(prod_->Write("video", TwoVideos()), IsOk());
    Update(*prod_, "video/crop");
    dev_ = Branch(VideoGraph());
  }

  // A store on a database of its own, over production.
  std::shared_ptr<MetadataStore> Branch(std::shared_ptr<FeatureGraph> graph) {
    const auto own = Open(graph);
    stores_.push_back(own);
    return Get(own->View({.graph = std::move(graph),
                          .project = "test",
                          .name = "branch",
                          .fallback_stores = {prod_},
                          .fallback = FallbackMode::kOverlay}));
  }

  static std::shared_ptr<arrow::Table> Video(const std::string& id, const std::string& audio) {
    return Videos(R"([{"id": ")" + id +
                  R"(", "size": 7, "metaxy_provenance_by_field": {"audio": ")" + audio +
                  R"(", "frames": "f"}}])");
  }

  std::shared_ptr<MetadataStore> prod_;
  std::shared_ptr<MetadataStore> dev_;
  std::vector<std::shared_ptr<MetadataStore>> stores_;
};

TEST_P(OverlayTest, ABranchComputesOnlyWhatItChanges) {
  // Nothing is in the branch, and there is nothing to do.
  EXPECT_TRUE(Counts(*dev_, "video/crop").empty());
  EXPECT_EQ(Counts(*dev_, "transcript").new_samples, 2);
  // One video is another one, and one more.
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  ASSERT_THAT(dev_->Write("video", Video("c", "more")), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id", "size"}), ElementsAre("a|1", "b|7", "c|7"));
  EXPECT_EQ(Get(dev_->CountRows("video")), 3);
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}, {.allow_fallback = false}), ElementsAre("b", "c"));
  const IncrementCounts counts = Counts(*dev_, "video/crop");
  EXPECT_EQ(counts.new_samples, 1);
  EXPECT_EQ(counts.stale, 1);
  Update(*dev_, "video/crop");
  EXPECT_TRUE(Counts(*dev_, "video/crop").empty());
  EXPECT_THAT(ReadRows(*dev_, "video/crop", {"id"}, {.allow_fallback = false}),
              ElementsAre("b", "c"));
  EXPECT_THAT(ReadRows(*dev_, "video/crop", {"id"}), ElementsAre("a", "b", "c"));
  // Production is as it was.
  EXPECT_THAT(ReadRows(*prod_, "video", {"id", "size"}), ElementsAre("a|1", "b|2"));
  EXPECT_TRUE(Counts(*prod_, "video/crop").empty());
}

TEST_P(OverlayTest, TheNearestStoreCountsHoweverOldItsRowsAre) {
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  ASSERT_THAT(prod_->Write("video", Video("b", "latest")), IsOk());
  ASSERT_THAT(prod_->Write("video", Video("d", "latest")), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id", "metaxy_provenance_by_field"}),
              ElementsAre("a|{audio:a1, frames:f1}", "b|{audio:other, frames:f}",
                          "d|{audio:latest, frames:f}"));
}

TEST_P(OverlayTest, WhatABranchDeletesIsGoneThere) {
  ASSERT_THAT(dev_->Delete("video", {"id = 'a'"}), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}), ElementsAre("b"));
  EXPECT_EQ(Counts(*dev_, "video/crop").orphaned, 1);
  EXPECT_THAT(ReadRows(*prod_, "video", {"id"}), ElementsAre("a", "b"));
  ASSERT_THAT(dev_->Delete("video", {}), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}), IsEmpty());
}

TEST_P(OverlayTest, FiltersApplyToWhatCounts) {
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}, {.filters = {"size = 2"}}), IsEmpty());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}, {.filters = {"size > 1"}}), ElementsAre("b"));
  EXPECT_THAT(dev_->Read("video", {.filters = {"siz > 1"}}),
              FailsWith(ErrorCode::kInvalidInput, "siz"));
}

TEST_P(OverlayTest, ColumnsAndTypesMayDiffer) {
  const auto rows =
      TableFromJson({{"id", arrow::utf8()},
                     {"size", arrow::float64()},
                     {"title", arrow::utf8()},
                     {"metaxy_provenance_by_field", ByField({"audio", "frames", "more"})}},
                    R"([{"id": "b", "size": 1.5, "title": "t",
           "metaxy_provenance_by_field": {"audio": "x", "frames": "y", "more": "z"}}])");
  ASSERT_THAT(dev_->Write("video", rows), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id", "size", "title"}),
              ElementsAre("a|1|null", "b|1.5|t"));
  EXPECT_THAT(ReadRows(*dev_, "video", {"id"}, {.filters = {"title = 't'"}}), ElementsAre("b"));
  // A string is no number.
  Fresh();
  auto other = Branch(VideoGraph());
  const auto strings = TableFromJson(
      {{"id", arrow::utf8()},
       {"size", arrow::utf8()},
       {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
      R"([{"id": "b", "size": "big", "metaxy_provenance_by_field": {"audio": "x", "frames": "y"}}])");
  ASSERT_THAT(other->Write("video", strings), IsOk());
  EXPECT_THAT(other->Read("video"),
              FailsWith(ErrorCode::kMetadataSchema,
                        "feature 'video': column 'size' is large_string in store 'branch' and "
                        "int64 in 'dev', which cannot be read as one"));
}

TEST_P(OverlayTest, MapsAndStructsCanBeMixed) {
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  ASSERT_THAT(dev_->administration().MigrateByFieldLayout("video", ByFieldLayout::kMap), IsOk());
  EXPECT_THAT(ReadRows(*dev_, "video", {"id", "size"}), ElementsAre("a|1", "b|7"));
  EXPECT_EQ(Counts(*dev_, "video/crop").stale, 1);
  Update(*dev_, "video/crop");
  EXPECT_TRUE(Counts(*dev_, "video/crop").empty());
}

TEST_P(OverlayTest, ANewVersionIsComputedInTheBranchAlone) {
  auto changed = Branch(VideoGraph("2"));
  EXPECT_EQ(Counts(*changed, "video/crop").new_samples, 2);
  Update(*changed, "video/crop");
  EXPECT_TRUE(Counts(*changed, "video/crop").empty());
  EXPECT_TRUE(Counts(*prod_, "video/crop").empty());
  // Of all versions, the branch has a row of each sample.
  EXPECT_THAT(ReadRows(*changed, "video/crop", {"id"}, {.with_feature_history = true}),
              ElementsAre("a", "b"));
}

TEST_P(OverlayTest, ExplainsWhatComesFromTheFallbackStore) {
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  const Explanation explanation = Get(dev_->Explain("video/crop"));
  EXPECT_EQ(explanation.counts.stale, 1);
  ASSERT_EQ(explanation.samples.size(), 1U);
  EXPECT_EQ(explanation.samples[0].id[0].second, "b");
}

TEST_P(OverlayTest, IsPromoted) {
  ASSERT_THAT(dev_->Write("video", Video("b", "other")), IsOk());
  ASSERT_THAT(dev_->Write("video", Video("c", "more")), IsOk());
  ASSERT_THAT(dev_->Delete("video", {"id = 'a'"}), IsOk());
  Update(*dev_, "video/crop");
  Update(*dev_, "transcript");
  const auto before = ReadRows(*dev_, "video", {"id", "size"});
  const auto numbers = [&](const PromoteOptions& options) {
    std::vector<std::string> lines;
    for (const PromotedFeature& each : Get(prod_->administration().Promote(*dev_, options))) {
      lines.push_back(each.feature.ToString() + " +" + std::to_string(each.added) + " ~" +
                      std::to_string(each.replaced) + " -" + std::to_string(each.deleted) + " =" +
                      std::to_string(each.unchanged) + " !" + std::to_string(each.conflicts));
    }
    return lines;
  };
  const std::vector<std::string> expected = {"video +1 ~1 -1 =0 !0", "video/crop +1 ~1 -0 =0 !0",
                                             "transcript +3 ~0 -0 =0 !0"};
  EXPECT_EQ(numbers({.dry_run = true}), expected);
  EXPECT_THAT(ReadRows(*prod_, "video", {"id", "size"}), ElementsAre("a|1", "b|2"));
  EXPECT_EQ(numbers({}), expected);
  EXPECT_EQ(ReadRows(*prod_, "video", {"id", "size"}), before);
  EXPECT_EQ(ReadRows(*dev_, "video", {"id", "size"}), before);
  EXPECT_EQ(Counts(*prod_, "video/crop").new_samples, 0);
  EXPECT_EQ(Counts(*prod_, "video/crop").stale, 0);
  // A second time there is nothing to do.
  EXPECT_EQ(numbers({}),
            (std::vector<std::string>{"video +0 ~0 -0 =3 !0", "video/crop +0 ~0 -0 =2 !0",
                                      "transcript +0 ~0 -0 =3 !0"}));
}

TEST_P(OverlayTest, LaterRowsOfTheTargetAreConflicts) {
  ASSERT_THAT(dev_->Write("video", Video("b", "branch")), IsOk());
  ASSERT_THAT(dev_->Write("video", Video("c", "branch")), IsOk());
  ASSERT_THAT(dev_->Delete("video", {"id = 'a'"}), IsOk());
  ASSERT_THAT(prod_->Write("video", Video("a", "later")), IsOk());
  ASSERT_THAT(prod_->Write("video", Video("b", "later")), IsOk());
  const auto audio = [&] {
    return ReadRows(*prod_, "video", {"id", "metaxy_provenance_by_field"});
  };
  const auto later = audio();
  EXPECT_THAT(prod_->administration().Promote(*dev_),
              FailsWith(ErrorCode::kInvalidInput,
                        "has later rows than 'branch' for some samples (2 of 'video'); nothing"));
  EXPECT_EQ(audio(), later);
  EXPECT_EQ(
      Get(prod_->administration().Promote(*dev_, {.conflicts = PromoteConflicts::kKeep}))[0].added,
      1);
  EXPECT_THAT(audio(), ElementsAre("a|{audio:later, frames:f}", "b|{audio:later, frames:f}",
                                   "c|{audio:branch, frames:f}"));
  const auto done =
      Get(prod_->administration().Promote(*dev_, {.conflicts = PromoteConflicts::kOverwrite}));
  EXPECT_EQ(done[0].conflicts, 2);
  EXPECT_THAT(audio(), ElementsAre("b|{audio:branch, frames:f}", "c|{audio:branch, frames:f}"));
}

TEST_P(OverlayTest, PromotesToAnotherStoreOnly) {
  EXPECT_THAT(prod_->administration().Promote(*prod_),
              FailsWith(ErrorCode::kInvalidInput, "are one store"));
  EXPECT_THAT(prod_->administration().Promote(*dev_, {.features = {{"vidoe"}}}),
              FailsWith(ErrorCode::kFeatureNotInGraph, "video"));
}

TEST_P(OverlayTest, ReadsWhatOnlyOneStoreHas) {
  EXPECT_THAT(dev_->Read("transcript"), FailsWith(ErrorCode::kFeatureNotFound, "'branch'"));
  Update(*dev_, "transcript");
  EXPECT_THAT(ReadRows(*dev_, "transcript", {"id"}), ElementsAre("a", "b"));
}

INSTANTIATE_TEST_SUITE_P(On, OverlayTest, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace metaxy::testing
