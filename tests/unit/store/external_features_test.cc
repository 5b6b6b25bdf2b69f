// Loading features of other projects from the store, as the Python package does.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "store/definitions/system_tables.h"
#include "store/store_session.h"
#include "store_fixture.h"
#include "support/external_case.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ExternalFeaturesConformance : public ::testing::TestWithParam<ExternalCase> {};

std::vector<std::string> WordsOf(const Json& mismatches) {
  std::vector<std::string> words;
  for (const Json& mismatch : mismatches.as_array()) {
    for (const std::string& word : Texts(mismatch)) words.push_back(word);
  }
  return words;
}

void ExpectAllIn(const std::vector<std::string>& words, const std::string& text) {
  for (const std::string& word : words) EXPECT_THAT(text, HasSubstr(word));
}

TEST_P(ExternalFeaturesConformance, Sync) {
  const ExternalCase& test_case = GetParam();
  const Json& expected = test_case.sync();
  auto store = test_case.store();
  const auto before = store->graph();
  const auto loaded = store->definitions().SyncExternalFeatures(
      {.on_version_mismatch = test_case.on_version_mismatch()});
  EXPECT_FALSE(store->is_open());
  if (!expected.Find("error")->is_null()) {
    ASSERT_FALSE(loaded.ok());
    ExpectAllIn(WordsOf(*expected.Find("error")), OneLine(loaded.status()));
    EXPECT_EQ(store->graph(), before) << "the next call fails, too";
  } else {
    ASSERT_THAT(loaded, IsOk());
    Json features = Json::Object{};
    const auto graph = store->graph();
    std::vector<FeatureDefinition> sorted(graph->definitions());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.key().ToString() < b.key().ToString(); });
    for (const FeatureDefinition& definition : sorted) {
      const auto version = graph->GetFeatureVersion(definition.key());
      features.Set(definition.key().ToString(),
                   Json::Object{{"version", version.ok() ? Json(*version) : Json()},
                                {"project", definition.project},
                                {"is_external", definition.is_external}});
    }
    EXPECT_EQ(features.DumpIndented(), expected.Find("features")->DumpIndented());
  }
  std::string warned;
  for (const std::string& text : test_case.warnings()) warned += text + "\n";
  for (const Json& mismatches : expected.Find("warnings")->as_array())
    ExpectAllIn(WordsOf(mismatches), warned);
  ExpectAllIn(Texts(*expected.Find("unresolved")), warned);
  if (expected.Find("warnings")->as_array().empty()) {
    EXPECT_THAT(warned, Not(HasSubstr("mismatch")));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ExternalFeaturesConformance, ::testing::ValuesIn(ExternalCases()),
                         [](const auto& test) { return test.param.name(); });

// A project "test" that pushes video and video/crop, and one that uses them without defining them.
class ExternalFeaturesTest : public StoreTest {
 protected:
  static FeatureDefinition Placeholder(const FeatureSpec& spec) {
    return {.spec = spec, .project = "test", .is_external = true};
  }

  // video and video/crop unchanged, `captions` on top.
  static std::shared_ptr<FeatureGraph> CaptionGraph() {
    auto graph = std::make_shared<FeatureGraph>();
    const auto video = VideoGraph();
    for (const char* key : {"video", "video/crop"})
      EXPECT_THAT(graph->AddFeatureDefinition(Placeholder(video->Find(key)->spec)), IsOk());
    EXPECT_THAT(
        graph->AddFeature(
            {.key = "captions", .id_columns = {"id"}, .deps = {"video/crop"}, .fields = {"text"}},
            "captions"),
        IsOk());
    return graph;
  }

