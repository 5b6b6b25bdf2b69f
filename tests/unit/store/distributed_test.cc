// Slices of increments and resolves in parts: by other stores on the same tables, or refused.
#include "metaxy/distributed.h"

#include <functional>

#include "backends.h"
#include "metaxy/errors.h"
#include "support/frames.h"
#include "versioning/resolve/increment_slice.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ReadSliceTest : public BackendTest {
 protected:
  void SetUp() override { Fresh(); }

  static std::string SliceOf(MetadataStore& store, const FeatureKey& feature,
                             IncrementPart part = IncrementPart::kNew) {
    const auto increment = Get(store.ResolveUpdateLazy(feature));
    const int64_t rows = part == IncrementPart::kNew ? increment->counts().new_samples
                                                     : increment->counts().orphaned;
    return Get(SliceIncrement(*increment, part, 0, rows));
  }

  static arrow::Result<std::shared_ptr<arrow::Table>> Read(
      MetadataStore& store, const std::string& slice,
      const std::optional<std::vector<std::string>>& columns = std::nullopt) {
    ARROW_ASSIGN_OR_RAISE(const auto rows, ReadSlice(store, slice, columns));
    return rows->ToTable();
  }

  static std::shared_ptr<arrow::Table> Video(const std::string& id, int64_t size) {
    return Videos(R"([{"id": ")" + id + R"(", "size": )" + std::to_string(size) +
                  R"(, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  }
};

INSTANTIATE_TEST_SUITE_P(On, ReadSliceTest, ::testing::ValuesIn(Backends()), BackendName);

TEST_P(ReadSliceTest, HasTheRowsThatWereResolvedWhateverIsWrittenSince) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto increment = Get(store->ResolveUpdateLazy("video/crop"));
  const std::string first = Get(SliceIncrement(*increment, IncrementPart::kNew, 0, 1));
  const std::string second = Get(SliceIncrement(*increment, IncrementPart::kNew, 1, 1));
  const std::string none = Get(SliceIncrement(*increment, IncrementPart::kStale, 0, 0));
  ASSERT_THAT(store->Write("video", Video("a", 10)), IsOk());
  const arrow::Status compacted = store->administration().CompactMetadata("video").status();
  EXPECT_EQ(compacted.ok(), GetParam() == Backend::kLanceDB) << compacted;
  auto other = Open(VideoGraph());
  EXPECT_THAT(Rows(*Get(Read(*other, first)), {"id", "size"}), ElementsAre("a|1"));
  EXPECT_THAT(Rows(*Get(Read(*other, second)), {"id", "size"}), ElementsAre("b|2"));
  const auto empty = Get(Read(*other, none));
  EXPECT_EQ(empty->num_rows(), 0);
  const Increment whole = Get(increment->Collect());
  EXPECT_TRUE(empty->schema()->Equals(*whole.stale->schema()));
  EXPECT_TRUE(Get(arrow::ConcatenateTables({Get(Read(*other, first)), Get(Read(*other, second))}))
                  ->Equals(*whole.new_samples));
}

TEST_P(ReadSliceTest, ReadsTheColumnsThatAreAskedFor) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const std::string slice = SliceOf(*store, "video/crop");
  const auto without = Get(Read(*store, slice, {{}}))->schema();
  EXPECT_EQ(without->GetFieldIndex("size"), -1);
  for (const char* name : {"id", "metaxy_provenance_by_field", "metaxy_provenance"})
    EXPECT_GE(without->GetFieldIndex(name), 0) << name;
  EXPECT_THAT(Rows(*Get(Read(*store, slice, {{"size"}})), {"id", "size"}),
              ElementsAre("a|1", "b|2"));
  EXPECT_THAT(Read(*store, slice, {{"length"}}),
              FailsWith(ErrorCode::kMetadataSchema, "the increment has no column 'length'"));
}

TEST_P(ReadSliceTest, OfSamplesHasThemselves) {
  auto store = Open(VideoGraph());
  const auto increment = Get(store->ResolveUpdateLazy("video", {.samples = TwoVideos()}));
  const std::string slice = Get(SliceIncrement(*increment, IncrementPart::kNew, 1, 1));
  EXPECT_THAT(Rows(*Get(Read(*Open(VideoGraph()), slice)), {"id", "size"}), ElementsAre("b|2"));
}