  std::shared_ptr<MemoryMetadataStore> OpenCaptions(ExternalFeatureOptions external = {}) {
    auto store = MemoryMetadataStore::Make(database_, {.graph = CaptionGraph(),
                                                       .project = "captions",
                                                       .external = external,
                                                       .on_log = records_.function()});
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  // Pushes and fills video and video/crop.
  void Produce(const std::string& crop_version) {
    auto store = OpenStore(VideoGraph(crop_version));
    ASSERT_THAT(store->definitions().PushGraphSnapshot("test"), IsOk());
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
  }

  Records records_;
};

TEST_F(ExternalFeaturesTest, ResolveUpdateUsesWhatTheStoreHas) {
  Produce("2");
  auto store = OpenCaptions();
  EXPECT_EQ(Counts(*store, "captions").new_samples, 2);
  EXPECT_FALSE(store->graph()->has_external_features());
  EXPECT_THAT(records_.warnings(), ElementsAre(HasSubstr("video/crop")));
  EXPECT_EQ(Counts(*store, "captions").new_samples, 2);
  EXPECT_EQ(records_.warnings().size(), 1u);
}

TEST_F(ExternalFeaturesTest, ReadUsesWhatTheStoreHas) {
  Produce("2");
  EXPECT_THAT(ReadRows(*OpenCaptions(), "video/crop", {"id"}), ElementsAre("a", "b"));
  EXPECT_EQ(Get(OpenCaptions()->CountRows("video/crop")), 2);
}

TEST_F(ExternalFeaturesTest, SoftDeleteMarksRowsOfTheStoresVersion) {
  Produce("2");
  ASSERT_THAT(OpenCaptions()->Delete("video/crop"), IsOk());
  EXPECT_THAT(ReadRows(*OpenStore(VideoGraph("2")), "video/crop", {"id"}), IsEmpty());
}

// A deletion begins under the version of the placeholder; another project pushes its feature while
// it is under way. Rows of the new version must not be taken for those of the old one.
TEST_F(ExternalFeaturesTest, ASoftDeleteKnowsOneVersion) {
  auto producer = OpenStore(VideoGraph());
  ASSERT_THAT(producer->Write("video", TwoVideos()), IsOk());
  Update(*producer, "video/crop");
  auto store = OpenCaptions({.extra_features = {{.all = true}}});
  int calls = 0;
  database_->on_open = [&](const std::string& table) {
    if (table != "video__crop" || ++calls > 1) return;
    auto other = OpenStore(VideoGraph("2"));
    EXPECT_THAT(other->definitions().PushGraphSnapshot("test"), IsOk());
    EXPECT_THAT(
        other->Write("video/crop", Videos(R"([{"id": "c", "size": 3, "metaxy_provenance_by_field":
                                       {"audio": "a3", "frames": "f3"}}])")),
        IsOk());
  };
  EXPECT_EQ(Get<int64_t>(store->Delete("video/crop")), 2);
  database_->on_open = nullptr;
  EXPECT_GE(calls, 1);
  EXPECT_THAT(ReadRows(*OpenStore(VideoGraph()), "video/crop", {"id"}), IsEmpty());
  EXPECT_THAT(ReadRows(*OpenStore(VideoGraph("2")), "video/crop", {"id"}), ElementsAre("c"));
}

// Features that are asked for beside the graph are looked for before every read, but only the
// version of the table is asked for until somebody pushes.
TEST_F(ExternalFeaturesTest, DefinitionsAreReadAgainOnlyWhenSomebodyHasPushed) {
  Produce("2");
  auto store = OpenCaptions({.extra_features = {{.all = true}}});
  int scans = 0;
  database_->on_scan = [&](const std::string& table) {
    if (table == "metaxy_system__feature_versions") ++scans;
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Get(store->CountRows("video/crop")), 2);
    EXPECT_THAT(ReadRows(*store, "video/crop", {"id"}), ElementsAre("a", "b"));
    EXPECT_EQ(Counts(*store, "captions").new_samples, 2);
  }
  EXPECT_EQ(scans, 1);
  auto other =
      MemoryMetadataStore::Make(database_, {.graph = CaptionGraph(), .project = "captions"});
  ASSERT_THAT(other->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(other->definitions().PushGraphSnapshot("captions"), IsOk());
  scans = 0;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(store->CountRows("video/crop")), 2);
  EXPECT_EQ(scans, 1);
  // Who asks for a sync gets one.
  EXPECT_THAT(store->definitions().SyncExternalFeatures(), IsOk());
  EXPECT_EQ(scans, 2);
  database_->on_scan = nullptr;
}

// A thread that waits for the store while it reads definitions keeps nobody else from reading.
TEST_F(ExternalFeaturesTest, NobodyWaitsForAnotherOnesSync) {
  Produce("2");
  auto store = OpenCaptions();
  std::atomic<int> scans = 0;
  std::promise<void> second_has_read;
  std::shared_future<void> wait = second_has_read.get_future().share();
  database_->on_scan = [&](const std::string& table) {
    if (table != "metaxy_system__feature_versions" || ++scans > 1) return;
    EXPECT_EQ(wait.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  };
  std::thread first([&] { EXPECT_EQ(Get(store->CountRows("video/crop")), 2); });
  while (scans == 0) std::this_thread::yield();
  EXPECT_EQ(Get(store->CountRows("video/crop")), 2);
  second_has_read.set_value();
  first.join();
  database_->on_scan = nullptr;
}

TEST_F(ExternalFeaturesTest, NothingIsLoadedIfSyncIsOff) {
  Produce("2");
  auto store = OpenCaptions({.sync = false});
  EXPECT_THAT(ReadRows(*store, "video/crop", {"id"}), IsEmpty());
  EXPECT_TRUE(store->graph()->has_external_features());
  EXPECT_THAT(records_.warnings(), IsEmpty());
}

TEST_F(ExternalFeaturesTest, ALockedStoreRefusesEveryUse) {
  Produce("2");
  auto store = OpenCaptions({.locked = true});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(store->Read("video/crop"), FailsWith(ErrorCode::kVersionMismatch, "video/crop"));
    EXPECT_THAT(store->ResolveUpdate("captions"),
                FailsWith(ErrorCode::kVersionMismatch, "fields audio: expected"));
  }
  EXPECT_THAT(records_.warnings(), IsEmpty());
}

TEST_F(ExternalFeaturesTest, AMissingFeatureIsWarnedOfOnce) {
  auto store = OpenCaptions({.locked = true});
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(store->Read("captions"), FailsWith(ErrorCode::kFeatureNotFound, "captions"));
  EXPECT_THAT(records_.warnings(),
              ElementsAre(HasSubstr("2 external features: video, video/crop")));
}

TEST_F(ExternalFeaturesTest, ASelectionIsLoadedOnTop) {
  Produce("1");
  auto store = OpenStore(VideoGraph());
  const FeatureSelection selection{.keys = {{"transcript"}}};
  EXPECT_THAT(Get(store->definitions().SyncExternalFeatures({.selection = selection})), IsEmpty());
  auto captions = OpenCaptions();
  EXPECT_EQ(Get(captions->definitions().SyncExternalFeatures({.selection = selection})).size(), 3u);
  EXPECT_NE(captions->graph()->Find("transcript"), nullptr);
  EXPECT_EQ(captions->graph()->Find("transcript")->source, captions->display());
}

TEST_F(ExternalFeaturesTest, ABrokenDefinitionIsLeftOut) {
  Produce("1");
  auto store = OpenStore(VideoGraph());
  internal::PushedFeature broken{.project = "x", .feature_key = "x", .recorded_at = 1};
  broken.feature_spec = "{";
  ASSERT_THAT(internal::WritePushedFeatures(internal::StoreSession::Of(*store).storage(), {broken}),
              IsOk());
  auto captions = OpenCaptions({.extra_features = {{.all = true}}});
  EXPECT_THAT(captions->definitions().SyncExternalFeatures(), IsOk());
  EXPECT_THAT(records_.warnings(), ElementsAre(HasSubstr("'x'")));
}

TEST_F(ExternalFeaturesTest, ManyThreadsMaySyncAndRead) {
  Produce("2");
  auto store = OpenCaptions();
  std::vector<std::thread> threads;
  std::vector<int64_t> counts(8, -1);
  for (size_t i = 0; i < counts.size(); ++i) {
    threads.emplace_back([&store, &count = counts[i]] {
      for (int round = 0; round < 5; ++round) {
        static_cast<void>(store->graph()->GetFeatureVersion("captions"));
        const auto rows = store->CountRows("video/crop");
        count = rows.ok() ? *rows : -1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(counts, ::testing::Each(2));
}

TEST_F(ExternalFeaturesTest, RecordedGraphsAreLoaded) {
  const auto push = [&](const std::string& code_version) {
    return Get(OpenStore(VideoGraph(code_version))->definitions().PushGraphSnapshot("test"))
        .project_version;
  };
  const std::string first = push("1");
  const std::string second = push("2");
  auto store = OpenStore(VideoGraph());
  const auto snapshots = Get(store->definitions().ReadGraphSnapshots("test"));
  ASSERT_EQ(snapshots.size(), 2u);
  EXPECT_EQ(snapshots[0].project_version, second);
  EXPECT_EQ(snapshots[0].feature_count, 3);
  EXPECT_EQ(snapshots[1].project_version, first);
  const auto graph = Get(store->definitions().LoadGraphSnapshot(second, "test"));
  EXPECT_EQ(Get(graph->GetFeatureVersion("transcript")),
            Get(VideoGraph("2")->GetFeatureVersion("transcript")));
  EXPECT_THAT(store->definitions().LoadGraphSnapshot(second, "other"),
              FailsWith(ErrorCode::kSystemDataNotFound, "project 'other'"));
  EXPECT_THAT(Get(store->definitions().ReadGraphSnapshots("other")), IsEmpty());
}

}  // namespace
}  // namespace metaxy::testing