TEST_P(ReadSliceTest, OfOrphanedRowsHasTheStoredOnes) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  ASSERT_THAT(store->Delete("video", {"id = 'b'"}), IsOk());
  const std::string slice = SliceOf(*store, "video/crop", IncrementPart::kOrphaned);
  EXPECT_THAT(Rows(*Get(Read(*store, slice)), {"id", "size"}), ElementsAre("b|2"));
  EXPECT_EQ(Get(Read(*store, slice, {{}}))->schema()->GetFieldIndex("size"), -1);
}

TEST_P(ReadSliceTest, RowsThatThePartHasNotAreRefused) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto increment = Get(store->ResolveUpdateLazy("video/crop"));
  for (const auto& [begin, count] :
       std::vector<std::pair<int64_t, int64_t>>{{-1, 1}, {0, 3}, {2, 1}, {3, 0}, {0, -1}}) {
    EXPECT_THAT(SliceIncrement(*increment, IncrementPart::kNew, begin, count),
                FailsWith(ErrorCode::kInvalidInput, "is not in a part of 2 rows"));
  }
  EXPECT_THAT(SliceIncrement(*increment, IncrementPart::kOrphaned, 0, 1),
              FailsWith(ErrorCode::kInvalidInput, "is not in a part of 0 rows"));
}

TEST_P(ReadSliceTest, WhatIsNotWholeIsRefused) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const std::string good = SliceOf(*store, "video/crop");
  const auto refused = [&](const std::string& bytes, const std::string& words) {
    EXPECT_THAT(Read(*store, bytes), FailsWith(ErrorCode::kInvalidInput, words));
  };
  refused("", "do not begin as those do");
  refused("x" + good, "do not begin as those do");
  refused(good.substr(0, good.size() - 1), "checksum does not match");
  refused(good + "x", "checksum does not match");
  std::string later = good;
  later[later.find(" 1\n") + 1] = '2';
  refused(later, "have format '2'");
  for (size_t i = 0; i < good.size(); i += 5) {
    EXPECT_THAT(Read(*store, good.substr(0, i)), FailsWith(ErrorCode::kInvalidInput, ""));
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(Read(*store, changed), FailsWith(ErrorCode::kInvalidInput, ""));
  }
  // Whole, but of something else.
  internal::IncrementSlice slice = Get(internal::IncrementSlice::Parse(good));
  slice.rows = 1000;
  if (!slice.stream) refused(slice.Serialise(), "they are incomplete");
  refused(SliceOf(*Open(VideoGraph()), "video/crop").replace(0, 7, "metaxi-"), "do not begin");
  EXPECT_THAT(Read(*Open(VideoGraph("2")), good),
              FailsWith(ErrorCode::kInvalidInput, "feature 'video/crop' was resolved in version"));
  slice = Get(internal::IncrementSlice::Parse(good));
  slice.hashing = "sha1";
  refused(slice.Serialise(), "was resolved with sha1");
  slice.feature = "none";
  EXPECT_THAT(Read(*store, slice.Serialise()), FailsWith(ErrorCode::kFeatureNotInGraph, "none"));
  ASSERT_THAT(store->Close(), IsOk());
  EXPECT_THAT(Read(*store, good), FailsWith(ErrorCode::kStoreNotOpen, ""));
}

#ifdef METAXY_WITH_LANCEDB

class LanceSliceTest : public ReadSliceTest {};

INSTANTIATE_TEST_SUITE_P(On, LanceSliceTest, ::testing::Values(Backend::kLanceDB), BackendName);

TEST_P(LanceSliceTest, TakesAFewBytesForARow) {
  auto store = Open(VideoGraph());
  constexpr int kRows = 2000;
  std::string json;
  for (int i = 0; i < kRows; ++i) {
    json += (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i) +
            R"(", "size": 1, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}})";
  }
  ASSERT_THAT(store->Write("video", Videos("[" + json + "]")), IsOk());
  const auto increment = Get(store->ResolveUpdateLazy("video/crop"));
  const std::string slice = Get(SliceIncrement(*increment, IncrementPart::kNew, 0, kRows));
  EXPECT_LT(slice.size(), 2 * kRows);
  EXPECT_EQ(Get(Read(*store, slice))->num_rows(), kRows);
}

TEST_P(LanceSliceTest, OfATableThatIsGoneIsRefused) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const std::string slice = SliceOf(*store, "video/crop");
  ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
  EXPECT_THAT(Read(*store, slice), FailsWith(ErrorCode::kTableNotFound, "was dropped since"));
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(Read(*store, slice), FailsWith(ErrorCode::kTableNotFound, "resolve it again"));
}

TEST_P(LanceSliceTest, OfAnotherStoreIsRefused) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const std::string slice = SliceOf(*store, "video/crop");
  Fresh();
  EXPECT_THAT(Read(*Open(VideoGraph()), slice),
              FailsWith(ErrorCode::kInvalidInput, "in a store that is neither 'dev' nor"));
}

TEST_P(LanceSliceTest, FollowsTheFallbackStores) {
  auto parents = Open(VideoGraph());
  ASSERT_THAT(parents->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(parents->Close(), IsOk());
  const TempDir directory;
  const auto branch = [&] {
    MetadataStoreOptions options{.graph = VideoGraph(), .project = "test", .name = "branch"};
    options.fallback_stores = {parents};
    auto store =
        Get(LanceDBMetadataStore::Make({.uri = (directory.path() / "db").string()}, options));
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  };
  const std::string slice = SliceOf(*branch(), "video/crop");
  EXPECT_FALSE(Get(internal::IncrementSlice::Parse(slice)).stream);
  EXPECT_THAT(Rows(*Get(Read(*branch(), slice)), {"id", "size"}), ElementsAre("a|1", "b|2"));
}

using Blocks = std::vector<std::string>;

// Scans every fragment by a store of its own; by part and table.
std::vector<std::vector<Blocks>> ScanAll(
    const ResolvePlan& plan, const std::function<std::shared_ptr<MetadataStore>()>& open) {
  std::vector<std::vector<Blocks>> parts(static_cast<size_t>(plan.parts),
                                         std::vector<Blocks>(plan.tables.size()));
  for (size_t table = 0; table < plan.tables.size(); ++table) {
    for (size_t fragment = 0; fragment < plan.tables[table].fragment_rows.size(); ++fragment) {
      const Blocks blocks =
          Get(ScanPart(*open(), plan.bytes, static_cast<int>(table), {static_cast<int>(fragment)}));
      for (size_t part = 0; part < parts.size(); ++part) parts[part][table].push_back(blocks[part]);
    }
  }
  return parts;
}

TEST_P(LanceSliceTest, AResolveInPartsIsThatOfOneStore) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  for (const char* id : {"b", "c", "d", "e"})
    ASSERT_THAT(store->Write("video", Video(id, 9)), IsOk());
  ASSERT_THAT(store->Delete("video", {"id = 'a'"}), IsOk());
  const ResolvePlan plan = Get(PlanResolve(*store, "video/crop", 2));
  ASSERT_THAT(plan.tables, SizeIs(2));
  EXPECT_FALSE(plan.tables[0].exchanged);
  // What is written from here on is not seen.
  ASSERT_THAT(store->Write("video", Video("z", 1)), IsOk());
  const auto open = [&] { return Open(VideoGraph()); };
  const auto blocks = ScanAll(plan, open);
  std::vector<std::string> rows[3];
  IncrementCounts counts;
  for (int part = 0; part < 2; ++part) {
    const PartOutcome outcome =
        Get(ComparePart(*open(), plan.bytes, part, blocks[static_cast<size_t>(part)], 1));
    counts.new_samples += outcome.counts.new_samples;
    counts.stale += outcome.counts.stale;
    counts.orphaned += outcome.counts.orphaned;
    const std::vector<std::string>* slices[] = {&outcome.new_samples, &outcome.stale,
                                                &outcome.orphaned};
    for (size_t i = 0; i < 3; ++i) {
      for (const std::string& slice : *slices[i]) {
        const auto more = Rows(*Get(Read(*open(), slice)), {"id", "size"});
        rows[i].insert(rows[i].end(), more.begin(), more.end());
      }
    }
  }
  EXPECT_EQ(counts, (IncrementCounts{.new_samples = 3, .stale = 1, .orphaned = 1}));
  EXPECT_THAT(rows[0], ::testing::UnorderedElementsAre("c|9", "d|9", "e|9"));
  EXPECT_THAT(rows[1], ElementsAre("b|9"));
  EXPECT_THAT(rows[2], ElementsAre("a|1"));
}

TEST_P(LanceSliceTest, FailuresAreTakenIntoAccountInParts) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Increment increment = Get(store->ResolveUpdate("video/crop"));
  ASSERT_THAT(store->failures().Record("video/crop", increment.new_samples->Slice(0, 1),
                                       {.kind = "Broken"}),
              IsOk());
  for (const auto& [policy, failed] :
       {std::pair(FailurePolicy::Skip(), 1), std::pair(FailurePolicy::Retry(), 0),
        std::pair(FailurePolicy::Retry({.max_attempts = 1}), 1),
        std::pair(FailurePolicy::Retry({.never_retry = {"Broken"}}), 1),
        std::pair(FailurePolicy::Include(), 0)}) {
    const ResolvePlan plan = Get(PlanResolve(*store, "video/crop", 1, {.failures = policy}));
    const auto blocks = ScanAll(plan, [&] { return store; });
    const PartOutcome outcome = Get(ComparePart(*store, plan.bytes, 0, blocks[0]));
    EXPECT_EQ(outcome.counts.failed, failed);
    EXPECT_EQ(outcome.counts.new_samples, 2 - failed);
  }
}

TEST_P(LanceSliceTest, BlocksHaveAtMost64BytesARow) {
  auto store = Open(VideoGraph());
  constexpr int kRows = 5000;
  std::string json;
  for (int i = 0; i < kRows; ++i) {
    json += (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i) +
            R"(", "size": 1, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}})";
  }
  ASSERT_THAT(store->Write("video", Videos("[" + json + "]")), IsOk());
  Update(*store, "video/crop");
  const ResolvePlan plan = Get(PlanResolve(*store, "video/crop", 4));
  size_t bytes = 0;
  for (const auto& part : ScanAll(plan, [&] { return store; })) {
    for (const Blocks& table : part) {
      for (const std::string& block : table) bytes += block.size();
    }
  }
  EXPECT_LE(bytes, 64U * 2 * kRows);
}

TEST_P(LanceSliceTest, APlanThatIsNotWholeIsRefused) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const ResolvePlan plan =
      Get(PlanResolve(*store, "video/crop", 1, {.global_filters = {"id = 'a'"}}));
  const auto refused = [&](const std::string& bytes, const std::string& words) {
    EXPECT_THAT(ScanPart(*store, bytes, 0, {0}), FailsWith(ErrorCode::kInvalidInput, words));
    EXPECT_THAT(ComparePart(*store, bytes, 0, {{}}), FailsWith(ErrorCode::kInvalidInput, ""));
  };
  refused("", "do not begin as those do");
  refused(plan.bytes + "x", "checksum does not match");
  for (size_t i = 0; i < plan.bytes.size(); i += 9) {
    std::string changed = plan.bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    refused(changed, "");
    refused(plan.bytes.substr(0, i), "");
  }
  EXPECT_THAT(ScanPart(*Open(VideoGraph("2")), plan.bytes, 0, {0}),
              FailsWith(ErrorCode::kInvalidInput, "was resolved in version"));
  EXPECT_THAT(ScanPart(*store, plan.bytes, -1, {0}), FailsWith(ErrorCode::kInvalidInput, ""));
  EXPECT_THAT(ScanPart(*store, plan.bytes, 0, {-1}), FailsWith(ErrorCode::kInvalidInput, ""));
  EXPECT_THAT(PlanResolve(*store, "video/crop", 0),
              FailsWith(ErrorCode::kInvalidInput, "at least one part"));
  EXPECT_THAT(PlanResolve(*store, "video", 1, {.samples = TwoVideos()}),
              FailsWith(ErrorCode::kInvalidInput, "are in this process"));
  EXPECT_THAT(PlanResolve(*store, "video/crop", 1, {.global_filters = {"none = 1"}}),
              FailsWith(ErrorCode::kInvalidInput, "none"));
  EXPECT_THAT(PlanResolve(*store, "none", 1), FailsWith(ErrorCode::kFeatureNotInGraph, "none"));
  const auto given = Get(Get(store->Read("video", {}))->ToTable());
  EXPECT_THAT(PlanResolve(*store, "video/crop", 1, {.parents = {{"video", given}}}),
              FailsWith(ErrorCode::kNotSupported, "cannot be opened by other processes"));
  ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
  EXPECT_THAT(ScanPart(*store, plan.bytes, 0, {0}),
              FailsWith(ErrorCode::kTableNotFound, "resolve it again"));
}

#endif

class MemoryPartsTest : public ReadSliceTest {};

INSTANTIATE_TEST_SUITE_P(On, MemoryPartsTest, ::testing::Values(Backend::kMemory), BackendName);

TEST_P(MemoryPartsTest, OnlyTablesThatOthersCanOpenAreResolvedInParts) {
  auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(PlanResolve(*store, "video/crop", 1),
              FailsWith(ErrorCode::kNotSupported, "resolve in one process"));
}

}  // namespace
}  // namespace metaxy::testing
